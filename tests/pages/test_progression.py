"""Trivsel, progression og resultater: the message, what the frame says, few in words, and what was read in."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from data_access.database import connect
from data_access.demo_rounds import write
from data_access.demo_spells import SIZES
from data_access.rounds import take_in
from data_access.tables import FULL_SCOPE, Scope, centers, read
from metrics import progress
from metrics.assess import Assessed, assess, count_values, month_ends
from metrics.measures import progression as declared
from tests.pages.conftest import Open
from tests.pages.test_access import HEAD
from tests.pages.test_leadership import YEAR_CUT, bodies, charts, links, words
from tests.town import TODAY
from ui import progression, texts

_ = texts.SPACE


@pytest.fixture(scope="module")
def assessed(town_url: str) -> Assessed:
    engine = connect(town_url)
    judged = assess(read(engine, FULL_SCOPE), TODAY, month_ends(TODAY, 12))
    engine.dispose()
    return judged


def test_the_message_comes_first(open_page: Open, assessed: Assessed) -> None:
    app = open_page("progression")
    assert not app.exception
    group = dict(count_values(assessed, YEAR_CUT, declared.INTERVENTION_GROUP).select("value", "count").iter_rows())
    change = progress.who5(assessed, YEAR_CUT, 6)
    assert group["indsatsgruppe"] > 0
    first = words(app).split("Ændring i WHO-5")[0]
    assert f"Unge i indsatsgruppen {group['indsatsgruppe']} {group['maalgruppe']} i målgruppen" in first
    assert f"{texts.counted(change.pairs, change.window.youths)} unge målt på to dage" in words(app)
    told = [line for part in app.markdown for line in part.value.split("  \n")]
    for months in progress.WINDOWS:
        assert set(progression.told(progress.who5(assessed, YEAR_CUT, months))) <= set(told)


def test_it_follows_the_frame(open_page: Open, assessed: Assessed) -> None:
    app = open_page("progression")
    length = progress.length(assessed, YEAR_CUT)
    assert progression.lasting(length) in [part.value for part in app.markdown]
    assert len(charts(app, "Andel af sagerne, der er afsluttet.")) == (length.cases >= texts.UNCERTAIN)
    assert progression.NOT_AN_EFFECT in [part.value for part in app.markdown]
    shown = [table.value for table in app.table]
    engine_fields = progress.fields(assessed, YEAR_CUT)
    [fields] = [table for table in shown if "Felt" in table.columns]
    assert list(fields["Felt"]) == list(progression.FIELDS.values())
    whole = engine_fields.drop("center").group_by("field", maintain_order=True).sum()
    expected = [texts.rate_with_base(met, base) for met, base in whole.select("met", "base").iter_rows()]
    assert [cell.replace(_, " ") for cell in fields["I alt"]] == [said.replace(_, " ") for said in expected]
    [after] = [table for table in shown if "Efter" in table.columns]
    assert list(after.columns) == ["Efter", "3 måneder", "6 måneder", "12 måneder"]
    assert len(after) == len(declared.ANCHORS)
    assert ("Se skift og faste kontaktpersoner", "") in links(app)
    for day, count in progress.through(assessed, YEAR_CUT, "stu").iter_rows():
        assert f"{texts.date(day)} {count}" in words(app)


def test_a_head_sees_what_the_filter_on_the_centre_shows(open_page: Open) -> None:
    center = HEAD.partition(", ")[2]
    own, chosen = open_page("progression", role=HEAD), open_page("progression", center=center)
    assert not own.exception
    strip = [next(body for body in bodies(app) if 'class="baand"' in body) for app in (own, chosen)]
    assert strip[0] == strip[1]
    assert own.table[0].value.equals(chosen.table[0].value)


def test_few_are_said_in_words(open_page: Open, assessed: Assessed) -> None:
    places = assessed.cases["center"].drop_nulls().unique().sort()
    cuts = {place: replace(YEAR_CUT, centers=(place,)) for place in places}
    few = [place for place, cut in cuts.items() if progress.who5(assessed, cut, 6).mean is None]
    assert few
    app = open_page("progression", center=few[0])
    assert not app.exception
    assert "Ændring i WHO-5 på 6 måneder for få" in words(app)
    told = "  \n".join(progression.told(progress.who5(assessed, cuts[few[0]], 6)))
    assert told in [part.value for part in app.markdown]


def test_without_rounds_it_says_how_they_come(open_page: Open) -> None:
    app = open_page("progression")
    assert any(caption.value.startswith("Ungeundersøgelser og udgifter vises her") for caption in app.caption)


def test_surveys_and_costs_are_shown_as_soon_as_they_are_read_in(
    open_page: Open, own: sa.Engine, tmp_path: Path
) -> None:
    app = open_page("progression")
    names = centers(own)
    size = SIZES["rebild"]
    assert set(names) == set(size.centers)
    scope = Scope("drift", ("coordinator",), None)
    for path, kind in write(tmp_path, size, dt.date(2026, 11, 22)):
        take_in(own, scope, path, kind)
    app.run()
    assert not app.exception
    headings = [header.value for header in app.header]
    assert "Ungeundersøgelse november 2020" in headings
    assert f"01-11-2020 til 30-11-2020. 45 af 102 svarede (44,1{_}%)." in [part.value for part in app.markdown]
    assert f"Har det hjulpet dig at have en ungeguide? 70{_}% (30 af 43) usikkerhed 58–79{_}%" in words(app)
    [spent] = [table.value for table in app.table if "Kroner" in table.value.columns]
    assert "Udgifter til tilbud 2025" in headings
    assert spent["Tilbud"].to_list().count("Mentor") == 2
    assert not any(caption.value.startswith("Ungeundersøgelser og udgifter vises her") for caption in app.caption)
    head = open_page("progression", role=HEAD)
    [spent] = [table.value for table in head.table if "Kroner" in table.value.columns]
    assert set(spent["Center"]) <= {"Ikke delt", HEAD.partition(", ")[2], ""}
    assert any("Andre centres udgifter er ikke med." in caption.value for caption in head.caption)
