"""For tests of applications (and of stores): an app in memory, a clock that the test moves, the conformance suite."""

__all__ = ["AppHarness", "Ended", "ManualClock", "Report"]

from dawam.testing.clock import ManualClock
from dawam.testing.harness import AppHarness
from dawam.testing.stepper import Ended, Report
