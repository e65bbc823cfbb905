"""Sees what becomes of the planned moments of workers."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.workers.record import TickClaim, TickOutcome, TickSettlement
from tests.simulation.loop import Process
from tests.simulation.witness import Witness

_RAN = (TickOutcome.SUCCEEDED, TickOutcome.FAILED)


@dataclass(slots=True)
class Run:
    """A tick that is claimed."""

    fence: int
    planned_at: datetime
    host: HostId


class TickWitness:
    """Accuses by way of the witness of all the rest."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._held: dict[str, Run] = {}
        self._fences: Counter[str] = Counter()
        self._ran: defaultdict[str, set[datetime]] = defaultdict(set)
        self._began: set[tuple[str, int]] = set()

    def saw(self, process: Process, verb: str, words: tuple[Any, ...], answer: Any) -> None:
        """A verb of the store was carried out."""
        match verb, words:
            case "claim_ticks", (host, claims):
                for claim, holds in zip(claims, answer, strict=True):
                    if holds and claim.planned_at is not None:
                        self._claimed(host, claim, claim.planned_at)
            case "settle_ticks", (host, settlements):
                for settlement, said in zip(settlements, answer, strict=True):
                    self._settled(host, settlement, said)
            case "rescue" | "give_up", _:
                self._lost(answer.lost_ticks)
            case _:
                pass

    def began(self, process: Process, worker: str, fence: int) -> None:
        if (worker, fence) in self._began:
            self._witness.accuse("one claim is one tick", f"{worker} under {fence} began again in {process}")
        self._began.add((worker, fence))
        self._witness.counts["ticks"] += 1

    def _claimed(self, host: HostId, claim: TickClaim, planned_at: datetime) -> None:
        name, fence = claim.name, claim.fence + 1
        self._witness.note(f"{host} claims the tick of {name} for {planned_at:%H:%M:%S} under {fence}")
        if name in self._held:
            self._witness.accuse("ticks never overlap", f"{name} is held by {self._held[name].host}; {host} claims it")
        if fence <= self._fences[name]:
            self._witness.accuse("a fence grows", f"{name} had {self._fences[name]}, and has {fence}")
        if planned_at in self._ran[name]:
            self._witness.accuse("a planned moment is run once", f"{name} for {planned_at}")
        self._held[name] = Run(fence, planned_at, host)
        self._fences[name] = fence

    def _settled(self, host: HostId, settlement: TickSettlement, answer: SettleAnswer) -> None:
        name, run = settlement.name, self._held.get(settlement.name)
        self._witness.note(f"{host} settles the tick of {name} under {settlement.fence}: {answer}")
        if answer is not SettleAnswer.ACCEPTED:
            return
        if run is None or (run.fence, run.host) != (settlement.fence, host):
            self._witness.accuse("no stale tick is accepted", f"{name} under {settlement.fence} of {host}: {run}")
            return
        del self._held[name]
        if settlement.outcome in _RAN:
            self._ran[name].add(run.planned_at)
            self._witness.counts["ticks settled"] += 1

    def _lost(self, names: tuple[str, ...]) -> None:
        for name in names:
            self._held.pop(name, None)
            self._witness.counts["ticks lost"] += 1
