"""Who clicks before the answer has come, closes the tab or opens hundreds: nothing is saved by halves, or kept."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from data_access import audit
from tests.walk.client import Answer, Visitor
from tests.walk.conftest import Place
from tests.walk.serving import Server
from tests.walk.walking import give_reason

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CLICKS, TABS, SESSIONS = 200, 100, 500
FIELDS = (("selectbox", "rolle"), ("text_input", "vaerdi"))
MB = 1_000_000


@pytest.fixture
def administrator(server: Server, place: Place) -> Iterator[Visitor]:
    """Who gives access: each click saves a grant, and an entry in the log in the same transaction."""
    with server.visitor(place.town.identities["administrator"]) as visitor:
        yield visitor
        visitor.vanish()


def granting(visitor: Visitor, value: str) -> str:
    """The form filled in, and the button that saves it."""
    answer = visitor.open("adgang")
    answer = visitor.put(answer.find("selectbox", begins="adgang_rolle"), "Ungekoordinator").again()
    visitor.put(answer.find("text_input", begins="adgang_vaerdi"), value)
    return str(next(button for button in answer.all("button") if button.label == "Giv adgang").id)


def settled(place: Place, prefix: str) -> tuple[int, int]:
    """Grants, and entries of the log that tell of one, when no more of them come."""
    query = (
        f"SELECT (SELECT count(*) FROM grants WHERE value LIKE '{prefix}%'), "
        "(SELECT count(*) FROM access_log WHERE action = 'grant')"
    )
    seen: list[tuple[int, int]] = []
    while len(seen) < 10 or len(set(seen[-10:])) > 1:
        with place.engine.connect() as connection:
            grants, logged = connection.exec_driver_sql(query).one()
        seen.append((grants, logged))
        time.sleep(0.1)
    return seen[-1]


def test_two_hundred_quick_clicks_save_whole_things_only(server: Server, place: Place, administrator: Visitor) -> None:
    """Clicks are merged and runs are cut short, so not each is saved: what is, is in the log, and is shown."""
    _, before = settled(place, "hurtig")
    button = granting(administrator, "hurtig-0")
    field = administrator.again().find("text_input", begins="adgang_vaerdi")
    for number in range(CLICKS):
        administrator.put(field, f"hurtig-{number:03}").press_and_go_on(button)
        time.sleep(0.01)
    grants, logged = settled(place, "hurtig")
    assert 0 < grants <= CLICKS
    assert logged - before == grants
    with server.visitor(administrator.who) as another:
        shown = another.open("adgang").text
    assert sum(f"hurtig-{number:03}" in shown for number in range(CLICKS)) == grants
    assert f"hurtig-{CLICKS - 1:03}" in shown
    assert audit.verify(place.engine) == []


def test_a_hundred_tabs_closed_while_they_save_leave_nothing_by_halves(server: Server, place: Place) -> None:
    _, before = settled(place, "lukket")
    identity = place.town.identities["administrator"]
    with server.visitor(identity) as visitor:
        button = granting(visitor, "lukket")
        answer = visitor.again()
        role, value = (answer.find(kind, begins=f"adgang_{name}") for kind, name in FIELDS)
    for number in range(TABS):
        with server.visitor(identity) as visitor:
            visitor.open("adgang")
            visitor.put(role, "Ungekoordinator").put(value, f"lukket-{number:03}").press_and_go_on(button)
            time.sleep(0.002 * (number % 50))
            visitor.vanish()
    grants, logged = settled(place, "lukket")
    assert grants > 0
    assert logged - before == grants
    assert audit.verify(place.engine) == []
    with urlopen(f"{server.address}/_stcore/health", timeout=5) as health:
        assert health.status == 200


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_nothing_can_be_uploaded(server: Server, place: Place) -> None:
    """No page asks for a file; what Streamlit would keep of one until the session ends could fill the memory."""
    body = b"--x\r\nContent-Disposition: form-data; name=f; filename=f.csv\r\n\r\nx\r\n--x--\r\n"
    with server.visitor(place.town.identities["administrator"]) as visitor:
        visitor.open("adgang")
        kind = {"Content-Type": "multipart/form-data; boundary=x", "Cookie": visitor.who.cookie(server.address)}
        for number in range(100):
            where = f"{server.address}/_stcore/upload_file/{visitor.session}/{number}"
            with pytest.raises(HTTPError) as refused:
                urlopen(Request(where, body, kind, method="PUT"), timeout=10)
            assert refused.value.code == 404
            refused.value.close()


def test_five_hundred_sessions_that_are_left_do_not_fill_the_memory(server: Server, place: Place) -> None:
    """Each with figures and charts of its own, every tenth with cases; the server keeps so many as it has room for."""
    head = place.town.identities["head"]

    def come_and_go(times: int) -> None:
        for _ in range(times // 10):
            with ExitStack() as tabs:
                for visitor in (tabs.enter_context(server.visitor(head)) for _ in range(10)):
                    assert seen(visitor.open("uddannelsespaalaeg"), "base")
                answer = visitor.open("afvigelser")
                assert seen(give_reason(visitor, answer, place.town, "head") or answer, "case")

    def seen(answer: Answer, kind: str) -> bool:
        return any(found.kind == kind for found in place.town.found(answer.text).values())

    come_and_go(150)
    before = resident(server.process)
    come_and_go(SESSIONS - 150)
    assert resident(server.process) - before < 50 * MB
