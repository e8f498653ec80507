"""An error nobody foresaw: its number on the page and in the log, and nowhere the case that it came from.

Where a new delivery cannot be judged, all go on with the one before: there the number is in the log only.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import WebSocket, expect

from data_access.database import connect, writing
from data_access.models import Import
from tests.case_database import fill
from tests.e2e.conftest import Visit, serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CANARY, NUMBER = "Kanariefugl", "610101-1111"


def plant(url: str) -> None:
    """A day that is none, as only a damaged database has it, in a delivery the server has not read yet."""
    engine = connect(url)
    imports = Import.metadata.tables[str(Import.__tablename__)]
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE cases SET first_enquiry_on = :text"), {"text": f"{CANARY} {NUMBER}"})
        [delivery] = connection.execute(sa.select(imports)).mappings()
        connection.execute(imports.insert(), {**delivery, "id": 2})
    engine.dispose()


@pytest.mark.parametrize("at_start", [False, True], ids=["while it runs", "from its start"])
def test_an_error_has_a_number_and_tells_nothing(
    at_start: bool,
    visit: Callable[..., Visit],
    sqlite_template: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(sqlite_template, tmp_path / "u.db")
    url = f"sqlite:///{tmp_path}/u.db"
    engine = connect(url)
    fill(engine)
    engine.dispose()
    sent: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: sent.append(frame if isinstance(frame, bytes) else frame.encode()))

    if at_start:
        plant(url)
    with serving(url) as address:
        if not at_start:
            plant(url)
        visitor = visit(address)
        visitor.page.on("websocket", listen)
        page = visitor.open()
        alert = page.get_by_text("Siden kunne ikke vises.")
        if at_start:
            expect(alert).to_be_visible()
            told = re.search(r"fejlnummer ([0-9a-f]{8})\.", alert.inner_text())
            assert told
        else:
            expect(page.get_by_text("Hvor ligger afvigelserne?")).to_be_visible()
            expect(alert).to_have_count(0)
        shown = page.content()
    log = capfd.readouterr().out
    logged = re.findall(r"^Fejl ([0-9a-f]{8}): \w+ i \w+\.py", log, re.MULTILINE)
    assert logged
    assert not at_start or told[1] in logged
    assert (b"fejlnummer" in b"".join(sent)) is at_start
    for canary in (CANARY, NUMBER, "Traceback", "SELECT"):
        assert canary not in log
        assert canary.encode() not in b"".join(sent)
    assert CANARY not in shown
