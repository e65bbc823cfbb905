"""What the machine says of itself: how fast it is just now, who uses it, and what a process took of it. Linux only."""

import os
import resource
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def calibrate() -> float:
    """Milliseconds for a fixed amount of interpreter work, the best of three.

    A virtual machine may change its speed by half with no load of its own that could be seen: this shows it.
    """
    return min(_count_up() for _ in range(3))


def _count_up() -> float:
    began, total = time.perf_counter(), 0
    for number in range(500_000):
        total += number
    return 1000 * (time.perf_counter() - began)


def wait_until_quiet(at_most: float, cores: float = 0.3) -> None:
    """Waits, not for ever, until the rest of the machine is idle."""
    until = time.monotonic() + at_most
    while True:
        before, began = busy_seconds(), time.monotonic()
        time.sleep(0.5)
        used = (busy_seconds() - before) / (time.monotonic() - began)
        if used < cores or time.monotonic() >= until:
            return


class Watch:
    """Looks at the machine before and after a run whose processes have ended by then, but for those of its servers."""

    def __init__(self, servers: Iterable[int] = ()) -> None:
        self._calibration = calibrate()
        self._servers = tuple(servers)
        self._began, self._busy, self._own = time.monotonic(), busy_seconds(), self._own_seconds()

    def stop(self) -> dict[str, float]:
        """How fast the machine was, and how many cores others (or the host of a virtual machine) took meanwhile."""
        seconds = time.monotonic() - self._began
        others = busy_seconds() - self._busy - (self._own_seconds() - self._own)
        return {
            "foreign_cores": max(0.0, others / seconds),
            "calibration_before_ms": self._calibration,
            "calibration_after_ms": calibrate(),
        }

    def _own_seconds(self) -> float:
        """CPU seconds of this process, of all that it started and saw end, and of the servers."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + ended.ru_utime + ended.ru_stime + cpu_seconds(self._servers)


def busy_seconds() -> float:
    """CPU seconds that the whole machine worked since it started, with what its own host took away."""
    user, nice, system, _idle, _wait, interrupt, soft, stolen, *_ = _first_line("/proc/stat").split()[1:]
    return sum(map(int, (user, nice, system, interrupt, soft, stolen))) / _TICKS


def cpu_seconds(processes: Iterable[int]) -> float:
    """CPU seconds of processes and of all below them, those included that have ended."""
    return sum(_cpu_of(each) for each in family(*processes))


def exact_cpu_seconds(processes: Iterable[int]) -> float:
    """CPU seconds of the living threads of processes and of all below them, to the nanosecond: for idle ones."""
    total = 0
    for each in family(*processes):
        for thread in Path(f"/proc/{each}/task").glob("*/schedstat"):
            with suppress(OSError):  # it has just ended
                total += int(thread.read_text().split()[0])
    return total / 1e9


def loop_cpu_seconds(processes: Iterable[int]) -> float:
    """CPU seconds of the main threads of processes alone: those with the event loop."""
    return sum(int(_first_line(f"/proc/{each}/task/{each}/schedstat").split()[0]) for each in processes) / 1e9


def peak_memory(processes: Iterable[int]) -> float:
    """The most memory, in MiB, that processes and those below them ever held."""
    total = 0
    for each in family(*processes):
        for line in Path(f"/proc/{each}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1])
    return total / 1024


def family(*processes: int) -> list[int]:
    """Processes and their descendants."""
    children = defaultdict[int, list[int]](list)
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            children[int(fields[1])].append(int(entry))
    found = list(processes)
    for each in found:
        found += children[each]
    return found


def parent(process: int) -> int | None:
    """Which process started another; None when that one is not there."""
    fields = _stat(process)
    return int(fields[1]) if fields else None


def name(process: int) -> str:
    """What the program of a process is called; empty when the process is not there."""
    try:
        return _first_line(f"/proc/{process}/comm")
    except OSError:
        return ""


def _cpu_of(process: int) -> float:
    fields = _stat(process)
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def _stat(process: int) -> list[str]:
    """The fields after the name; none for a process that has just ended."""
    try:
        line = _first_line(f"/proc/{process}/stat")
    except OSError:
        return []
    return line[line.rindex(")") + 2 :].split()


def _first_line(path: str) -> str:
    return Path(path).read_text().split("\n", 1)[0]
