"""Suites that an implementation of one of Dawam's ports must pass: `stores` for a job store.

They need pytest, pytest-asyncio and Hypothesis (`dawam[testing]`), and nothing of Dawam's own tests.
"""

import pytest

# the suite's plain asserts explain themselves in a third party's tests as they do in ours
pytest.register_assert_rewrite("dawam.testing.conformance.stores")
