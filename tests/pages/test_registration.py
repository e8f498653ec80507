"""Manglende registrering: what cannot be judged stands here once, apart from the deviations; its cases are logged."""

import re

import polars as pl
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access import tables
from data_access.database import connect
from metrics import registration
from metrics.assess import Cut, assess, figures, year_before
from metrics.registration import SUSPICIONS
from tests.pages.conftest import Open
from tests.pages.test_access import CENTER, HEAD, case_of, change, logged
from tests.town import TODAY

CUT = Cut(year_before(TODAY), TODAY)


def lines(app: AppTest, caption: str) -> dict[str, list[str]]:
    """Name of a row -> its cells as text, of the table with that caption; nothing where there is none."""
    table = [block.proto.body for block in app.get("html") if f"<caption>{caption}" in block.proto.body]
    found = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", "".join(table))
    return {
        re.sub(r"<small>(.*?)</small>", r" | \1", name): [
            re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", cells)
        ]
        for name, cells in found
    }


BLANKS, TRACES, DELAYS = "Enheder, der ikke", "Åbne sager med tegnet", "Registreringens forsinkelse"


def test_what_is_missing_is_said_to_be_no_deviation(open_page: Open) -> None:
    app = open_page("registrering")
    assert not app.exception
    assert any("Intet af det er en afvigelse" in each.value for each in app.markdown)


def test_the_blanks_are_the_unknown_of_the_figures(open_page: Open, town_url: str) -> None:
    engine = connect(town_url)
    unknown = {
        row["measure"]: row["unknown"]
        for row in figures(assess(tables.read(engine, tables.FULL_SCOPE), TODAY), CUT).to_dicts()
        if row["unknown"]
    }
    engine.dispose()
    found = lines(open_page("registrering"), BLANKS)
    assert sum(int(cells[0].split()[0]) for cells in found.values()) == sum(unknown.values()) > 0
    assert all(name.endswith("· Standardformatet") for name in found)
    assert all(
        sum(int(cell.split()[0]) for cell in cells[1:] if cell != "–") == int(cells[0].split()[0])
        for cells in found.values()
    )


def test_suspicions_and_delays_are_those_that_were_found(open_page: Open, town_url: str) -> None:
    engine = connect(town_url)
    frames = tables.read(engine, tables.FULL_SCOPE)
    assessed = assess(frames, TODAY)
    seen = registration.examine(frames, assessed, TODAY)
    engine.dispose()
    app = open_page("registrering")
    counted = registration.suspected(seen, assessed, CUT).group_by("suspicion").agg(pl.col("cases", "of").sum())
    wanted = {row["suspicion"]: f"{row['cases']} af {row['of']}" for row in counted.to_dicts()}
    shown = lines(app, TRACES)
    assert [cells[0] for cells in shown.values()] == [wanted[each.key] for each in SUSPICIONS]
    delays = registration.delay(seen, CUT, "table")
    assert [int(cells[0].replace(".", "")) for cells in lines(app, DELAYS).values()] == delays["after"].to_list()


def test_a_head_sees_own_centre_only(open_page: Open) -> None:
    whole, mine = open_page("registrering", center=CENTER), open_page("registrering", role=HEAD)
    assert [len(cells) for cells in lines(mine, TRACES).values()] == [1] * len(SUSPICIONS)
    for caption in (BLANKS, TRACES, DELAYS):
        assert lines(mine, caption) == lines(whole, caption)


def silent(engine: sa.Engine) -> str:
    """A case of the head's centre that has been open for long without an interview."""
    case = case_of(engine, inside=True)
    since = "UPDATE cases SET first_enquiry_on = '2026-01-10', closed_on = NULL WHERE case_id = :case"
    change(engine, since, case=case)
    change(engine, "DELETE FROM interviews WHERE case_id = :case", case=case)
    return case


@pytest.mark.parametrize("role", ["Ungekoordinator", HEAD])
def test_no_case_is_shown_before_why_is_said(open_page: Open, own: sa.Engine, role: str) -> None:
    silent(own)
    app = open_page("registrering", role=role, purpose=False)
    app.session_state["tegn_interview"] = True
    app.run()
    assert app.selectbox(key="formaal_valg_tegn_interview").value is None
    assert not [link for link in app.get("page_link") if "sag=" in link.proto.query_string]
    assert logged(own) == []


def test_the_cases_of_a_suspicion_are_listed_and_logged(open_page: Open, own: sa.Engine) -> None:
    case = silent(own)
    app = open_page("registrering", role=HEAD)
    app.session_state["tegn_interview"] = True
    app.run()
    links = [link.proto.query_string for link in app.get("page_link") if link.proto.query_string.startswith("sag=")]
    [entry] = logged(own)
    assert entry["action"] == "list_cases"
    assert case in entry["cases"]
    assert {f"sag={each}" for each in entry["cases"]} == set(links)
    [cells] = [cells for name, cells in lines(app, TRACES).items() if name.startswith("Ingen samtale")]
    assert int(cells[0].split()[0]) == len(links)


def test_another_table_is_divided_on_centre_and_month(open_page: Open) -> None:
    app = open_page("registrering")
    assert lines(app, "Samtaler pr. center")
    app.selectbox(key="forsinkelse_tabel").select("plans").run()
    assert next(iter(lines(app, "Planer pr. center"))).startswith("Center ")
    assert next(iter(lines(app, "Planer pr. måned"))).split()[-1] == "2025"


def test_an_empty_selection_says_so(open_page: Open) -> None:
    app = open_page("registrering", periode="Vælg selv", fra_til=["2010-01-01", "2010-01-02"])
    assert app.info[0].value.startswith("Ingen sager i udsnittet")
