"""A test puts something in the place of a service, whoever registered that."""

from dawam.app import App
from dawam.jobs.signature import injected
from dawam.testing.harness import AppHarness


class Mailer:
    is_real = True


class FakeMailer(Mailer):
    is_real = False


async def test_a_fake_wins_over_what_the_application_provides() -> None:
    app, seen = App(), list[bool]()

    @app.provide
    def get_mailer() -> Mailer:
        return Mailer()

    @app.job("send")
    async def send(mailer: Mailer = injected) -> None:
        seen.append(mailer.is_real)

    async with AppHarness(app, fakes={Mailer: FakeMailer()}) as harness:
        await send.enqueue()
        assert (await harness.drain()).succeeded == 1
    assert seen == [False]
