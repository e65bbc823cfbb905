"""Lets something happen at a named point: in a test, or in a process that is started for one.

```python
with at(CrashPoint.JOB_ENDED, subject="orders.receipt"):  # the process is killed there
    ...
```

`python -m dawam.testing.faults POINT[@SUBJECT][:SKIP][=ACT] -m MODULE ...` runs a module as `python -m` does, armed:
`python -m dawam.testing.faults job.ended@orders.receipt:2 -m dawam run shop:app` kills the host when the third receipt
has done its work, and before anything of that is written. `ACT` is `crash` (the default) or `freeze`.
"""

import os
import re
import runpy
import signal
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import dawam.crash_points as crash_points
from dawam.crash_points import CrashPoint

__all__ = ["CrashPoint", "arm", "at", "crash", "freeze"]

_FORM = re.compile(r"(?P<point>[a-z.]+)(?:@(?P<subject>[^:=]+))?(?::(?P<skip>\d+))?(?:=(?P<act>[a-z]+))?")


def crash() -> None:
    """The process is gone, as by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


def freeze() -> None:
    """The process stands still until somebody sends it SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


_ACTS: dict[str, Callable[[], None]] = {"crash": crash, "freeze": freeze}


def arm(
    point: CrashPoint, act: Callable[[], None] = crash, *, subject: str | None = None, skip: int = 0
) -> Callable[[], None]:
    """From now on `act` is called once at that point, after it was passed `skip` times. Answers what disarms it.

    Args:
        act: called on whatever thread comes to the point; what it raises is raised there.
        subject: only for the job or worker of this name.
    """
    door, before, left = threading.Lock(), crash_points.armed, skip
    is_over = False

    def armed(reached: CrashPoint, of: str) -> None:
        nonlocal left, is_over
        if before is not None:
            before(reached, of)
        if reached is not point or (subject is not None and of != subject):
            return
        with door:
            left -= 1
            is_due, is_over = left < 0 and not is_over, is_over or left < 0
        if is_due:
            act()

    def disarm() -> None:
        crash_points.armed = before

    crash_points.armed = armed
    return disarm


@contextmanager
def at(
    point: CrashPoint, act: Callable[[], None] = crash, *, subject: str | None = None, skip: int = 0
) -> Generator[None]:
    """The same while the block runs."""
    disarm = arm(point, act, subject=subject, skip=skip)
    try:
        yield
    finally:
        disarm()


def main(words: Sequence[str]) -> None:
    """See above."""
    match words:
        case [fault, "-m", module, *rest]:
            _arm_as_said(fault)
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case _:
            raise SystemExit("python -m dawam.testing.faults POINT[@SUBJECT][:SKIP][=ACT] -m MODULE ... was expected")


def _arm_as_said(fault: str) -> None:
    said = _FORM.fullmatch(fault)
    points, act = {str(each): each for each in CrashPoint}, (said["act"] or "crash") if said else "crash"
    if said is None or said["point"] not in points or act not in _ACTS:
        raise SystemExit(
            f"{fault!r}: POINT[@SUBJECT][:SKIP][=ACT] was expected, with one of the points {', '.join(points)} and one "
            f"of the acts {', '.join(_ACTS)}"
        )
    arm(points[said["point"]], _ACTS[act], subject=said["subject"], skip=int(said["skip"] or 0))


if __name__ == "__main__":
    main(sys.argv[1:])
