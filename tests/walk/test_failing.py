"""Whatever fails below a page, what is shown and what is logged is a number: never the text of the error."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.walk.client import Answer, Visitor
from tests.walk.conftest import Place
from tests.walk.planted import FAILING, SECRETS
from tests.walk.serving import Server, serving
from tests.walk.walking import give_reason
from ui.navigation import PLACES

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ASKED = [(who, place.url) for who in ("coordinator", "administrator", "protection", "steering") for place in PLACES]
LEAST = 40
"""So many functions are called by the pages of a warm server when they are opened."""


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Where it is said which function fails."""
    path = tmp_path / "told.txt"
    path.write_text("")
    return path


@pytest.fixture
def frail(place: Place, told: Path) -> Iterator[Server]:
    with serving(place.url, place.folder, f"{FAILING}{told}") as server:
        yield server


def opened(server: Server, place: Place, who: str, page: str) -> Answer:
    """A page in a tab of its own, with a reason given where one is asked for."""
    with server.visitor(place.town.identities[who]) as visitor:
        return shown(visitor, place, who, page)


def shown(visitor: Visitor, place: Place, who: str, page: str) -> Answer:
    answer = visitor.open(page, f"sag={place.town.case('nord/case')}" if page == "sag" else "")
    reasoned = give_reason(visitor, answer, place.town, who)
    if reasoned is None:
        return answer
    return Answer([*answer.messages, *reasoned.messages], [*answer.raw, *reasoned.raw])


def test_an_error_in_any_function_below_a_page_is_a_number_on_the_page_and_in_the_log(
    frail: Server, place: Place, told: Path
) -> None:
    called: dict[str, tuple[str, str]] = {}
    for who, page in ASKED:  # once to be warm, and once to see what a warm page calls
        opened(frail, place, who, page)
    for number, (who, page) in enumerate(ASKED):
        told.write_text(f"look{number}")
        opened(frail, place, who, page)
    for line in told.with_suffix(".called").read_text().splitlines():
        look, function = line.split()
        called.setdefault(function, ASKED[int(look.removeprefix("look"))])
    assert len(called) >= LEAST
    silent = {}
    for function, (who, page) in called.items():
        told.write_text(function)
        before = frail.said()
        answer = opened(frail, place, who, page)
        told.write_text("")
        log = frail.said().removeprefix(before)
        for secret in (*SECRETS, "Traceback", "ValueError:"):
            assert secret not in answer.everything, function
            assert secret not in log, function
        numbers = set(re.findall(r"fejlnummer ([0-9a-f]{8})", answer.text))
        assert numbers <= set(re.findall(r"Fejl ([0-9a-f]{8}): ValueError i ", log)), function
        if not numbers:
            silent[function] = answer.text[-300:]
    assert silent == {}
