"""How often a process knocks at a server that is away, and whom it tells when it is back."""

import time

import pytest

from dawam.errors import StoreUnavailableError
from dawam.stores.postgres import access as access_module
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.address import Address


class Server:
    """In the place of a real one."""

    def __init__(self) -> None:
        self.is_away, self.has_session = True, True
        self.knocks = self.returns = 0

    def connect(self, address: Address, purpose: str) -> "Server":
        self.knocks += 1
        if self.is_away:
            raise StoreUnavailableError("no server", is_away=True)
        return self

    def back(self) -> None:
        self.returns += 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(access_module, "connect_blocking", server.connect)
    return server


@pytest.fixture
def access(server: Server) -> Access:
    return Access(Address.of("postgresql://localhost/shop"), server.back)


def refused(access: Access, *, at_once: bool = False) -> StoreUnavailableError:
    with pytest.raises(StoreUnavailableError, match="no server") as caught:
        access.connect_blocking("enqueue", at_once=at_once)
    return caught.value


def test_between_two_tries_everybody_is_told_at_once_what_the_last_one_said(server: Server, access: Access) -> None:
    first = refused(access)
    again = refused(access)
    assert server.knocks == 1
    assert again is not first
    assert again.is_away


def test_the_next_try_is_due_soon_however_often_it_was_tried(server: Server, access: Access) -> None:
    for _ in range(100):
        refused(access, at_once=True)
    time.sleep(0.06)
    refused(access)
    assert server.knocks == 101


def test_who_paces_himself_is_never_refused_a_try_and_tells_the_others_of_the_return(
    server: Server, access: Access
) -> None:
    for _ in range(3):
        refused(access, at_once=True)
    assert (server.knocks, server.returns) == (3, 0)
    server.is_away = False
    access.connect_blocking("heartbeat", at_once=True)
    access.connect_blocking("enqueue")  # it is not made to wait for its turn
    assert (server.knocks, server.returns) == (5, 1)


def test_a_pooler_is_said_once(server: Server, access: Access, caplog: pytest.LogCaptureFixture) -> None:
    server.is_away = server.has_session = False
    for _ in range(3):
        access.connect_blocking("enqueue")
    [line] = caplog.messages
    assert "a pooler stands between this process and PostgreSQL shop at localhost:5432" in line
