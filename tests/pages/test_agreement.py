"""The frame, the command line and the pages say the same number of every measure, whatever the filters."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from data_access import tables
from data_access.database import connect
from data_access.models import CATEGORIES
from metrics.assess import BY_KEY, STOCK, Assessed, Cut, assess
from metrics.assess import deviations as listed
from metrics.assess import figures as counted
from metrics.measure import BASE, DEVIATIONS, OUTCOMES, Theme
from metrics.measures import THEMES
from tests.commanding import pointed_at, told
from tests.pages.conftest import Open
from tests.town import TODAY
from ui import deviations, figures, filters, texts
from ui.navigation import PLACES

SINCE = dt.date(2025, 11, 1)
CENTERS = (
    "Center Arbejdsmarked og Borgerservice",
    "Center Børn og Unge",
    "Center Familie og Handicap",
    "Center Sundhed, Kultur og Fritid",
)
FILTERS: dict[str, dict[str, Any]] = {
    "alt": {},
    **{center: {filters.CENTER: center} for center in CENTERS},
    **{category: {filters.CATEGORY: category} for category in filters.CATEGORY_CODES},
    **{ages: {filters.AGE: ages} for ages in filters.AGES},
    **{period: {filters.PERIOD: period} for period in filters.PERIODS if period != filters.YEAR},
    "to måneder": {filters.PERIOD: filters.OWN_DATES, filters.DATES: (dt.date(2026, 2, 14), dt.date(2026, 4, 13))},
    "alt på én gang": {
        filters.CENTER: CENTERS[0],
        filters.PERIOD: "I år",
        filters.CATEGORY: CATEGORIES["aktivitetsparat"],
        filters.AGE: next(iter(filters.AGES)),
    },
}
"""Name -> what is chosen: each filter by itself, and all of them together."""
CUTS: dict[str, Cut] = {name: filters.selection(TODAY, CENTERS, chosen) for name, chosen in FILTERS.items()}
Counts = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def assessed(town_url: str) -> Iterator[Assessed]:
    engine = connect(town_url)
    assert sorted(tables.centers(engine)) == sorted(CENTERS)
    days = frozenset().union(*(figures.days_read(cut, TODAY, SINCE) for cut in CUTS.values()))
    yield assess(tables.read(engine, tables.FULL_SCOPE), TODAY, sorted(days))
    engine.dispose()


def recounted(assessed: Assessed, cut: Cut) -> Counts:
    """Measure -> outcome -> units, and their base: one unit at a time."""
    counts = {key: dict.fromkeys(OUTCOMES, 0) for key in BY_KEY}
    for row in assessed.outcomes.rows(named=True):
        if row["measure"] in STOCK:
            chosen = row["on"] == min(cut.date_to, TODAY)
        else:
            chosen = cut.date_from <= row["on"] <= cut.date_to
        for column, wanted in (("center", cut.centers), ("category", cut.categories)):
            chosen = chosen and (wanted is None or row[column] in wanted)
        if cut.ages is not None:
            age = row["age"]
            chosen = chosen and age is not None and any(low <= age <= high for low, high in cut.ages)
        counts[row["measure"]][row["outcome"]] += chosen
    return {key: count | {"base": sum(count[outcome] for outcome in BASE)} for key, count in counts.items()}


def numbers(rows: list[dict[str, Any]]) -> Counts:
    return {row["measure"]: {name: int(row[name]) for name in (*OUTCOMES, "base")} for row in rows}


def wrong(counts: Counts) -> Counter[tuple[str, str]]:
    """(measure, outcome) -> how many deviations the figures count."""
    return Counter({(key, outcome): count[outcome] for key, count in counts.items() for outcome in DEVIATIONS})


@pytest.mark.parametrize("name", CUTS)
def test_the_pages_read_what_the_frame_counts(assessed: Assessed, name: str) -> None:
    cut = CUTS[name]
    counts = recounted(assessed, cut)
    assert numbers(counted(assessed, cut).to_dicts()) == counts
    now = figures.read(assessed, cut, CENTERS, SINCE).now
    assert {key: {name: getattr(now[key], name) for name in (*OUTCOMES, "base")} for key in now} == counts
    assert all((count["base"] == 0) == (now[key].rate is None) for key, count in counts.items())
    assert all(
        now[key].rate == pytest.approx(count["met"] / count["base"]) for key, count in counts.items() if count["base"]
    )

    units = set(listed(assessed, cut).select("measure", "unit_id", "on").rows())
    rows = deviations.listed(assessed, cut)
    assert set(rows.select("measure", "unit_id", "on").rows()) == units
    assert Counter(rows.select("measure", "outcome").rows()) == +wrong(counts)
    assert rows.height == len(units)


@pytest.mark.parametrize("name", [name for name, cut in CUTS.items() if not cut.ages and cut.categories != (None,)])
def test_the_command_line_says_the_same(town_url: str, assessed: Assessed, name: str) -> None:
    """It has no word for an age, nor for those without a category."""
    cut = CUTS[name]
    counts = recounted(assessed, cut)
    options = ["--from", cut.date_from.isoformat(), "--to", cut.date_to.isoformat()]
    if cut.centers:
        options += ["--center", cut.centers[0]]
    if cut.categories:
        options += ["--category", str(cut.categories[0])]
    with pointed_at(town_url):
        assert numbers(json.loads(told("figures", *options))) == counts
        deviating = json.loads(told("deviations", *options))
    rows = [(row["measure"], row["outcome"], row["case"]) for row in deviating]
    assert Counter(rows) == Counter(listed(assessed, cut).select("measure", "outcome", "case_id").rows())


def words(body: str) -> str:
    return re.sub(r"[ \n]+", " ", re.sub("<[^>]+>", " ", body))


@pytest.mark.parametrize(
    ("theme", "name"),
    [*zip(THEMES, [*CENTERS, "I år", "to måneder", "alt på én gang", "18–24 år"], strict=True)],
    ids=lambda part: getattr(part, "key", part),
)
def test_the_page_draws_the_same(open_page: Open, assessed: Assessed, theme: Theme, name: str) -> None:
    """Each theme under a filter of its own; without filters they are all read in `test_leadership`."""
    [place] = [place for place in PLACES if place.file.endswith(f"leadership/{theme.key}.py")]
    address = {
        key: [day.isoformat() for day in value] if isinstance(value, tuple) else value
        for key, value in FILTERS[name].items()
    }
    app = open_page(place.url, **address)
    assert not app.exception
    shown = words(" ".join(block.proto.body for block in app.get("html")))
    counts = recounted(assessed, CUTS[name])
    for measure in theme.measures:
        count = counts[measure.key]
        assert f"{measure.title} {texts.rate_with_base(count['met'], count['base'])}" in shown
    several = [sum(counts[measure.key][outcome] for outcome in DEVIATIONS) for measure in theme.measures]
    boxes = [box.label for box in app.expander if re.fullmatch(r"[\d.]+\s(afvigelse|afvigelser)", box.label)]
    assert boxes == [texts.counts(number, "afvigelse", "afvigelser") for number in several if number]
