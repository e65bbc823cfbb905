"""What holds for every test: a clean environment, the same examples of Hypothesis everywhere, and shared fixtures."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.postgres_fixtures", "tests.faults.ledger"]

# What a developer or a CI machine has set must not decide how a test ends, only on which server.
for _name in list(os.environ):
    if _name.startswith(("DAWAM_", "ASPNETCORE_")) and _name != "DAWAM_TEST_POSTGRES_URL":
        del os.environ[_name]

settings.register_profile("dawam", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dawam"), derandomize=True)
settings.register_profile("long", settings.get_profile("dawam"), max_examples=2_000)  # --hypothesis-profile long
settings.load_profile("ci" if os.environ.get("CI") else "dawam")
