"""Hvad har flyttet sig: two published months side by side, and a month as it was published and as it is known now.

Knows no Streamlit. The page and the command line judge by themselves and give their way of it as `Read`.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Protocol

import polars as pl

from data_access import tables
from data_access.published import Publication
from data_access.tables import Scope
from metrics import moved
from metrics.assess import BY_KEY, STOCK, Assessed, Cut, assess
from metrics.disclosure import window
from metrics.measure import Counts
from metrics.moved import Counted
from ui import texts


class Read(Protocol):
    """Judges all measures as of a day and as known on a day or at an import (its number; None: now), stock on `days`.

    `rules_of`: only the measures whose rule has changed since that day, by the rule as it stood then.
    """

    def __call__(
        self,
        view_date: dt.date,
        known: dt.date | int | None,
        days: Collection[dt.date],
        rules_of: dt.date | None = None,
    ) -> Assessed: ...


def reader(engine: Any, scope: Scope) -> Read:
    """`Read` straight from the database, for who may read every case: the command line."""

    def read(
        view_date: dt.date, known: dt.date | int | None, days: Collection[dt.date], rules_of: dt.date | None = None
    ) -> Assessed:
        return judge(tables.read(engine, scope, known), view_date, tuple(days), rules_of)

    return read


def judge(
    delivered: dict[str, pl.LazyFrame], view_date: dt.date, days: tuple[dt.date, ...], rules_of: dt.date | None
) -> Assessed:
    """Everything, or what `rules_of` leaves, judged from tables."""
    if rules_of is None:
        return assess(delivered, view_date, days)
    return assess(delivered, view_date, days, moved.outdated(rules_of, view_date))


def moves_for(
    read: Read,
    previous: Publication | None,
    previous_cells: pl.DataFrame,
    view_date: dt.date,
    assessed_now: Assessed,
    cells_now: pl.DataFrame,
    month: dt.date,
    threshold: int,
) -> pl.DataFrame:
    """What is published of what has moved since the month published before, as `moved.MOVES`; none without one.

    `assessed_now` = the month (any day of it) as of `view_date` and as known now, for all centres, with the stock on
    its last day; `previous_cells` and `cells_now` as `published.CELLS`.
    """
    if previous is None:
        return pl.DataFrame(schema=moved.MOVES)
    before, after = window(previous.month), window(month)
    days = (before.date_to,)
    found = moved.units(
        read(previous.view_date, previous.delivery, days),
        read(previous.view_date, None, days),
        assessed_now,
        before,
        after,
        by_old_rules(read, previous.view_date, view_date, None, after.date_to),
    )
    return moved.publishable(found, previous_cells, cells_now, threshold)


@dataclass(frozen=True)
class Month:
    """A month as it is judged: any day of it, V, and K (number of an import; None: as known now)."""

    month: dt.date
    view_date: dt.date
    known: int | None

    @property
    def cut(self) -> Cut:
        """The days counted."""
        return window(self.month)


@dataclass(frozen=True, eq=False)
class Moves:
    """What has moved from one judging to another."""

    units: pl.DataFrame
    """As `moved.UNITS`; `case_id` is null where whose it is may not be known."""
    then: pl.DataFrame
    """measure, center, met, base: what was counted then, a row for each centre with units."""
    now: pl.DataFrame
    """The same of now."""


def between(read: Read, then: Month, now: Month) -> Moves:
    """What has moved from one judging of a month to another, of all centres."""
    cuts = then.cut, now.cut
    days = (cuts[0].date_to,)
    before = read(then.view_date, then.known, days)
    known = read(then.view_date, now.known, days)
    after = known if (now.month, now.view_date) == (then.month, then.view_date) else _now(read, now)
    old = by_old_rules(read, then.view_date, now.view_date, now.known, cuts[1].date_to)
    found = moved.units(before, known, after, *cuts, old)
    return Moves(found, moved.counted(before, cuts[0]), moved.counted(after, cuts[1]))


def _now(read: Read, now: Month) -> Assessed:
    return read(now.view_date, now.known, (now.cut.date_to,))


DAYS = ("on", "due", "done", "was_on", "was_due", "was_done")


def seen(moves: Moves, centers: Sequence[str] | None, cases: Collection[Any]) -> Moves:
    """What may be seen of it by who sees some centres, or all (None), a row for each unit and part.

    Of a case that is not among `cases` neither which one it is nor any day; who sees all knows them all.
    """
    if centers is None:
        return replace(moves, units=moved.together(moves.units))
    here = pl.col("center").is_in(centers)
    known = pl.col("case_id").is_in(list(cases))
    nameless = pl.format("uden navn {}", pl.col("unit_id").rank("dense"))
    units = moves.units.filter(here).with_columns(
        case_id=pl.when(known).then("case_id"),
        # one unit is still one: it may stand in several rows of its measure
        unit_id=pl.when(known).then("unit_id").otherwise(nameless),
        # a day could be found again in an older list
        **{name: pl.when(known).then(name) for name in DAYS},
    )
    return Moves(moved.together(units), moves.then.filter(here), moves.now.filter(here))


def by_old_rules(read: Read, then: dt.date, view_date: dt.date, known: int | None, last: dt.date) -> Assessed | None:
    """What is now, by the rules of then; None where none has changed in between."""
    return read(view_date, known, (last,), then) if moved.outdated(then, view_date) else None


# --- in words -----------------------------------------------------------------------------------------

PARTS: Mapping[str, str] = {
    "new": "Nye sager",
    "happened": "Det, der er sket",
    "left": "Tæller ikke mere",
    "late": "Registreret senere",
    "corrected": "Rettet",
    "withdrawn": "Udgået",
    "rules": "Regel ændret",
    "recounted": "Talt på en ny måde",
    "rest": "Resten",
}
"""Part of a change -> what it is called."""
MEANINGS: Mapping[str, str] = {
    "new": "sager, der er begyndt efter den første af de to måneder.",
    "happened": "en frist er løbet ud, noget er gjort, eller noget er hændt i en sag, der var der i forvejen.",
    "left": "talt med før: de 12 måneder er rykket frem, eller sagen er afsluttet.",
    "late": "var sket, men stod ikke i leverancen, da måneden blev offentliggjort.",
    "corrected": "stod i leverancen, men med en anden værdi.",
    "withdrawn": "stod i leverancen, og står der ikke mere.",
    "rules": "en regel er trådt i kraft eller holdt op; sagen er den samme.",
    "recounted": "det offentliggjorte tal er ikke det, dagens program giver, eller sager er slettet siden.",
    "rest": "de dele, der hver handler om for få til at blive vist, lagt sammen.",
}
"""Part of a change -> what it means."""
SURE = 10
"""On a smaller base a change of percentage points is mostly chance, and stands below the others."""
UNDIVIDED = "For få til at dele op."
UNCOUNTED, NO_MORE, AWAY = "Ikke talt med", "Ikke talt med mere", "I et andet center"


@dataclass(frozen=True)
class Part:
    """One part of what moved a measure."""

    key: str
    units: int
    met: int
    base: int
    share: float | None
    """What it did to the rate, as a fraction; None where there was none to move."""

    @property
    def counts(self) -> str:
        """`+3 af +5`."""
        return f"{signed(self.met)} af {signed(self.base)}"


@dataclass(frozen=True)
class Story:
    """What moved one measure, and by how much."""

    key: str
    title: str
    then: Counted
    now: Counted
    parts: tuple[Part, ...]
    """In the order of `PARTS`; none where nothing has moved."""

    @property
    def change(self) -> float | None:
        """Difference of the rates, as a fraction; None where either is of too few to be one."""
        (met, base), (met_now, base_now) = self.then, self.now
        return met_now / base_now - met / base if min(base, base_now) >= texts.FEW else None

    @property
    def said(self) -> str:
        """`29 % (36 af 125) → 41 % (52 af 127), +12,2 procentpoint`."""
        moved = "" if self.change is None else f", {texts.points(self.change * 100)}"
        return f"{texts.rate_with_base(*self.then)} → {texts.rate_with_base(*self.now)}{moved}"

    @property
    def why(self) -> str:
        """`Nye sager +3 af +5. Registreret senere +2 af 0.`; where all of it is the rest, that it is."""
        if [part.key for part in self.parts] == [moved.REST]:
            return UNDIVIDED
        return " ".join(f"{PARTS[part.key]} {part.counts}." for part in self.parts)


def signed(count: int) -> str:
    """`+3`, `−2`, `0`."""
    return f"+{texts.number(count)}" if count > 0 else texts.number(count)


def totals(counted: pl.DataFrame) -> dict[str, Counted]:
    """met and base of each measure in the catalogue, of a frame of measure, met and base with a row a centre."""
    sums = counted.group_by("measure").agg(pl.col("met", "base").sum())
    have = {measure: (met, base) for measure, met, base in sums.select("measure", "met", "base").iter_rows()}
    return {key: have.get(key, (0, 0)) for key in BY_KEY}


def frozen(cells: pl.DataFrame, centers: Sequence[str] | None) -> dict[str, Counted]:
    """met and base of each measure as published, of the whole or of some centres together, where none is hidden.

    `cells` as `published.CELLS`.
    """
    mine = pl.col("whole") if centers is None else ~pl.col("whole") & pl.col("center").is_in(centers)
    shown = cells.filter(mine).group_by("measure").agg(pl.col("met", "base").sum(), pl.col("hidden").any(), n=pl.len())
    whole = shown.filter(~pl.col("hidden") & (pl.col("n") == (1 if centers is None else len(centers))))
    return {measure: (met, base) for measure, met, base in whole.select("measure", "met", "base").iter_rows()}


def stories(parts: pl.DataFrame, then: Mapping[str, Counted], now: Mapping[str, Counted]) -> list[Story]:
    """Every measure that both counts know, what moved most first; what did not move last, as in the catalogue.

    `parts` as `moved.SPLIT` or `moved.MOVES`.
    """
    found = {str(key): part for (key,), part in parts.partition_by("measure", as_dict=True).items()}
    place = {key: number for number, key in enumerate(BY_KEY)}
    both = sorted(then.keys() & now.keys(), key=lambda key: (place.get(key, len(place)), key))
    return sorted((_story(key, found.get(key), then[key], now[key]) for key in both), key=_least)


def _story(key: str, parts: pl.DataFrame | None, then: Counted, now: Counted) -> Story:
    title = BY_KEY[key].title if key in BY_KEY else key
    if parts is None:
        return Story(key, title, then, now, ())
    shares = moved.points(parts, then) if min(then[1], now[1]) >= texts.FEW else {}
    rows = {row["part"]: row for row in parts.iter_rows(named=True)}
    told = ((part, rows[part]) for part in PARTS if part in rows)
    return Story(
        key,
        title,
        then,
        now,
        tuple(Part(part, row["units"], row["met"], row["base"], shares.get(part)) for part, row in told),
    )


def _least(story: Story) -> tuple[int, float, int]:
    sure = min(story.then[1], story.now[1]) >= SURE and story.change is not None
    kind = 2 if not story.parts else 0 if sure else 1
    return kind, -abs(story.change or 0), -sum(part.units for part in story.parts)


def steps(story: Story, then: str, now: str) -> str:
    """A measure's change as steps from the one rate to the other; `then` and `now` say which two. For `blocks.show`.

    Where there is no rate to draw the words stand alone.
    """
    head = f"<h3>{escape(story.title)}</h3><p>{escape(story.said)}</p>"
    found = _steps(story)
    if not found:
        return f'<div class="maaling">{head}<p class="stille">{escape(story.why)}</p></div>'
    ends = [rate for _, low, high in found for rate in (low, high)]
    least, most = min(ends), max(ends)
    room = max(most - least, 0.01) * 0.15
    least, most = least - room, most + room
    rows = [
        _row(then, texts.rate_value(*story.then), "", "", (found[0][1], found[0][1]), (least, most)),
        *(
            _row(
                PARTS[part.key],
                texts.points((part.share or 0) * 100, short=True),
                part.counts,
                _tone(story, part.share or 0),
                (low, high),
                (least, most),
            )
            for part, low, high in found
        ),
        _row(now, texts.rate_value(*story.now), "", "", (found[-1][2], found[-1][2]), (least, most)),
    ]
    caption = "Hvad hver del flyttede andelen, i procentpoint"
    return (
        f'<div class="maaling">{head}<table class="soejler"><caption>{escape(caption)}</caption>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _steps(story: Story) -> list[tuple[Part, float, float]]:
    """Each part with the rate before and after it, in the order that they are shown; none where a rate is missing."""
    if story.change is None or story.why == UNDIVIDED or any(part.share is None for part in story.parts):
        return []
    rate = story.then[0] / story.then[1]
    steps = []
    for part in story.parts:
        after = rate + (part.share or 0)
        steps.append((part, rate, after))
        rate = after
    return steps


def _tone(story: Story, share: float) -> str:
    """The colour of a step; a share without a duty has no good and bad."""
    measure = BY_KEY.get(story.key)
    if measure is None or (isinstance(measure.must, Counts) and not measure.lower_is_better) or not share:
        return ""
    return "god" if (share > 0) is not measure.lower_is_better else "daarlig"


def _row(label: str, said: str, note: str, tone: str, ends: tuple[float, float], axis: tuple[float, float]) -> str:
    low, high = sorted(ends)
    width = axis[1] - axis[0]
    left = min(100 * (low - axis[0]) / width, 99.0)
    size = min(max(100 * (high - low) / width, 1.0), 100 - left)  # a rate by itself is a mark
    beside = f"<small>{escape(note)}</small>" if note else ""
    return (
        f'<tr><th scope="row">{escape(label)}</th><td class="soejle">'
        f'<span class="{tone}" style="margin-left:{left:.1f}%;width:{size:.1f}%"></span></td>'
        f"<td>{escape(said)}{beside}</td></tr>"
    )


def offered(story: Story, units: pl.DataFrame) -> dict[str, str]:
    """The parts of a measure that have cases to show: part -> its name and how many."""
    own = units.filter(pl.col("measure") == story.key).group_by("part").agg(pl.col("unit_id").n_unique())
    found = dict(own.iter_rows())
    return {part: f"{name} ({texts.number(found[part])})" for part, name in PARTS.items() if part in found}


HEADINGS: Mapping[str, str] = {
    "case": "Sag",
    "was": "Var",
    "is_": "Er",
    "on": "Dag eller frist",
    "done": "Udført",
    "was_on": "Dag før",
    "was_done": "Udført før",
    "center": "Center",
    "moved": "Flyttede",
}


def listed(units: pl.DataFrame, measure: str, part: str) -> pl.DataFrame:
    """The rows of `units` behind a part of a measure, those with a number first, then by day."""
    chosen = units.filter((pl.col("measure") == measure) & (pl.col("part") == part))
    return chosen.sort(pl.col("case_id").is_null(), pl.coalesce("on", "was_on"), "case_id", nulls_last=True)


def table(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of one measure in words, columns of `HEADINGS`; a date of before stands only where it is another now."""

    def words(column: str, none: str) -> pl.Expr:
        said = {code: texts.outcome(code, duty=duty) for code in texts.OUTCOMES} | {moved.ELSEWHERE: AWAY}
        return pl.col(column).fill_null("").replace_strict({**said, "": none}, return_dtype=pl.String)

    key = str(rows["measure"][0])
    duty = not (key in BY_KEY and isinstance(BY_KEY[key].must, Counts))
    dates = ("on", "done", "was_on", "was_done")
    other = {name: pl.when(pl.col(name).ne_missing(pl.col(name.removeprefix("was_")))).then(name) for name in dates[2:]}
    counts = [f"{signed(met)} af {signed(base)}" for met, base in rows.select("met", "base").iter_rows()]
    told = rows.with_columns(
        case=pl.col("case_id").fill_null("Ikke jeres sag mere"),
        was=words("was", UNCOUNTED),
        is_=words("is_", NO_MORE),
        center=pl.col("center").fill_null(texts.NO_CENTER),
        moved=pl.Series(counts, dtype=pl.String),
        **other,
    )
    # what is judged on a day has that of its month, as all the others
    said = [name for name in HEADINGS if name not in dates or (key not in STOCK and told[name].count())]
    return told.select(said)


def unmoved(found: Iterable[Story]) -> str:
    """The measures in which nothing has moved, on one line."""
    return ", ".join(story.title for story in found if not story.parts)
