"""FastAPI: the application opens and closes with the web server, and routes ask for its parts."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from dawam import App, CurrentContext, carry, injected
from dawam.errors import NotRunningError
from dawam.integrations.fastapi import ContextMiddleware, Inspector, Jobs, from_scope, lifespan
from tests.support.applications import until


class Receipt(BaseModel):
    order_id: int
    email: str


class Shop:
    """`fastapi_app.py` of the design, on SQLite: one session factory serves routes and jobs."""

    def __init__(self, path: Path, *, run_host: bool) -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        make_session = async_sessionmaker(engine)
        self.sent: list[Receipt] = []

        async def get_session() -> AsyncIterator[AsyncSession]:
            async with make_session() as session:
                yield session

        self.app = App(store=f"sqlite:///{path}")
        self.app.provide(get_session)

        @self.app.job("orders.receipt")
        async def send_receipt(receipt: Receipt, session: AsyncSession = injected) -> None:
            found = (await session.execute(text("SELECT count(*) FROM shop_order"))).scalar_one()
            assert found == 1
            self.sent.append(receipt)

        self.engine = engine
        self.api = FastAPI(lifespan=lifespan(self.app, run_host=run_host))

        async def pay(
            order_id: int, session: Annotated[AsyncSession, Depends(get_session)], jobs: Jobs
        ) -> dict[str, str]:
            async with session.begin():
                await session.execute(text(f"INSERT INTO shop_order VALUES ({order_id})"))
                job = await jobs.enqueue(
                    send_receipt.call(Receipt(order_id=order_id, email="a@b")), transaction=session
                )
                if order_id < 0:
                    raise LookupError
            return {"job": str(job.id)}

        async def status(job_id: str, inspector: Inspector) -> dict[str, Any]:
            job = await inspector.get_job(job_id)
            return {"state": job.state if job else None}

        async def in_scope(session: Annotated[AsyncSession, Depends(from_scope(AsyncSession))]) -> bool:
            return session.is_active

        self.api.post("/orders/{order_id}/pay")(pay)
        self.api.get("/jobs/{job_id}")(status)
        self.api.get("/scope")(in_scope)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[httpx2.AsyncClient]:
        async with self.engine.begin() as connection:
            await connection.execute(text("CREATE TABLE IF NOT EXISTS shop_order (id INTEGER PRIMARY KEY)"))
        async with self.api.router.lifespan_context(self.api) as state:

            async def with_state(scope: Any, receive: Any, send: Any) -> None:
                await self.api({**scope, "state": dict(state or {})}, receive, send)

            transport = httpx2.ASGITransport(app=with_state)
            async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
                yield client
        await self.engine.dispose()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "shop.db"


async def test_a_job_enqueued_in_the_requests_transaction_runs_after_its_commit(path: Path) -> None:
    shop = Shop(path, run_host=True)
    async with shop.serving() as client:
        answer = await client.post("/orders/7/pay")
        assert answer.status_code == 200
        await until(lambda: shop.sent == [Receipt(order_id=7, email="a@b")])

        async def has_succeeded() -> bool:
            status = await client.get(f"/jobs/{answer.json()['job']}")
            return bool(status.json() == {"state": "succeeded"})

        await until(has_succeeded)


async def test_a_request_that_fails_leaves_no_job(path: Path) -> None:
    shop = Shop(path, run_host=False)
    async with shop.serving() as client:
        with pytest.raises(LookupError):
            await client.post("/orders/-1/pay")
        assert (await shop.app.inspector.counts()).waiting == 0


async def test_without_a_host_the_web_process_only_enqueues(path: Path) -> None:
    shop = Shop(path, run_host=False)
    async with shop.serving() as client:
        answer = await client.post("/orders/7/pay")
        status = await client.get(f"/jobs/{answer.json()['job']}")
        assert status.json() == {"state": "waiting"}
        assert await shop.app.inspector.hosts() == []


async def test_a_route_may_ask_for_what_the_application_provides(path: Path) -> None:
    async with Shop(path, run_host=False).serving() as client:
        assert (await client.get("/scope")).json() is True


async def test_it_is_closed_with_the_server_and_can_be_served_again(path: Path) -> None:
    shop = Shop(path, run_host=False)
    for number in (1, 2):
        async with shop.serving() as client:
            assert shop.app.is_open
            assert (await client.post(f"/orders/{number}/pay")).status_code == 200
        assert not shop.app.is_open


async def test_it_can_be_opened_inside_a_lifespan_of_the_users_own(path: Path) -> None:
    app = App(store=f"sqlite:///{path}")

    @asynccontextmanager
    async def own(api: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app)(api):
            yield

    api = FastAPI(lifespan=own)

    @api.get("/is-open")
    async def is_open(jobs: Jobs) -> bool:
        return jobs is app.jobs

    async with own(api), httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url="http://shop") as client:
        assert (await client.get("/is-open")).json() is True


async def test_without_the_lifespan_a_route_says_what_is_missing() -> None:
    api = FastAPI()

    async def route(jobs: Jobs) -> None:
        return None

    api.get("/")(route)
    transport = httpx2.ASGITransport(app=api)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
        with pytest.raises(NotRunningError, match=r"FastAPI\(lifespan=dawam\.integrations\.fastapi\.lifespan\(app\)\)"):
            await client.get("/")


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def telling_api() -> FastAPI:
    """Its routes answer with what is carried in them."""
    api = FastAPI()
    api.add_middleware(ContextMiddleware)

    async def on_the_loop() -> dict[str, str]:
        return dict(CurrentContext().headers)

    def in_a_thread() -> dict[str, str]:
        return dict(CurrentContext().headers)

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def over_a_socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(CurrentContext().headers)
        await socket.close()

    api.mount("/bare", bare)
    api.websocket("/socket")(over_a_socket)
    api.get("/loop")(on_the_loop)
    api.get("/thread")(in_a_thread)
    return api


@pytest.fixture
async def asked() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=telling_api())
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


class TestWhatARequestSaysOfItself:
    @pytest.mark.parametrize("path", ["/loop", "/thread"])
    async def test_is_carried_in_its_route(self, asked: httpx2.AsyncClient, path: str) -> None:
        sent = {"traceparent": TRACE, "x-correlation-id": "a-1", "accept-language": "en;q=0.5, ar-JO, fr;q=0.9"}
        answer = await asked.get(path, headers=sent)
        assert answer.json() == {"traceparent": TRACE, "correlation_id": "a-1", "culture": "ar-JO"}
        assert answer.headers["x-correlation-id"] == "a-1"
        assert CurrentContext().headers == {}

    async def test_an_id_of_the_request_stands_for_one_of_the_correlation(self, asked: httpx2.AsyncClient) -> None:
        assert (await asked.get("/loop", headers={"x-request-id": "r-1"})).json() == {"correlation_id": "r-1"}

    async def test_a_request_without_an_id_gets_one_that_the_answer_tells(self, asked: httpx2.AsyncClient) -> None:
        first, second = await asked.get("/loop"), await asked.get("/loop")
        assert first.json() == {"correlation_id": first.headers["x-correlation-id"]}
        assert first.json() != second.json()

    async def test_is_told_to_mounted_applications_whose_answers_have_no_headers(
        self, asked: httpx2.AsyncClient
    ) -> None:
        answer = await asked.get("/bare/", headers={"x-correlation-id": "a-1"})
        assert (answer.status_code, answer.headers["x-correlation-id"]) == (204, "a-1")

    async def test_a_plain_generator_that_carries_is_told_that_nobody_saw_it(self) -> None:
        api = FastAPI()

        def signed_in() -> Iterator[None]:
            with carry(tenant="acme"):
                yield

        async def route() -> None:
            return None

        api.get("/", dependencies=[Depends(signed_in)])(route)
        transport = httpx2.ASGITransport(app=api)
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
            with pytest.raises(NotRunningError, match="a generator that carries must be an `async def`"):
                await client.get("/")

    def test_is_carried_over_a_socket(self) -> None:
        with (
            TestClient(telling_api()) as client,
            client.websocket_connect("/socket", headers={"x-correlation-id": "a-1"}) as socket,
        ):
            assert socket.receive_json() == {"correlation_id": "a-1"}

    @pytest.mark.parametrize(
        "sent",
        [
            {"x-correlation-id": "two words"},
            {"x-correlation-id": "x" * 129},
            {"traceparent": TRACE.upper()},
            {"traceparent": "00-" + "0" * 32 + TRACE[35:]},
            {"traceparent": TRACE + "-more"},
            {"accept-language": "*"},
            {"accept-language": "ar;q=0"},
            {"accept-language": "a language, <b>"},
        ],
        ids=repr,
    )
    async def test_what_does_not_look_like_one_is_left_out(
        self, asked: httpx2.AsyncClient, sent: dict[str, str]
    ) -> None:
        answer = await asked.get("/loop", headers=sent)
        assert answer.json() == {"correlation_id": answer.headers["x-correlation-id"]}
        assert answer.headers["x-correlation-id"] not in sent.values()
