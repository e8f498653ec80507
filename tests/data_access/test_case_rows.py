"""The rows of one case are for those whose centre holds it now; to all others it does not exist."""

import datetime as dt

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import tables
from data_access.case_rows import protected_now, read_case
from data_access.database import writing
from data_access.models import DELIVERED, Case, CenterPeriod
from data_access.tables import FULL_SCOPE, NoScope, Scope
from metrics.assess import assess
from tests.data_access import holding
from tests.data_access.holding import CENTERS, VIEW_DATE, held_by


def head(*centers: str) -> Scope:
    return Scope("anna", ("head",), centers)


COORDINATOR = Scope("bo", ("coordinator",), None)


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    holding.fill(engine)
    return engine


def seen(engine: sa.Engine, scope: Scope, case: str, known_at: dt.date | None = None) -> dict[str, pl.DataFrame]:
    """The tables in which somebody sees a row of a case."""
    rows = {name: frame.collect() for name, frame in read_case(engine, scope, case, known_at).items()}
    assert list(rows) == [str(model.__tablename__) for model in DELIVERED]
    assert all(rows[str(model.__tablename__)].schema == tables.schema(model) for model in DELIVERED)
    return {name: frame for name, frame in rows.items() if frame.height}


@pytest.mark.parametrize("centers", [(), *((center,) for center in CENTERS), CENTERS[:2], ("Vest",), ("*",)])
def test_a_head_of_department_sees_the_cases_its_centers_hold_now(filled: sa.Engine, centers: tuple[str, ...]) -> None:
    of_all = [str(model.__tablename__) for model in DELIVERED if model is not CenterPeriod]
    for case, *_ in holding.lines():
        found = seen(filled, head(*centers), case)
        assert [name for name in found if name != "center_periods"] == (of_all if case in held_by(*centers) else [])
        assert {c for frame in found.values() if "case_id" in frame for c in frame["case_id"]} <= {case}
        assert all(
            frame["meeting_id"].to_list() == [f"M-{case}"] for name, frame in found.items() if name[:9] == "agreement"
        )


def test_the_holder_is_the_center_that_the_figures_say(filled: sa.Engine) -> None:
    judged = assess(tables.read(filled, FULL_SCOPE), VIEW_DATE).cases
    assert dict(judged.select("case_id", "center").iter_rows()) == {
        case: holder for case, _, _, holder in holding.lines() if holder
    }


def test_a_coordinator_sees_all_also_what_was_withdrawn(filled: sa.Engine) -> None:
    assert all("cases" in seen(filled, COORDINATOR, case) for case, own, *_ in holding.lines() if own != "gone")
    before = VIEW_DATE - dt.timedelta(days=7)
    assert "cases" not in seen(filled, COORDINATOR, "S10")
    assert "cases" in seen(filled, COORDINATOR, "S10", before)


def test_who_held_it_once_does_not_see_it_as_it_was_then(filled: sa.Engine) -> None:
    before = VIEW_DATE - dt.timedelta(days=7)
    assert not seen(filled, head("Nord"), "S5", before)
    assert seen(filled, head("Syd"), "S5", before)
    assert not seen(filled, head(*CENTERS), "S10", before)


def test_a_foreign_case_and_none_look_the_same(filled: sa.Engine) -> None:
    foreign, none = (read_case(filled, head("Syd"), case) for case in ("S1", "S999"))
    assert foreign.keys() == none.keys()
    assert all(foreign[name].collect().equals(none[name].collect()) for name in foreign)


def test_an_agreement_follows_its_meeting_to_another_case(filled: sa.Engine) -> None:
    with writing(filled, FULL_SCOPE) as connection:
        connection.exec_driver_sql("UPDATE meetings SET known_to = 2 WHERE case_id = 'S1'")
        connection.exec_driver_sql(
            "INSERT INTO meetings (known_from, case_id, meeting_id, kind) VALUES (2, 'S2', 'M-S1', 'k_moede')"
        )
    assert "agreements" not in seen(filled, head("Nord"), "S1")
    assert set(seen(filled, head("Syd"), "S2")["agreements"]["meeting_id"]) == {"M-S1", "M-S2"}


@pytest.mark.parametrize(
    "scope",
    [
        None,
        "alle",
        Scope("anna"),
        Scope("anna", ("steering",), None),
        Scope("anna", ("administrator",), None),
        Scope("anna", ("protection",), None),
        Scope("anna", ("blocked",), ("Nord",)),
    ],
)
def test_who_may_see_no_cases_is_refused(filled: sa.Engine, scope: Scope | None) -> None:
    with pytest.raises(NoScope):
        read_case(filled, scope, "S1")


def test_whether_a_case_is_protected_is_what_the_newest_delivery_says_whoever_holds_it(filled: sa.Engine) -> None:
    cases = Case.metadata.tables[str(Case.__tablename__)]
    case = min(held_by(CENTERS[0]))
    assert not protected_now(filled, head(CENTERS[0]), case)
    with writing(filled, FULL_SCOPE) as connection:
        row = dict(connection.execute(sa.select(cases).where(cases.c.case_id == case)).mappings().first() or {})
        del row["id"]
        connection.execute(cases.update().where(cases.c.case_id == case).values(known_to=1))
        connection.execute(cases.insert().values(**row | {"known_to": None, "protected": True}))
    for scope in (head(CENTERS[0]), head("Vest"), COORDINATOR):
        assert protected_now(filled, scope, case)
        assert not protected_now(filled, scope, "findes ikke")
    with pytest.raises(NoScope):
        protected_now(filled, Scope("sten", ("steering",), None), case)
