"""Who comes first is served first; nobody waits for ever, and nobody keeps a turn."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.database import DATABASE_URL
from ui import access, turns
from ui.turns import AT_ONCE, Line, Turn

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    """A line of our own."""
    own = Line()
    monkeypatch.setattr(turns, "LINE", own)
    return own


def come(served: list[int], number: int) -> threading.Thread:
    """Somebody who joins the line, is served and leaves; back when they stand in it."""
    there = len(turns.LINE._waiting)

    def run() -> None:
        mine = Turn()
        served.append(number)
        mine.over()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while len(turns.LINE._waiting) == there:
        time.sleep(0.001)
    return thread


def test_four_run_at_once_and_the_rest_in_the_order_they_came(line: Line) -> None:
    running = [Turn() for _ in range(4)]
    assert line.free == 0
    served: list[int] = []
    waiting = [come(served, number) for number in range(20)]
    assert served == []
    running.pop().over()
    for each in waiting:
        each.join()
    assert served == list(range(20))
    for turn in running:
        turn.over()
    assert line.free == AT_ONCE == 4


def test_who_comes_when_a_turn_is_over_does_not_get_it_before_who_waits(line: Line) -> None:
    running = [Turn() for _ in range(AT_ONCE)]
    served: list[int] = []
    waits = come(served, 1)
    running.pop().over()
    assert line.free == 0
    waits.join()
    assert served == [1]


def test_where_the_line_stands_still_one_goes_on_and_takes_nothing_from_the_others(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.05)
    running = [Turn() for _ in range(AT_ONCE)]
    late = Turn()
    assert not late.in_time
    late.over()
    assert line.free == 0
    for each in running:
        each.over()
    assert line.free == AT_ONCE


def test_where_it_moves_nobody_goes_on_before_it_is_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.5)
    running = [Turn() for _ in range(AT_ONCE)]
    moving = threading.Event()

    def keep_moving() -> None:
        """One is done every tenth of a second, and one comes."""
        while not moving.wait(0.1):
            turns.LINE._moved = time.monotonic()

    mover = threading.Thread(target=keep_moving, daemon=True)
    mover.start()
    served: list[int] = []
    waits = come(served, 1)
    time.sleep(1.2)
    assert served == []
    moving.set()
    mover.join()
    running.pop().over()
    waits.join()
    assert served == [1]


def fail() -> None:
    raise RuntimeError


@pytest.mark.parametrize("end", [None, fail, st.stop, st.rerun])
def test_whatever_becomes_of_a_page_its_turn_is_given_back(
    end: Callable[[], object] | None, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a database; with an error that nobody foresaw; cut short; run once more."""
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/u.db")
    seen: list[int] = []

    def current() -> None:
        seen.append(line.free)
        if len(seen) == 1:
            assert end
            end()
        raise access.NotAdmitted("")

    if end:
        monkeypatch.setattr(access, "current", current)
    AppTest.from_file(APP, default_timeout=60).run()
    assert line.free == AT_ONCE
    assert set(seen) == ({AT_ONCE - 1} if end else set())
