"""Who comes first is served first; nobody waits for ever, and nobody keeps a turn."""

import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.database import DATABASE_URL
from ui import access, turns
from ui.turns import AT_ONCE, Turn

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture(autouse=True)
def _no_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_turns", threading.BoundedSemaphore(AT_ONCE))


def free() -> int:
    """How many could run now."""
    taken = []
    for _ in range(AT_ONCE):
        if turns._turns.acquire(blocking=False):
            taken.append(True)
    for _ in taken:
        turns._turns.release()
    return len(taken)


def test_some_run_at_once_and_the_next_comes_in_when_one_is_done() -> None:
    running, came_in = [Turn() for _ in range(AT_ONCE)], threading.Event()

    def come() -> None:
        mine = Turn()
        came_in.set()
        mine.over()

    comes = threading.Thread(target=come)
    comes.start()
    assert not came_in.wait(0.2)
    running.pop().over()
    assert came_in.wait(4)
    comes.join()
    for each in running:
        each.over()
    assert free() == AT_ONCE


def test_who_has_waited_long_enough_goes_on_and_takes_nothing_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.05)
    running = [Turn() for _ in range(AT_ONCE)]
    late = Turn()
    assert not late.in_time
    late.over()
    assert free() == 0
    for each in running:
        each.over()
    assert free() == AT_ONCE


@pytest.mark.parametrize("failure", [None, RuntimeError, KeyError])
def test_a_page_that_cannot_be_shown_gives_its_turn_back(
    failure: type[Exception] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a database, and with an error that nobody foresaw."""
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/u.db")
    seen = []

    def current() -> None:
        seen.append(free())
        assert failure
        raise failure

    if failure:
        monkeypatch.setattr(access, "current", current)
    AppTest.from_file(APP, default_timeout=60).run()
    assert free() == AT_ONCE
    assert seen == ([AT_ONCE - 1] if failure else [])
