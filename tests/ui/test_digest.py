"""Ugens tekst: the numbers of the lists, centre by centre, and nobody's number in it."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import tables
from data_access.database import connect
from data_access.decisions import decide, step
from data_access.handling import HANDLED
from data_access.published import PublicationRefused
from data_access.tables import FULL_SCOPE, NoScope, Scope
from metrics import changes
from metrics.assess import BY_KEY, Assessed, Cut, assess, deviations, year_before
from metrics.due_soon import due_soon
from metrics.summary import actionable, summarise
from tests import town
from tests.case_database import VIEW_DATE, fill
from tests.town import TODAY
from ui import digest, figures, publishing, texts
from ui.digest import Part
from ui.figures import Signal

BEFORE = dt.date(2026, 10, 31)
PLACES: tuple[str | None, ...] = (
    None,
    "Center Arbejdsmarked og Borgerservice",
    "Center Børn og Unge",
    "Center Familie og Handicap",
)


@pytest.fixture(scope="module")
def engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A municipality of two deliveries, and three decisions."""
    engine = connect(town.delivered(sqlite_template, tmp_path_factory.mktemp("digest")))
    anna = Scope("anna", ("coordinator",), None)
    words = {"decided_on": dt.date(2026, 1, 5), "why": "Fordi", "responsible": "Leder Hansen"}
    for title, day, center in (
        ("Ét forum", TODAY - dt.timedelta(days=1), None),
        ("Nyt hold", dt.date(2026, 3, 1), PLACES[2]),
        ("I dag er tids nok", TODAY, None),
    ):
        decide(engine, anna, title=title, do_by=day, center=center, **words)  # type: ignore[arg-type]
    done = decide(engine, anna, title="Er gjort", do_by=dt.date(2026, 3, 1), **words)  # type: ignore[arg-type]
    step(engine, anna, done.number, state="done", note="")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def judged(engine: sa.Engine) -> tuple[Assessed, Assessed]:
    """As of now, and as of the delivery before."""
    now = assess(tables.read(engine, FULL_SCOPE), TODAY, (TODAY,))
    return now, assess(tables.read(engine, FULL_SCOPE, BEFORE), BEFORE, (BEFORE,))


def counted(text: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Heading -> how many in words, and how many by title of the measure."""
    found = {}
    for block in text.split("\n\n")[2:]:
        heading, *lines = block.strip().split("\n")
        name, _, count = heading.partition(":")
        found[name] = (count.strip(), dict(re.findall(r"- (.*): ([^:,\n]+)", block)))
        assert len(lines) >= 1
    return found


def by_rule(rows: pl.DataFrame, limit: int = 5) -> tuple[str, dict[str, str]]:
    """What may be told of some rows: never a small count, nor what tells one beside the texts of the centres."""
    told, exact, least = {}, True, 0
    for key in rows["measure"].cast(pl.String).unique():
        centers = Counter(rows.filter(pl.col("measure").cast(pl.String) == key)["center"])
        if min(centers.values()) >= limit:
            words, known = f"{centers.total()}", centers.total()
        elif centers.total() < limit:
            words, known, exact = f"under {limit}", 0, False
        else:
            known = max(limit, sum(count for count in centers.values() if count >= limit))
            words, exact = f"mindst {known}", False
        told[BY_KEY[key].title] = words
        least += known
    return ("" if not least else f"{least}" if exact else f"mindst {least}"), told


@pytest.mark.parametrize("center", PLACES)
def test_it_says_what_the_lists_of_the_pages_say(
    engine: sa.Engine, judged: tuple[Assessed, Assessed], center: str | None
) -> None:
    now, before = judged
    cut = Cut(year_before(TODAY), TODAY, (center,) if center else None)
    found = counted(digest.week(engine, FULL_SCOPE, center, 7))
    new = changes.compared(deviations(now, cut), now, before, cut, HANDLED.to_frame()).filter(pl.col("since") == "new")
    overdue = actionable(now, cut)
    assert overdue.height == summarise(now, cut, ()).actionable
    wanted = {
        "Forfalder senest 29-11-2026": by_rule(due_soon(now, cut, 7)),
        "Overskredet, kan stadig gøres": by_rule(overdue),
        "Nye afvigelser siden leverancen 31-10-2026": by_rule(new),
        "Afvigelser, der er væk siden leverancen 31-10-2026": by_rule(changes.gone(now, before, cut)),
    }
    assert {name: found.get(name, ("", {})) for name in wanted} == wanted
    assert new.height
    assert overdue.height


def rows(counts: Mapping[str, Mapping[str | None, int]]) -> pl.DataFrame:
    """So many rows of each measure and centre."""
    found = [(key, center) for key, centers in counts.items() for center, many in centers.items() for _ in range(many)]
    return pl.DataFrame(found, {"measure": pl.String, "center": pl.String}, orient="row")


A, B = "heard", "decided"
SMALL = [
    # measure -> centre -> how many, the threshold, what is said of all of it, and of each measure
    ({A: {"Nord": 5}}, 5, "5", ["5, ældste 40 dage over"]),
    ({A: {"Nord": 4}}, 5, "", ["under 5"]),
    ({A: {"Nord": 1}}, 3, "", ["under 3"]),
    ({A: {"Nord": 3}}, 3, "3", ["3, ældste 40 dage over"]),
    ({A: {"Nord": 6, "Syd": 7}}, 5, "13", ["13, ældste 40 dage over"]),
    ({A: {"Nord": 6, "Syd": 2}}, 5, "mindst 6", ["mindst 6"]),  # 8 less the 6 of Nord would tell the 2
    ({A: {"Nord": 6, None: 1}}, 5, "mindst 6", ["mindst 6"]),
    ({A: {"Nord": 3, "Syd": 4}}, 5, "mindst 5", ["mindst 5"]),
    ({A: {"Nord": 2, "Syd": 2}}, 5, "", ["under 5"]),
    ({A: {"Nord": 9}, B: {"Nord": 4}}, 5, "mindst 9", ["9, ældste 40 dage over", "under 5"]),  # 13 would tell the 4
    ({A: {"Nord": 2}, B: {"Nord": 4}}, 5, "", ["under 5", "under 5"]),
    ({B: {"Nord": 2}, A: {"Nord": 4}}, 5, "", ["under 5", "under 5"]),
    ({A: {"Nord": 1203}}, 5, "1.203", ["1.203, ældste 40 dage over"]),
]


@pytest.mark.parametrize(("counts", "limit", "total", "said"), SMALL)
def test_a_small_number_is_not_told_nor_can_be_worked_out(
    counts: Mapping[str, Mapping[str | None, int]], limit: int, total: str, said: list[str]
) -> None:
    part = digest._counted("Overskredet", rows(counts), limit, dict.fromkeys((A, B), ", ældste 40 dage over"))
    assert part.count == total
    assert [line.partition(": ")[2] for line in part.lines] == said


def test_the_order_of_small_numbers_tells_nothing_of_them() -> None:
    one, other = (digest._counted("", rows({A: {"Nord": a}, B: {"Nord": b}}), 5) for a, b in ((1, 4), (4, 1)))
    assert one == other


@pytest.mark.parametrize("center", PLACES)
def test_no_small_number_and_no_day_of_one_leaves_the_house(engine: sa.Engine, center: str | None) -> None:
    found = digest.week(engine, FULL_SCOPE, center, 14)
    lines = [line for line in found.split("\n") if line.startswith("- ") and "(senest" not in line]
    assert any(line.endswith(": under 5") for line in lines)
    for line in lines:
        assert not re.search(r": [1-4](?![\d.])", line)
        assert not re.search(r"(under|mindst) [\d.]+[^\d.]|\d af \d", line)


def test_what_stands_out_is_said_without_its_count(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Signal("lavere end forventet i oktober 2026: 2 af 9", "lavere end forventet i okt. 2026", "!", "bad", TODAY)
    monkeypatch.setattr(figures, "unexpected", lambda _: [(BY_KEY[A], said)])
    found = digest.week(engine, FULL_SCOPE, None, 7)
    assert f"Uventet udvikling: 1\n- {BY_KEY[A].title}: lavere end forventet i okt. 2026\n" in found


def test_the_threshold_is_that_of_what_is_published(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(publishing.THRESHOLD, "20")
    assert ": under 20\n" in digest.week(engine, FULL_SCOPE, None, 7)
    monkeypatch.setenv(publishing.THRESHOLD, "to")
    with pytest.raises(PublicationRefused):
        digest.week(engine, FULL_SCOPE, None, 7)


@pytest.mark.parametrize(("days", "more"), [(1, False), (14, True)])
def test_so_many_days_ahead(engine: sa.Engine, judged: tuple[Assessed, Assessed], days: int, more: bool) -> None:
    cut = Cut(year_before(TODAY), TODAY)
    found = counted(digest.week(engine, FULL_SCOPE, None, days))
    [said] = [counts for name, counts in found.items() if name.startswith("Forfalder")] or [("", {})]
    assert said == by_rule(due_soon(judged[0], cut, days))
    assert (len(said[1]) > len(by_rule(due_soon(judged[0], cut, 7))[1])) is more


@pytest.mark.parametrize("center", PLACES)
def test_nobody_is_in_it(engine: sa.Engine, judged: tuple[Assessed, Assessed], center: str | None) -> None:
    text = digest.week(engine, FULL_SCOPE, center, 14)
    words = set(re.split(r"[\s,;:()]+", text))
    for frame in judged:
        numbers = {str(each) for column in ("case_id", "unit_id") for each in frame.outcomes[column].unique()}
        assert not words & (numbers | set(frame.cases["case_id"]) | set(frame.cases["person"]))
        assert not any(case in text for case in frame.cases["case_id"])
    assert "Hansen" not in text  # who does it may be a name
    assert "Beskyttet" not in text
    assert texts.SPACE not in text


@pytest.mark.parametrize(
    ("center", "late"),
    [(None, ["Nyt hold", "Ét forum"]), (PLACES[2], ["Nyt hold", "Ét forum"]), (PLACES[3], ["Ét forum"])],
)
def test_the_decisions_whose_day_has_passed_are_those_of_the_centre(
    engine: sa.Engine, center: str | None, late: list[str]
) -> None:
    text = digest.week(engine, FULL_SCOPE, center, 7)
    assert f"\nBeslutninger, der skulle være gennemført: {len(late)}\n" in text
    assert sorted(re.findall(r"- (.*) \(senest", text)) == late


def test_the_subject_stands_first_alone(engine: sa.Engine) -> None:
    first, second, *_ = digest.week(engine, FULL_SCOPE, PLACES[2], 7).split("\n")
    assert (first, second) == ("Emne: Ungeoverblik for Center Børn og Unge pr. 22-11-2026", "")
    assert digest.week(engine, FULL_SCOPE, None, 7).startswith(
        "Emne: Ungeoverblik for hele kommunen pr. 22-11-2026\n\n"
    )


def test_an_empty_week_says_so() -> None:
    nothing = [Part("Forfalder senest 29-11-2026", "", ()), Part("Nye afvigelser siden leverancen 31-10-2026", "", ())]
    assert digest.text("Center Nord", TODAY, nothing) == (
        "Emne: Ungeoverblik for Center Nord pr. 22-11-2026\n\n"
        "Intet forfalder, intet er overskredet, og der er intet nyt.\n"
    )


def test_one_delivery_has_nothing_to_be_new_since(sqlite_engine: sa.Engine) -> None:
    fill(sqlite_engine)
    text = digest.week(sqlite_engine, FULL_SCOPE, None, 7)
    assert text.endswith("\n\nDer er kun én leverance, så det kan ikke ses, hvad der er nyt.\n")
    assert texts.date(VIEW_DATE) in text
    assert "Nye afvigelser" not in text


def test_only_who_sees_every_case_makes_it(engine: sa.Engine) -> None:
    with pytest.raises(NoScope):
        digest.week(engine, Scope("lene", ("head",), ("Center Børn og Unge",)), PLACES[2], 7)
