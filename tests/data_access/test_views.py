"""Saved views: every version is kept, the newest stands, and nobody meets what is not theirs and not shared."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import views
from data_access.database import DatabaseUnavailable
from data_access.tables import NoScope, Scope
from data_access.views import InvalidView, View

ANNA = Scope("anna", ("coordinator",), None)
LENE = Scope("lene", ("head",), ("Nord",))
STEERING = Scope("sten", ("steering",), None)
ASKED = {"measure": "first_interview", "rows": "center", "period": "Seneste 12 måneder"}


def save(engine: sa.Engine, name: str = "Første samtale", *, by: Scope = ANNA, **other: Any) -> View:
    return views.save(engine, by, **{"form": 1, "asked": ASKED, **other}, name=name)


def rows(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM saved_views")).scalar_one())


def test_a_saved_view_is_given_back_as_it_stands(engine: sa.Engine) -> None:
    saved = save(engine, "  Første\nsamtale ")
    assert (saved.owner, saved.name, saved.version, saved.shared, saved.removed) == (
        "anna",
        "Første samtale",
        1,
        False,
        False,
    )
    assert (saved.form, saved.asked) == (1, ASKED)
    assert saved.saved_at.utcoffset() == dt.timedelta(0)
    assert dt.datetime.now(dt.UTC) - saved.saved_at < dt.timedelta(minutes=1)
    assert views.views(engine, ANNA) == views.versions(engine, ANNA, "anna", "Første samtale") == (saved,)


def test_a_changed_question_is_a_new_version_and_the_old_one_is_kept(engine: sa.Engine) -> None:
    first = save(engine)
    second = save(engine, asked=ASKED | {"rows": "month"})
    third = save(engine, form=2, asked=ASKED | {"rows": "month"})
    assert [view.version for view in (first, second, third)] == [1, 2, 3]
    assert views.views(engine, ANNA) == (third,)
    assert views.versions(engine, ANNA, "anna", "Første samtale") == (first, second, third)


def test_a_click_that_comes_twice_saves_once(engine: sa.Engine) -> None:
    assert save(engine) == save(engine)
    views.share(engine, ANNA, "Første samtale", shared=True)
    views.share(engine, ANNA, "Første samtale", shared=True)
    views.remove(engine, ANNA, "Første samtale")
    assert rows(engine) == 3


def test_those_who_save_at_once_take_turns(engine: sa.Engine) -> None:
    with ThreadPoolExecutor(4) as several:
        saved = list(several.map(lambda _: save(engine), range(4)))
    assert {view.version for view in saved} == {1}
    assert rows(engine) == 1


@pytest.mark.parametrize(
    ("shared", "reader", "seen"),
    [(False, ANNA, True), (False, LENE, False), (True, ANNA, True), (True, LENE, True)],
)
def test_who_meets_a_view(engine: sa.Engine, shared: bool, reader: Scope, seen: bool) -> None:
    saved = save(engine, shared=shared)
    assert views.views(engine, reader) == ((saved,) if seen else ())
    assert views.versions(engine, reader, "anna", saved.name) == ((saved,) if seen else ())


def test_what_was_not_shared_when_it_was_saved_is_the_owner_s_alone(engine: sa.Engine) -> None:
    first = save(engine)
    second = save(engine, asked=ASKED | {"rows": "month"}, shared=True)
    third = save(engine, asked=ASKED | {"rows": "age"}, shared=True)
    assert views.versions(engine, ANNA, "anna", first.name) == (first, second, third)
    assert views.versions(engine, LENE, "anna", first.name) == (second, third)
    views.share(engine, ANNA, first.name, shared=False)
    assert views.versions(engine, LENE, "anna", first.name) == ()


def test_sharing_is_no_new_version_and_can_be_taken_back(engine: sa.Engine) -> None:
    save(engine)
    shared = views.share(engine, ANNA, "Første samtale", shared=True)
    assert (shared.version, shared.shared) == (1, True)
    assert views.views(engine, LENE) == (shared,)
    assert views.versions(engine, ANNA, "anna", "Første samtale") == (shared,)
    views.share(engine, ANNA, "Første samtale", shared=False)
    assert views.views(engine, LENE) == ()


def test_a_removed_view_is_met_by_nobody_and_kept(engine: sa.Engine) -> None:
    save(engine, shared=True)
    assert views.remove(engine, ANNA, "Første samtale").removed
    assert views.views(engine, ANNA) == views.views(engine, LENE) == ()
    assert views.versions(engine, ANNA, "anna", "Første samtale") == ()
    assert rows(engine) == 2
    again = save(engine, asked=ASKED | {"rows": "age"})
    assert (again.version, again.shared) == (2, False)
    assert [view.version for view in views.versions(engine, ANNA, "anna", "Første samtale")] == [1, 2]


def test_the_same_name_is_another_view_of_another_owner(engine: sa.Engine) -> None:
    hers, others = save(engine, shared=True), save(engine, by=LENE, asked=ASKED | {"rows": "month"})
    assert others.version == 1
    assert views.views(engine, LENE) == (others, hers)
    views.remove(engine, LENE, others.name)
    assert views.views(engine, LENE) == (hers,)


def test_nobody_changes_what_another_has_saved(engine: sa.Engine) -> None:
    saved = save(engine, shared=True)
    refused(engine, LENE)
    assert views.views(engine, LENE) == (saved,)


def test_what_was_removed_cannot_be_shared_or_removed_again(engine: sa.Engine) -> None:
    save(engine)
    views.remove(engine, ANNA, "Første samtale")
    refused(engine, ANNA)


def refused(engine: sa.Engine, by: Scope) -> None:
    with pytest.raises(InvalidView, match="findes ikke mere"):
        views.remove(engine, by, "Første samtale")
    with pytest.raises(InvalidView, match="findes ikke mere"):
        views.share(engine, by, "Første samtale", shared=True)


@pytest.mark.parametrize(
    ("unfit", "said"),
    [
        ({"name": " \n "}, "navn"),
        ({"name": "x" * 81}, "højst fylde 80"),
        ({"name": "Sag 0101" + "99-1234"}, "CPR"),
        ({"asked": {"title": "x" * 4000}}, "for lang"),
    ],
)
def test_what_is_unfit_is_refused_in_danish(engine: sa.Engine, unfit: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidView, match=said):
        save(engine, **unfit)
    assert rows(engine) == 0


@pytest.mark.parametrize("scope", [None, STEERING])
def test_without_figures_there_are_no_views(engine: sa.Engine, scope: Any) -> None:
    save(engine, shared=True)
    for ask in (
        lambda: views.views(engine, scope),
        lambda: views.versions(engine, scope, "anna", "Første samtale"),
        lambda: save(engine, by=scope),
        lambda: views.remove(engine, scope, "Første samtale"),
    ):
        with pytest.raises(NoScope):
            ask()


def test_a_database_that_cannot_be_written_says_so(engine: sa.Engine) -> None:
    save(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE saved_views"))
    with pytest.raises(DatabaseUnavailable, match="ikke gemt"):
        save(engine, "En anden")
    with pytest.raises(DatabaseUnavailable):
        views.views(engine, ANNA)
