"""The states of a job, and the table of moves."""

from dawam.jobs.state import FINISHED, LIVE, MOVES, WAITING, JobState, StoredState, stored_state


def test_people_see_five_states() -> None:
    assert {state.seen_as for state in StoredState} == set(JobState)
    assert {state.seen_as for state in WAITING} == {JobState.WAITING}
    assert StoredState.RUNNING.seen_as is JobState.RUNNING


def test_every_state_waits_runs_or_is_finished() -> None:
    assert set(StoredState) == {*WAITING, StoredState.RUNNING, *FINISHED} == {*LIVE, *FINISHED}
    assert not FINISHED & WAITING


def test_a_word_of_newer_code_is_kept_as_it_is() -> None:
    assert [stored_state(state.value) for state in StoredState] == list(StoredState)
    assert stored_state("embargoed") == "embargoed"


def test_a_job_is_claimed_only_where_it_waits_for_a_claim() -> None:
    assert set(MOVES["claim"]) == {StoredState.READY, StoredState.PARKED}


def test_only_a_claim_leads_to_running() -> None:
    for verb, moves in MOVES.items():
        for start, ends in moves.items():
            if StoredState.RUNNING in ends:
                assert verb == "claim" or start is StoredState.RUNNING, verb


def test_what_has_finished_comes_back_only_by_a_retry_by_hand() -> None:
    leaving = {verb for verb, moves in MOVES.items() for state in FINISHED if moves.get(state, {None}) - {None}}
    assert leaving == {"retry"}


def test_a_running_job_cannot_be_deleted_retried_or_pruned() -> None:
    for verb in ("delete", "retry", "prune"):
        assert StoredState.RUNNING not in MOVES[verb]


def test_every_state_can_be_reached_and_left() -> None:
    reached = {end for moves in MOVES.values() for ends in moves.values() for end in ends}
    left = {start for moves in MOVES.values() for start in moves}
    assert reached == left == {None, *StoredState}
