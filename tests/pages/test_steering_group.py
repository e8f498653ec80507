"""Styregruppen: the month at the top, what moved it split for those who may know, and told for those who may not."""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access import decisions, published, tables
from data_access.database import DATABASE_URL, connect
from data_access.tables import FULL_SCOPE, Scope
from metrics import moved as split
from ui import access, looks, moved, publishing, state, texts
from ui.moved import Month

APP = Path(__file__).parents[2] / "app.py"
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)
COORDINATOR = Scope("prøve", ("coordinator",), None)

Opened = Callable[..., AppTest]


@pytest.fixture(scope="module")
def two_months(untouched_town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The municipality's database with September and October published, each from its own delivery where it can be."""
    path = tmp_path_factory.mktemp("moved") / "town.db"
    shutil.copy(untouched_town, path)
    engine = connect(f"sqlite:///{path}")
    newest, day = tables.import_number(engine, None), tables.newest_extract(engine)
    assert day is not None
    for month in (SEPTEMBER, OCTOBER):
        publishing.publish_month(
            engine,
            COORDINATOR,
            month,
            moved.reader(engine, FULL_SCOPE),
            view_date=day,
            delivery=newest,
            centers=tables.centers(engine),
        )
    engine.dispose()
    return path


@pytest.fixture
def opened(two_months: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """`opened("Styregruppe")`: the page in a database of its own, as a role of the demo."""
    path = tmp_path / "own.db"
    shutil.copy(two_months, path)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{path}")

    def page(role: str = "Ungekoordinator", purpose: bool = True, **query: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.session_state[access.ROLE] = role
        if purpose:
            app.session_state[looks.WHY] = (scope_of(role), looks.Why("management_review", "prøve"))
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        shown = app.switch_page("pages/meetings/steering_group.py").run()
        assert not shown.exception
        return shown

    yield page
    st.cache_resource.clear()


def scope_of(role: str) -> Scope:
    engine = database()
    scope = access.demo_roles(tables.centers(engine))[role]
    engine.dispose()
    return scope


def database() -> sa.Engine:
    return connect(os.environ[DATABASE_URL])


def head() -> str:
    engine = database()
    role = next(role for role, scope in access.demo_roles(tables.centers(engine)).items() if scope.roles == ("head",))
    engine.dispose()
    return role


def words(app: AppTest) -> str:
    """Everything that is said on the page."""
    elements: list[Any] = [each for kind in ("markdown", "caption", "info", "success") for each in app.get(kind)]
    html: list[Any] = list(app.get("html"))
    said, bodies = [each.value for each in elements], [each.proto.body for each in html]
    return "\n".join([*said, *bodies]).replace("\\", "").replace(texts.SPACE, " ")


def lists(app: AppTest) -> list[Any]:
    groups: list[Any] = list(app.get("button_group"))
    return [pills for pills in groups if pills.label == "Se sagerne"]


def test_nothing_published_is_said_with_what_to_do(open_page: Any) -> None:
    app = open_page("styregruppen", role="Styregruppe")
    assert not app.exception
    assert "Der er ikke offentliggjort tal endnu" in app.info[0].value


def test_the_chairman_meets_five_numbers_and_what_moved_them(opened: Opened) -> None:
    app = opened("Styregruppe")
    said = words(app)
    assert said.count('<div class="flise">') == 5
    assert not app.get("button_group")  # nothing to choose between
    assert "»Resten« er for få til at dele op" in said
    assert "Hvad har flyttet sig" in [header.value for header in app.header]
    assert not lists(app)
    assert not app.dataframe


def test_the_steering_group_is_told_what_was_stored_and_nothing_else(opened: Opened) -> None:
    said = words(opened("Styregruppe"))
    engine = database()
    stored = published.moves(engine, COORDINATOR, OCTOBER)
    engine.dispose()
    parts = dict(stored.group_by("part").len().iter_rows())
    untold = [name for key, name in moved.PARTS.items() if key not in parts]
    for name in untold:
        assert f'<th scope="row">{name}</th>' not in said
    cells = {row["measure"]: row for row in stored.filter(pl.col("part") == "new").to_dicts()}
    for row in cells.values():
        assert moved.Part("new", row["units"], row["met"], row["base"], None).counts in said


def test_the_coordinator_s_parts_add_up_to_what_was_published(opened: Opened) -> None:
    opened()
    engine = database()
    versions = {each.month: each for each in published.versions(engine, COORDINATOR)}
    then, now = (Month(each.month, each.view_date, each.delivery) for each in (versions[SEPTEMBER], versions[OCTOBER]))
    found = moved.between(moved.reader(engine, FULL_SCOPE), then, now)
    frozen = [moved.frozen(published.cells(engine, COORDINATOR, month), None) for month in (SEPTEMBER, OCTOBER)]
    engine.dispose()
    parts = split.split(found.units)
    assert split.recounted(parts, *frozen).equals(parts)
    assert len(frozen[0]) > 10


def test_a_part_opens_its_list_and_the_look_is_in_the_log(opened: Opened) -> None:
    first = lists(opened())[0]
    part = first.options[0]
    asked = opened(sager=f"{first.key.removeprefix('dele_')}.{key_of(part)}")
    [table] = asked.dataframe
    count = int(part.rpartition("(")[2].rstrip(")"))
    assert len(table.value) == count
    assert list(table.value.columns)[:3] == ["case", "was", "is_"]
    engine = database()
    with engine.connect() as connection:
        logged = connection.execute(sa.text("select action, rows from access_log order by id desc limit 1")).one()
    engine.dispose()
    assert tuple(logged) == ("list_cases", count)


def key_of(label: str) -> str:
    name = label.rpartition(" (")[0]
    return next(key for key, said in moved.PARTS.items() if said == name)


def test_without_a_purpose_no_case_is_shown(opened: Opened) -> None:
    first = lists(opened())[0]
    part = key_of(first.options[0])
    app = opened(purpose=False, sager=f"{first.key.removeprefix('dele_')}.{part}")
    assert not app.dataframe
    assert "Hvorfor skal sagerne vises?" in words(app)


def test_a_head_sees_the_split_of_own_centres_only(opened: Opened) -> None:
    role = head()
    app = opened(role)
    scope = scope_of(role)
    assert scope.centers is not None
    said = words(app)
    assert f"Delt op er kun {scope.centers[0]}" in said
    engine = database()
    versions = {each.month: each for each in published.versions(engine, COORDINATOR)}
    pair = tuple(Month(each.month, each.view_date, each.delivery) for each in (versions[SEPTEMBER], versions[OCTOBER]))
    every = moved.between(moved.reader(engine, FULL_SCOPE), *pair)
    engine.dispose()
    own = split.split(every.units.filter(pl.col("center").is_in(scope.centers)))
    offered = {pills.key.removeprefix("dele_"): sorted(pills.options) for pills in lists(app)}
    for measure, labels in offered.items():
        mine = own.filter(measure=measure)
        assert labels == sorted(
            f"{moved.PARTS[part]} ({texts.number(n)})" for part, n in mine.select("part", "units").rows()
        )
    assert len(offered) == own["measure"].n_unique()


def test_what_was_published_as_it_is_known_now(opened: Opened) -> None:
    app = opened(ved="nu")
    assert "Ingen af tallene har flyttet sig." in words(app)


def test_the_first_month_has_nothing_beside_it(opened: Opened) -> None:
    app = opened("Styregruppe").selectbox(key="maaned").select("september 2026").run()
    assert "er den første måned, der er offentliggjort" in words(app)


def test_the_steering_group_cannot_ask_for_what_is_known_now_or_for_a_list(opened: Opened) -> None:
    app = opened("Styregruppe", ved="nu", sager="first_interview.new")
    assert not app.dataframe
    assert not lists(app)
    assert words(app) == words(opened("Styregruppe"))


def test_moves_need_a_scope_with_figures(two_months: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{two_months}")
    month = Month(OCTOBER, dt.date(2026, 11, 22), 1)
    with pytest.raises(tables.NoScope):
        state.moves(Scope("prøve", ("steering",)), month, month)
    st.cache_resource.clear()


def test_decisions_beside_the_newest_month_are_seen_from_today(opened: Opened) -> None:
    """As on the page Beslutninger, not from the day the month was counted as of."""
    engine = database()
    today = tables.newest_extract(engine)
    assert today is not None
    decisions.decide(
        engine,
        COORDINATOR,
        decided_on=today - dt.timedelta(days=3),
        title="Ring til alle",
        why="Mange kan ikke nås.",
        responsible="Leder",
        do_by=today - dt.timedelta(days=2),
    )
    engine.dispose()
    newest = words(opened("Styregruppe"))
    assert "Ring til alle" in newest
    assert "2 dage over" in newest
    older = opened("Styregruppe").selectbox(key="maaned").select("september 2026").run()
    assert "Ring til alle" not in words(older)
