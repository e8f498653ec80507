"""Decisions in words, each with what has happened since to the measure that it should move.

Knows no Streamlit. Every number comes from what has been published, so that everybody reads the same: what is hidden
there is hidden here too, and stands for no comparison.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from data_access import published
from data_access.annotations import InvalidAnnotation
from data_access.decisions import STATES, Comment, Decision, InvalidDecision
from data_access.published import Publication, last_day
from data_access.tables import Scope
from metrics.assess import BY_KEY
from metrics.measures import THEMES
from metrics.statistics import difference
from ui import data_quality, figures, texts
from ui.published import THEME_OF
from ui.targets import TITLES, WHOLE, fraction

NEAR = 31
"""Days: what is to be done so soon comes up at the next meeting."""
MOVED: Mapping[texts.Standing, str] = {
    "above": "tydeligt op",
    "below": "tydeligt ned",
    "same": "ingen tydelig ændring",
    "few": "for få sager til at sammenligne",
}
"""How the newest month stands to the one before the decision -> words."""
REACHED = ((1.0, "Nået"), (0.75, "Næsten nået"), (0.4, "Halvvejs"), (0.0, "På vej"))
"""From this share of the aim -> the word for it."""
COUNTED = (
    "Tallene er månedens tal: 12 måneder op til månedens slutning, eller månedens sidste dag. Det meste af to sådanne "
    "tal er ens, så en ændring viser sig kun lidt efter lidt; først efter et år er hele tallet fra tiden efter."
)

Point = tuple[dt.date, int | None, int | None]
"""First day of a published month, met and base of it; None where it is hidden."""
Due = Literal["over", "near", ""]


@dataclass(frozen=True)
class Line:
    """One decision in words, as of a day."""

    number: int
    on: dt.date
    """The day it was decided."""
    title: str
    why: str
    who: str
    do_by: dt.date
    by_when: str
    """`Senest 01-12-2026`, with how many days are left or have passed where something is still to be done."""
    state: str
    """`I gang`."""
    note: str
    """What was last said of it; may be empty."""
    aims: str
    """`Skal flytte »Én fælles plan« med +10 procentpoint (fra 29 % til 39 %).`; empty where it should move nothing."""
    since: str
    """`Siden september 2026: 29 % (36 af 125) → 41 % (52 af 127), tydeligt op. …`; empty where nothing is followed."""
    where: str
    """The centre it is for, or the whole municipality."""
    measure: str | None
    center: str | None
    open: bool
    due: Due
    """Whether it should have been done, or soon should be; never of what is not open."""


def lines(decisions: Sequence[Decision], series: Mapping[str, Sequence[Point]], day: dt.date) -> tuple[Line, ...]:
    """The decisions made by a day, in the order given, each followed to the newest month of `series` over by then.

    `series` as `follow` gives it: what was published of a measure month by month, by `place`.
    """
    return tuple(_line(each, series, day) for each in decisions if each.decided_on <= day)


def _line(decision: Decision, series: Mapping[str, Sequence[Point]], day: dt.date) -> Line:
    known = sorted(
        point for point in series.get(place(decision.measure, decision.center), ()) if last_day(point[0]) <= day
    )
    start = next((point for point in reversed(known) if last_day(point[0]) < decision.decided_on), None)
    return Line(
        decision.number,
        decision.decided_on,
        decision.title,
        decision.why,
        decision.responsible,
        decision.do_by,
        by_when(decision, day),
        STATES[decision.state],
        decision.steps[-1].note if decision.steps else "",
        aims(decision, start) if decision.measure else "",
        since(decision, known, start) if decision.measure else "",
        decision.center or WHOLE,
        decision.measure,
        decision.center,
        decision.open,
        due(decision, day),
    )


def place(measure: str | None, center: str | None) -> str:
    """Key of a series: the measure where it is of the whole municipality, else with the centre."""
    return f"{measure}" if center is None else f"{measure} · {center}"


def due(decision: Decision, day: dt.date) -> Due:
    """Whether what is still to be done should have been, or should be within `NEAR` days."""
    left = (decision.do_by - day).days
    if not decision.open or left > NEAR:
        return ""
    return "over" if left < 0 else "near"


def by_when(decision: Decision, day: dt.date) -> str:
    """`Senest 01-12-2026`, and how far that is where something is still to be done."""
    words, left = f"Senest {texts.date(decision.do_by)}", (decision.do_by - day).days
    if not decision.open or left > NEAR:
        return words
    if left < 0:
        return f"Skulle være gjort senest {texts.date(decision.do_by)}: {texts.days(-left)} over"
    return f"{words}: i dag" if not left else f"{words}: om {texts.days(left)}"


def aims(decision: Decision, start: Point | None) -> str:
    """What a decision should move and by how much; from where to where, if that was published and can be."""
    said = f"Skal flytte »{titled(decision.measure)}«"
    if decision.by_points is None:
        return f"{said}."
    said += f" med {_points(decision.by_points)}{texts.SPACE}procentpoint"
    _, met, base = start or (None, None, None)
    if met is None or base is None or base < texts.FEW:
        return f"{said}."
    wanted = met / base + decision.by_points
    if not 0 <= wanted <= 1:
        return f"{said} (fra {texts.percent(met / base)})."
    return f"{said} (fra {texts.percent(met / base)} til {texts.percent(wanted)})."


def since(decision: Decision, known: Sequence[Point], start: Point | None) -> str:
    """What has become of the measure from `start`, the newest month before the decision, to the newest `known`."""
    if not known:
        return "Nøgletallet er ikke offentliggjort endnu."
    first, now = start or known[0], known[-1]
    lead = "" if start else "Nøgletallet var ikke offentliggjort, da det blev besluttet. "
    if first[0] == now[0]:
        young = f"Beslutningen er yngre end tallene: {texts.month(now[0])} er den nyeste måned, {_said(now)}."
        return young if start else f"{lead}{texts.sentence(texts.month(now[0]))}: {_said(now)}."
    said = f"{lead}Siden {texts.month(first[0])}: {_said(first)} → {_said(now)}"
    standing, moved = _difference(first, now)
    if standing is None:
        return f"{said}, kan ikke sammenlignes."
    words = [f"{said}, {MOVED[standing]}"]
    if start and decision.by_points and standing != "few" and not worse(decision.measure, decision.by_points):
        words.append(_reached(moved, decision.by_points, sure=standing != "same"))
    elif standing in ("above", "below"):
        words[0] += f": {texts.points(moved * 100)}"
    changed = BY_KEY[decision.measure].rule_changes() if decision.measure in BY_KEY else ()
    words += [texts.rule_between(on).rstrip(".") for on in changed if last_day(first[0]) < on <= last_day(now[0])]
    return ". ".join(words) + "."


def _said(point: Point) -> str:
    _, met, base = point
    return texts.HIDDEN if met is None or base is None else texts.rate_with_base(met, base)


def _difference(first: Point, now: Point) -> tuple[texts.Standing | None, float]:
    """How the newest stands to the first, and by how much; None where one of them is hidden."""
    (_, met, base), (_, met_now, base_now) = first, now
    if met is None or base is None or met_now is None or base_now is None:
        return None, 0.0
    value, low, high = difference(met_now, base_now, met, base) or (0.0, None, None)
    return texts.difference(base_now, base, low, high, "").standing, value


def _reached(moved: float, wanted: float, *, sure: bool) -> str:
    """`Halvvejs: +6 af +10 procentpoint`."""
    share = moved / wanted
    word = next((word for least, word in REACHED if share >= least and share > 0), "Ikke på vej")
    doubt = "" if sure or share <= 0 else ", men usikkert"
    return f"{word}{doubt}: {_points(moved)} af {_points(wanted)}{texts.SPACE}procentpoint"


def worse(measure: str | None, by_points: float) -> bool:
    """Whether so many points would move a measure the bad way; never of one that is neither good nor bad."""
    side = "high" if by_points > 0 else "low"
    return by_points != 0 and measure in BY_KEY and figures.tone(BY_KEY[measure], side) == "bad"


def _points(share: float) -> str:
    """A difference in percentage points with its sign: `+10`, `−2,5`."""
    size = texts.number(abs(share) * 100, 1).removesuffix(",0")
    return size if size == "0" else f"{'+' if share > 0 else texts.MINUS}{size}"


def titled(measure: str | None) -> str:
    """A measure's title; its key where it is no longer in the catalogue."""
    return BY_KEY[measure].title if measure in BY_KEY else str(measure)


# --- what they are followed by ------------------------------------------------------------------------


def follow(months: Mapping[dt.date, pl.DataFrame]) -> dict[str, tuple[Point, ...]]:
    """What was published of each measure, by `place`, the oldest month first. `months`: month -> `published.CELLS`."""
    found: dict[str, list[Point]] = {}
    for month, cells in sorted(months.items()):
        columns = ("measure", "center", "whole", "met", "base")
        for measure, center, whole, met, base in cells.select(columns).iter_rows():
            if whole or center is not None:
                found.setdefault(place(measure, None if whole else center), []).append((month, met, base))
    return {key: tuple(points) for key, points in found.items()}


def series(
    engine: Any,
    scope: Scope,
    decisions: Sequence[Decision],
    day: dt.date,
    own: Callable[[Publication], pl.DataFrame | None] = lambda _published: None,
) -> dict[str, tuple[Point, ...]]:
    """The published months that decisions are followed by up to a day, as `follow` gives them.

    `own` gives what the scope knows of own centres in what was published, as `published.cells` asks for it.

    Raises:
        NoScope: `scope` may not see what is published.
        DatabaseUnavailable: no connection.
    """
    done = {each.month: each for each in published.months(engine, scope)}
    over = sorted(month for month in done if last_day(month) <= day)
    followed = [each for each in decisions if each.measure]
    if not (over and followed):
        return {}
    starts = {max((m for m in over if last_day(m) < each.decided_on), default=over[0]) for each in followed}
    wanted = {over[0], over[-1], *starts}
    return follow({m: published.cells(engine, scope, m, own(done[m]), done[m].version) for m in wanted})


# --- the page -----------------------------------------------------------------------------------------

AIMS: Mapping[str, str] = {"": "Intet nøgletal", **TITLES}
"""What a decision may move -> its name, in the order of the catalogue."""
INSIDE = "offentliggøres ikke"
"""Stands for the number of a measure that a month does not hold."""
NO_YOUTH = (
    "Styregruppen og afdelingslederne læser det, og det kommer med i månedens materiale. Skriv ikke noget, en ung kan "
    "genkendes på: ingen navne, sagsnumre eller enkelte forløb."
)
"""Said beside every field for words."""
HISTORY = pl.Schema(
    {"saved_at": pl.Datetime("us", "UTC"), "title": pl.String(), "text": pl.String(), "saved_by": pl.String()}
)
"""One row per comment that was saved."""
FILE = (
    "Besluttet", "Hvad", "Hvorfor", "Hvem", "Senest", "Status", "Note", "Sted", "Nøgletal", "Skal flytte", "Siden",
)  # fmt: skip
COMMENT_FILE = ("Måned", "Tema", "Nøgletal", "Hele kommunen", "Bemærkning", "Af")


def measures(shown: Sequence[Line], asked: Collection[str]) -> dict[str, str]:
    """Measure -> its title and how many of the decisions should move it, in the order of the catalogue.

    `asked`: those that are named though nothing should move them.
    """
    counts = Counter(line.measure for line in shown)
    return {
        key: f"{measure.title} ({texts.number(counts[key])})"
        for key, measure in BY_KEY.items()
        if counts[key] or key in asked
    }


def urgent(shown: Sequence[Line]) -> list[Line]:
    """What should have been done or soon should be, the oldest day first."""
    return sorted((line for line in shown if line.due), key=lambda line: (line.do_by, line.number))


def later(shown: Sequence[Line]) -> list[Line]:
    """What else is still to be done, the nearest day first."""
    return sorted((line for line in shown if line.open and not line.due), key=lambda line: (line.do_by, line.number))


def closed(shown: Sequence[Line]) -> list[Line]:
    """What is done or given up, the newest decision first."""
    return sorted((line for line in shown if not line.open), key=lambda line: (line.on, line.number), reverse=True)


def summary(shown: Sequence[Line]) -> str:
    """`5 åbne beslutninger. 1 skulle være gjort, 2 skal være gjort inden 31 dage.`"""
    still = [line for line in shown if line.open]
    if not still:
        return "Ingen åbne beslutninger."
    over, near = (sum(line.due == due for line in still) for due in ("over", "near"))
    words = [f"{texts.number(over)} skulle være gjort"] if over else []
    words += [f"{texts.number(near)} skal være gjort inden {NEAR} dage"] if near else []
    said = texts.counts(len(still), "åben beslutning", "åbne beslutninger") + "."
    return f"{said} {', '.join(words)}." if words else said


def about(line: Line) -> str:
    """`Besluttet 05-10-2026 · Leder af Center Familie · Senest 01-12-2026 · Hele kommunen`."""
    return " · ".join((f"Besluttet {texts.date(line.on)}", line.who, line.by_when, line.where))


def steps(decision: Decision) -> list[str]:
    """How far a decision has been said to be, the newest first: `22-11-2026 I gang, lene: Der er lavet en skabelon.`"""
    said = [(one.saved_at, f"{STATES[one.state]}, {one.saved_by}", one.note) for one in reversed(decision.steps)]
    said.append((decision.saved_at, f"Skrevet af {decision.saved_by}", ""))
    return [f"{texts.date(data_quality.day(at))} {words}{f': {note}' if note else ''}" for at, words, note in said]


def saved_decision(saved: Decision) -> str:
    """What was saved, as it was read back."""
    return (
        f"Gemt: {saved.title} ({saved.responsible}, senest {texts.date(saved.do_by)}; "
        f"{titled(saved.measure) if saved.measure else 'intet nøgletal'}; {saved.center or WHOLE})."
    )


def saved_step(saved: Decision) -> str:
    """What was saved, as it was read back."""
    return f"Gemt: {saved.title}: {STATES[saved.state]}."


def saved_comment(saved: Comment) -> str:
    """What was saved, as it was read back."""
    what = f"{titled(saved.measure)}, {texts.month(saved.month)}"
    return f"Gemt: {what}: {saved.text}" if saved.text else f"Slettet: bemærkningen til {what}."


def meanwhile(measure: str, comment: Comment | None) -> str:
    """That somebody else has written of a measure while one wrote oneself; `comment`: what stands now."""
    what = f"har skrevet imens: »{comment.text}«" if comment else "har slettet bemærkningen imens"
    kept = "Din tekst er ikke gemt, men står i feltet. Gem igen, hvis den skal gælde."
    return f"{titled(measure)}: En kollega {what}. {kept}"


def file_rows(shown: Sequence[Line]) -> pl.DataFrame:
    """The decisions for a file, with Danish headings; the newest decision first."""
    rows = [
        (
            line.on, line.title, line.why, line.who, line.do_by, line.state, line.note, line.where,
            titled(line.measure) if line.measure else "", line.aims, line.since,
        )
        for line in sorted(shown, key=lambda line: (line.on, line.number), reverse=True)
    ]  # fmt: skip
    types = {name: pl.Date() if name in ("Besluttet", "Senest") else pl.String() for name in FILE}
    return pl.DataFrame(rows, schema=types, orient="row")


def whole(cells: pl.DataFrame) -> dict[str, str]:
    """Measure -> what was published of the whole municipality in a month, in words."""
    columns = ("measure", "from", "met", "base")
    return {key: _said((month, met, base)) for key, month, met, base in cells.filter("whole").select(columns).rows()}


def comment_rows(comments: Sequence[Comment], numbers: Mapping[str, str]) -> pl.DataFrame:
    """The comments to a month for a file, by theme and measure; `numbers` as `whole`."""
    said = {comment.measure: comment for comment in comments}
    rows = [
        (said[key].month, theme.title, measure.title, numbers.get(key, ""), said[key].text, said[key].saved_by)
        for theme in THEMES
        for measure in theme.measures
        if (key := measure.key) in said
    ]
    types = {name: pl.Date() if name == "Måned" else pl.String() for name in COMMENT_FILE}
    return pl.DataFrame(rows, schema=types, orient="row")


def themes(comments: Sequence[Comment]) -> str:
    """The themes that have comments: `Screening og Mentor og støtte`."""
    names = dict.fromkeys(THEME_OF[each.measure].title for each in comments if each.measure in THEME_OF)
    return data_quality.listed(list(names)) if names else ""


def comment_history(entries: Sequence[Comment]) -> pl.DataFrame:
    """Every comment that was saved, in the order given, as `HISTORY` in Danish time."""
    rows = [(each.saved_at, titled(each.measure), each.text or "Slettet", each.saved_by) for each in entries]
    return pl.DataFrame(rows, schema=HISTORY, orient="row").with_columns(saved_at=data_quality.local("saved_at"))


def picked(day: dt.date | None) -> dt.date:
    """A day that somebody must pick.

    Raises:
        InvalidDecision: none was picked.
    """
    if day is None:
        raise InvalidDecision("Vælg en dato.")
    return day


def points(typed: str | None) -> float | None:
    """Percentage points as people type them, as a fraction: `10` -> 0.10, `-2,5` -> −0.025; nothing -> None.

    Raises:
        InvalidDecision: it is not a number with at most one decimal.
    """
    words = (typed or "").strip().replace(texts.MINUS, "-")
    if not words:
        return None
    try:
        size = fraction(words[1:] if words[0] in "+-" else words)
    except InvalidAnnotation as error:
        raise InvalidDecision(
            "Skriv procentpoint som et tal med højst én decimal, fx 10 eller -2,5; eller lad feltet stå tomt."
        ) from error
    return -size if words.startswith("-") else size


def aim(measure: str, typed: str | None) -> float | None:
    """What a measure (may be empty) should be moved by, as `points` reads it, and not the bad way.

    Raises:
        InvalidDecision: it is no number of points, or would move the measure the bad way.
    """
    by = points(typed)
    if by is not None and worse(measure, by):
        low = BY_KEY[measure].lower_is_better
        raise InvalidDecision(
            f"For dette nøgletal er {'lavt' if low else 'højt'} bedst: skriv fx {_points(-0.1 if low else 0.1)}."
        )
    return by
