"""What a host holds of its queues: the jobs that run, and those claimed ahead, with the pace at which they go.

Queues that are claimed together are one lane. Usually that is all of them; where weights are said each queue is a lane
of its own, and so is each queue with a limit.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from dawam.host.options import HostOptions
from dawam.host.shares import Demand, Share, shared_out
from dawam.jobs.record import ClaimedJob

_SHORT = 0.05
"""Seconds: jobs that usually take longer are claimed only when there is a slot for them."""
_WAIT_THAT_IS_FINE = 0.25
"""Seconds that a job claimed ahead should wait at most: it decides how many are."""
_WEIGHT_OF_THE_LATEST = 0.1
_MOST_TEXT_AHEAD = 32 * 1024 * 1024
"""Characters of args that may be claimed ahead: two thousand jobs of a megabyte each would be two gigabytes."""


class Lane:
    """Some queues, and what is held of them."""

    def __init__(self, queues: tuple[str, ...], weight: int, limit: int | None, options: HostOptions) -> None:
        self.queues, self.weight, self.limit = queues, weight, limit
        self.running_count = 0
        self.ahead: deque[tuple[ClaimedJob, float]] = deque()
        """Claimed and not started, in claim order, each with the moment at which it came."""
        self.turn = 0.0
        """How far it has come: the starts of its jobs, each divided by the weight."""
        self._concurrency, self._prefetch = options.concurrency, options.prefetch
        self._usual_duration = _SHORT * 2  # unknown at first, so nothing is claimed ahead
        self._usual_size = 0.0
        self._ahead_limit = 0
        self.give(Share(float(options.concurrency), options.concurrency))

    # -- how many to claim

    def room(self) -> int:
        """How many to claim now: the free slots of its share, and some ahead while jobs are short."""
        held = self.running_count + len(self.ahead)
        room = self.share.slots + self._ahead_limit - held
        return max(0, room if self.limit is None else min(room, self.limit - held))

    @property
    def wants_more(self) -> bool:
        """Whether a claim is worth its cost now: half of what was claimed ahead is gone, or there was none."""
        return len(self.ahead) * 2 <= self._ahead_limit

    @property
    def is_full(self) -> bool:
        """Whether as many are here as the limit allows."""
        return self.limit is not None and self.running_count + len(self.ahead) >= self.limit

    def demand(self, turn: float, *, is_hungry: bool) -> Demand:
        """What it wants of the slots, where more of its jobs wait in the store (`is_hungry`) or do not."""
        held = self.running_count + len(self.ahead)
        most = min(self._concurrency if is_hungry else held, self._concurrency, self.limit or self._concurrency)
        # slots with short jobs come free soon, and may be given to others
        least = 0 if self._usual_duration < _SHORT else self.running_count
        return Demand(self.weight, least, max(least, most), max(turn, self.turn))

    def give(self, share: Share) -> None:
        """From now on this is its part of the slots."""
        self.share, part = share, share.exact / self._concurrency
        self._soon = share.exact * _WAIT_THAT_IS_FINE
        """Seconds of work that find a slot soon."""
        self._most_ahead, self._most_text = int(self._prefetch * part), _MOST_TEXT_AHEAD * part
        self._limit_ahead()

    # -- what happens to its jobs

    def add(self, claimed: Sequence[ClaimedJob], now: float) -> None:
        """These were claimed; they are in claim order."""
        self._usual_size = sum([len(job.args_text) for job in claimed]) / len(claimed)
        is_in_order = not self.ahead or self.ahead[-1][0].claim_key <= claimed[0].claim_key
        self.ahead.extend((job, now) for job in claimed)
        if not is_in_order:
            self.ahead = deque(sorted(self.ahead, key=lambda entry: entry[0].claim_key))

    def hand_over(self, lane: "Lane", queue: str, running_count: int) -> None:
        """The other one holds from now on what this one held of a queue, of which so many are running."""
        theirs = [entry for entry in self.ahead if entry[0].queue == queue]
        self.ahead = deque(entry for entry in self.ahead if entry[0].queue != queue)
        lane._take_over(theirs, running_count)
        self.running_count -= running_count

    def hand_over_all(self, lane: "Lane") -> None:
        """The other one holds from now on all that this one held."""
        lane._take_over(self.ahead, self.running_count)
        self.ahead, self.running_count = deque(), 0

    def _take_over(self, ahead: Iterable[tuple[ClaimedJob, float]], running_count: int) -> None:
        self.ahead = deque(sorted((*self.ahead, *ahead), key=lambda entry: entry[0].claim_key))
        self.running_count += running_count

    def take_excess(self) -> list[ClaimedJob]:
        """Takes away what may not start as long as those are running that are; the last ones first."""
        held, most = self.running_count + len(self.ahead), self.limit
        excess = 0 if most is None else min(max(0, held - most), len(self.ahead))
        return [self.ahead.pop()[0] for _ in range(excess)]

    def take_ahead(self, came_before: float) -> list[ClaimedJob]:
        """Takes away what waits for a slot since before that moment."""
        taken = [job for job, came_at in self.ahead if came_at < came_before]
        if taken:
            self.ahead = deque(entry for entry in self.ahead if entry[1] >= came_before)
        return taken

    def ended(self, duration: float) -> None:
        """One has run for so many seconds. How long they usually take decides how many are claimed ahead."""
        self.running_count -= 1
        self._usual_duration += (duration - self._usual_duration) * _WEIGHT_OF_THE_LATEST
        self._limit_ahead()

    def slow_down(self) -> None:
        """Slots do not come free soon, whatever was learnt."""
        self._usual_duration, self._ahead_limit = max(self._usual_duration, _SHORT), 0

    def _limit_ahead(self) -> None:
        """As many as find a slot soon."""
        if self._usual_duration >= _SHORT:
            self._ahead_limit = 0
        elif self._usual_duration > 0:
            soon = self._soon / self._usual_duration
            self._ahead_limit = self._most_ahead if soon > self._most_ahead else int(soon)
            if self._usual_size * self._ahead_limit > self._most_text:
                self._ahead_limit = int(self._most_text / self._usual_size)


class Lanes:
    """The lanes of one host: who gets the slots, and whose job starts next."""

    def __init__(
        self, options: HostOptions, queues: Callable[[], tuple[str, ...]], running: Callable[[], Iterable[str]]
    ) -> None:
        """`queues` are those that the host serves now: a handler that is set later may bring another one. `running`
        are the queues of the jobs that run, one for each job."""
        self._options, self._queues, self._running = options, queues, running
        self._limits = options.queue_limits
        self._served: tuple[str, ...] = ()
        self._by_queue: dict[str, Lane] = {}
        self._together = Lane((), 1, None, options)
        """The lane of all queues that have no lane of their own."""
        self._all: tuple[Lane, ...] = (self._together,)
        self._only: Lane | None = self._together
        """Where there is but one, slots need not be shared out, nor need the next job be looked for."""
        self._turn = 0.0
        """That of the lane which started a job last, before it did."""
        self.current()

    @property
    def have_limits(self) -> bool:
        """Whether any of them may be full while slots are free."""
        return bool(self._limits)

    @property
    def has_ahead(self) -> bool:
        """Whether anything waits for a slot."""
        return any(lane.ahead for lane in self._all)

    def of(self, queue: str) -> Lane:
        """The lane of this queue."""
        return self._by_queue.get(queue, self._all[0])

    def limit(self, by_hand: Mapping[str, int]) -> bool:
        """From now on limits of people take the place of the host's own. Answers whether anything is new in that."""
        limits = {**self._options.queue_limits, **by_hand}
        if limits == self._limits:
            return False
        self._limits = limits
        self._serve(self._served)
        return True

    def ended(self, queue: str, duration: float) -> Lane:
        """A job of this queue has run for so many seconds."""
        lane = self.of(queue)
        lane.ended(duration)
        return lane

    def current(self) -> tuple[Lane, ...]:
        """The lanes of the queues that are served now."""
        queues = self._queues()
        if queues != self._served:
            self._serve(queues)
        return self._all

    def rooms(self, hungry: Collection[Lane]) -> list[tuple[Lane, int]]:
        """Of whom to claim, and how many: the slots are shared out among those who are hungry."""
        lanes = self._all
        if self._only is None or self._only.limit is not None:
            demands = [lane.demand(self._turn, is_hungry=lane in hungry) for lane in lanes]
            for lane, share in zip(lanes, shared_out(self._options.concurrency, demands), strict=True):
                lane.give(share)
        return [(lane, room) for lane in hungry if (room := lane.room())]

    def ahead(self) -> list[ClaimedJob]:
        """What was claimed and has not started."""
        return [job for lane in self._all for job, _ in lane.ahead]

    def take_ahead(self) -> list[ClaimedJob]:
        """Takes away all of that."""
        return [job for lane in self._all for job in lane.take_ahead(math.inf)]

    def take_excess(self) -> list[ClaimedJob]:
        """Takes away what a limit does not allow any more."""
        return [job for lane in self._all for job in lane.take_excess()]

    def take_stale(self, came_before: float) -> list[ClaimedJob]:
        """Takes away what came before that moment: slots do not come free as soon as it seemed, in any lane."""
        stale = [job for lane in self._all for job in lane.take_ahead(came_before)]
        for lane in self._all if stale else ():
            lane.slow_down()
        return stale

    def add(self, claimed: Sequence[ClaimedJob], now: float) -> None:
        """These were claimed together, for one lane or, where limits came meanwhile, for what was one."""
        if self._only is not None:
            self._only.add(claimed, now)
            return
        by_lane = defaultdict[Lane, list[ClaimedJob]](list)
        for job in claimed:
            by_lane[self.of(job.queue)].append(job)
        for lane, jobs in by_lane.items():
            lane.add(jobs, now)

    def start(self) -> ClaimedJob | None:
        """The job that starts next counts as running; None where nothing waits for a slot."""
        lane = self._only or self._next()
        if lane is None or not lane.ahead:
            return None
        lane.running_count += 1
        return lane.ahead.popleft()[0]

    def _next(self) -> Lane | None:
        """Whoever has less than its share comes first, and of those whoever is furthest behind."""
        waiting = [lane for lane in self._all if lane.ahead]
        if not waiting:
            return None
        chosen = min(waiting, key=lambda lane: (lane.running_count >= lane.share.exact, max(self._turn, lane.turn)))
        self._turn = max(self._turn, chosen.turn)  # who had nothing to do for a while is owed nothing for it
        chosen.turn = self._turn + 1 / chosen.weight
        return chosen

    def _serve(self, queues: tuple[str, ...]) -> None:
        """Who holds jobs of a queue hands them over to its new lane, so that nothing is lost from the counts."""
        weights, limits = self._options.queue_weights, self._limits
        self._served = queues
        for queue in queues:
            if weights or queue in limits:
                self._separate(queue).limit = limits.get(queue)
        for queue in [] if weights else [queue for queue in self._by_queue if queue not in limits]:
            self._by_queue.pop(queue).hand_over_all(self._together)
        others = tuple(queue for queue in queues if queue not in self._by_queue)
        self._together.queues, self._together.weight = others, max(1, len(others))
        together = (self._together,) if others or not self._by_queue else ()
        self._all = (*together, *self._by_queue.values())
        self._only = self._all[0] if len(self._all) == 1 else None
        if self._only is not None:  # nobody shares with it
            self._only.give(Share(float(self._options.concurrency), self._options.concurrency))

    def _separate(self, queue: str) -> Lane:
        """The lane of this queue alone."""
        lane = self._by_queue.get(queue)
        if lane is None:
            before = self.of(queue)
            lane = Lane((queue,), self._options.queue_weights.get(queue, 1), None, self._options)
            running = sum(each == queue for each in self._running()) if before.running_count else 0
            before.hand_over(lane, queue, running)
            self._by_queue[queue] = lane
        return lane
