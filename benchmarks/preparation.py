"""Makes ready what the chosen runs need: servers are started, peers installed. What cannot be had is left out."""

import sys

from benchmarks.bench import Group
from benchmarks.contenders.installation import Installation, PeerMissingError
from benchmarks.places.place import PlaceMissingError, Places


class Preparation:
    """Use it as a context: at its end the servers are stopped."""

    def __init__(self) -> None:
        self.remarks: list[str] = []
        """What is left out, and why."""
        self.databases: dict[str, dict[str, str]] = {}
        """The version and the settings of each database that was opened."""
        self.peers: dict[str, list[str]] = {}
        """What was installed for each peer."""
        self._opened: dict[Places, bool] = {}
        self._installed: dict[Installation, bool] = {}

    def __enter__(self) -> "Preparation":
        return self

    def __exit__(self, *_: object) -> None:
        for places, is_open in self._opened.items():
            if is_open:
                places.close()

    def ready(self, groups: list[Group]) -> list[Group]:
        """The groups, without the runs that cannot be measured here."""
        found = [
            Group(group.arena, [run for run in group.runs if run.needs is None or self._has_installed(run.needs)])
            for group in groups
            if self._has_opened(group.arena.places)
        ]
        return [group for group in found if group.runs]

    def _has_opened(self, places: Places) -> bool:
        if places not in self._opened:
            try:
                places.open()
            except PlaceMissingError as error:
                self._leave_out(places.name, error)
                self._opened[places] = False
            else:
                self._opened[places] = True
                self.databases[places.name] = places.facts
        return self._opened[places]

    def _has_installed(self, installation: Installation) -> bool:
        if installation not in self._installed:
            try:
                installation.make()
            except PeerMissingError as error:
                self._leave_out(installation.name, error)
                self._installed[installation] = False
            else:
                self._installed[installation] = True
                self.peers[installation.name] = installation.requirements
        return self._installed[installation]

    def _leave_out(self, what: str, error: Exception) -> None:
        self.remarks.append(f"{what}: {' '.join(str(error).split())}")
        print(f"going on without {self.remarks[-1]}", file=sys.stderr, flush=True)
