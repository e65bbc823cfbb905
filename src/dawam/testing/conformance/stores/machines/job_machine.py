"""All that can happen to jobs, in any order."""

from functools import partial

from dawam.testing.conformance.stores.bench import Bench
from dawam.testing.conformance.stores.machines.attempts import Attempts
from dawam.testing.conformance.stores.machines.hands import Hands
from dawam.testing.conformance.stores.machines.hosts import Hosts
from dawam.testing.conformance.stores.machines.machine import run_machine
from dawam.testing.conformance.stores.machines.reads import Reads
from dawam.testing.conformance.stores.machines.transactions import Transactions


class JobMachine(Attempts, Transactions, Hosts, Hands, Reads):
    """Every verb, whenever it can be asked for.

    Hypothesis chooses evenly among all names. What the rest lives on has several, and so comes up more often.
    """

    add_2 = Attempts.add
    claim_2 = claim_3 = Attempts.claim
    run_2 = run_3 = run_4 = Attempts.run
    settle_2 = settle_3 = Attempts.settle
    settle_twice_2 = settle_twice_3 = Attempts.settle_twice
    settle_under_another_fence_2 = Attempts.settle_under_another_fence
    complete_in_a_transaction_2 = Transactions.complete_in_a_transaction
    pass_time_2 = pass_time_3 = Hosts.pass_time


class AnyOrder(Bench):
    """`JobStore`, against its model."""

    async def test_any_order_of_verbs_leaves_what_the_model_says(self) -> None:
        await run_machine(partial(JobMachine, self))
