"""Månedens tal: how a month is made ready, published, corrected and checked. Knows no Streamlit."""

import datetime as dt
import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

import metrics
from data_access import published
from data_access.published import Publication, PublicationRefused, Rule, last_day
from data_access.tables import Scope
from metrics import disclosure
from metrics.assess import BY_KEY, Assessed
from metrics.measure import mark
from metrics.measures import MEASURES
from ui import moved, texts
from ui.published import (
    CODE_UNKNOWN,
    Matrix,
    compared_with,
    count_in_words,
    in_words,
    law,
    place_name,
    title_of,
    value_name,
)
from ui.targets import WHOLE, next_month

THRESHOLD = "UNGEOVERBLIK_DISCLOSURE_THRESHOLD"
LOWEST, HIGHEST = 3, 20
MONTHS_BACK = 6
"""So many whole months can be published when nothing has been yet."""


def threshold() -> int:
    """Counts from 1 up to it are hidden, from `UNGEOVERBLIK_DISCLOSURE_THRESHOLD`.

    Raises:
        PublicationRefused: the setting is not a whole number from `LOWEST` to `HIGHEST`.
    """
    setting = os.environ.get(THRESHOLD) or str(disclosure.THRESHOLD)
    if not (setting.isdecimal() and LOWEST <= int(setting) <= HIGHEST):
        raise PublicationRefused(f"{THRESHOLD} skal være et helt tal fra {LOWEST} til {HIGHEST}. Ret indstillingen.")
    return int(setting)


@cache
def program() -> str:
    """The version of the program, with a mark of the source of `metrics`: another mark may count otherwise."""
    source = Path(str(metrics.__file__)).parent
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*.py")):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{version('ungeoverblik')}+{digest.hexdigest()[:12]}"


def rules(day: dt.date) -> dict[str, Rule]:
    """Measure -> the rule it is counted by, with the law and the length in force on a day."""
    return {
        measure.key: Rule(measure.title, law(measure, day), measure.rule, measure.base, mark(measure))
        for measure in MEASURES
        if measure.key not in disclosure.KEPT_INSIDE
    }


@dataclass(frozen=True, eq=False)
class Prepared:
    """A month as it would be published."""

    month: dt.date
    """Its first day."""
    assessed: Assessed
    threshold: int
    cells: pl.DataFrame
    """As `published.CELLS`."""
    counts: pl.DataFrame
    """As `published.COUNTS`."""
    done: tuple[Publication, ...]
    """What was published before, in that order."""


def prepare(engine: Any, scope: Scope, month: dt.date, assessed: Assessed, centers: Sequence[str]) -> Prepared:
    """Make a month (any day of it) ready: its fixed table, protected beside all that was published, and attacked.

    `assessed` holds all centres, and stock measures on the last day of the month; `centers` in organisational order.

    Raises:
        PublicationRefused: the month is not over on the view date, the setting is wrong, or the attack found something.
        NoScope: `scope` may not publish.
        DatabaseUnavailable: what was published before cannot be read.
    """
    limit, done, before = threshold(), published.versions(engine, scope), published.before(engine, scope)
    if assessed.view_date < last_day(month):
        raise PublicationRefused(
            f"{texts.sentence(texts.month(month))} er ikke slut på opgørelsesdagen. Vent på en leverance, der dækker "
            "hele måneden."
        )
    table = disclosure.enough_per_center(disclosure.tables(assessed, month, centers), limit)
    cells = disclosure.protect(table, before, limit)
    if gives_away(cells, before):
        raise PublicationRefused(
            "Tallene er ikke offentliggjort: kontrollen fandt et skjult tal, der kan regnes ud. Meld det til dem, der "
            "vedligeholder Ungeoverblik."
        )
    month = month.replace(day=1)
    earlier = [published.counts(engine, scope, month, each.version) for each in done if each.month == month]
    counts = disclosure.protect_counts(disclosure.counts(assessed, month), cells, earlier, limit)
    return Prepared(month, assessed, limit, cells, counts, done)


def gives_away(cells: pl.DataFrame, before: Sequence[pl.DataFrame]) -> bool:
    """Whether a month tells a hidden number, of itself or of what was published before, that nothing told already.

    Beside it are the other months, and not its own earlier versions: what they show that it hides is told already.
    """
    others = [frame for frame in before if frame["to"].max() != cells["to"].max()]
    told = disclosure.attack([*others, cells], only_narrowed=True)
    if told.is_empty():
        return False
    number = ["measure", "to", "center", "whole", "count"]
    already = disclosure.attack(before, only_narrowed=True)
    return not told.join(already, on=number, how="anti", nulls_equal=True).is_empty()


def publish_month(
    engine: Any,
    scope: Scope,
    month: dt.date,
    read: moved.Read,
    *,
    view_date: dt.date,
    delivery: int,
    centers: Sequence[str],
    reason: str = "",
) -> Publication:
    """Publish a month (any day of it) from (V, K), with what has moved since the one before; with a reason: correct it.

    `delivery`: K, the number of a delivery, at least as new as the view date; `read` judges all centres. Raises as
    `prepare` and `published.publish`.
    """
    last = last_day(month)
    ready = prepare(engine, scope, month, read(view_date, delivery, (last,)), centers)
    return publish_prepared(engine, scope, ready, read, delivery=delivery, reason=reason)


def publish_prepared(
    engine: Any, scope: Scope, ready: Prepared, read: moved.Read, *, delivery: int, reason: str = ""
) -> Publication:
    """Publish what `prepare` has made of (V, `delivery`). Raises as `published.publish`."""

    def known(
        view_date: dt.date, known: dt.date | int | None, days: Collection[dt.date], rules_of: dt.date | None = None
    ) -> Assessed:
        """What is known now is what was known at the delivery that the month is published from."""
        return read(view_date, delivery if known is None else known, days, rules_of)

    previous = compared_with(ready.done, ready.month)
    moves = moved.moves_for(
        known,
        previous,
        published.cells(engine, scope, previous.month, version=previous.version) if previous else pl.DataFrame(),
        ready.assessed.view_date,
        ready.assessed,
        ready.cells,
        ready.month,
        ready.threshold,
    )
    return published.publish(
        engine,
        scope,
        month=ready.month,
        view_date=ready.assessed.view_date,
        delivery=delivery,
        threshold=ready.threshold,
        cells=ready.cells,
        moves=moves,
        counts=ready.counts,
        rules=rules(last_day(ready.month)),
        code=program(),
        reason=reason,
        after=len(ready.done),
    )


def whole_months(view_date: dt.date, count: int = MONTHS_BACK) -> list[dt.date]:
    """The first days of the newest months that are over on a day, the newest first."""
    first = view_date.replace(day=1) if view_date < last_day(view_date) else next_month(view_date)
    months = []
    for _ in range(count):
        first = (first - dt.timedelta(days=1)).replace(day=1)
        months.append(first)
    return months


def unpublished(done: Sequence[Publication], view_date: dt.date) -> list[dt.date]:
    """The whole months that can be published, the newest first: from the first that was on, if any was."""
    months = {publication.month for publication in done}
    return [month for month in whole_months(view_date) if month not in months and (not months or month > min(months))]


# --- checking -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One number that is not the same in two tables."""

    title: str
    """The measure's, or the distribution's with its value."""
    place: str
    before: str
    """`92 % (23 af 25)`."""
    now: str
    why: str = ""
    """Empty where nobody asks."""
    explained: bool = field(default=False, kw_only=True)
    """It will stay so for ever, and is no fault: a rule was changed, or a deletion has left fewer."""


def now_hidden(changed: Sequence[Difference]) -> str:
    """What whoever publishes a correction should know of what it hides, in words; empty where it hides nothing more."""
    hidden = [
        each for each in changed if each.now.startswith(texts.HIDDEN) and not each.before.startswith(texts.HIDDEN)
    ]
    if not hidden:
        return ""
    return (
        f"{len(hidden)} tal, der er vist nu, bliver skjult. Den, der har begge versioner, kan slutte sig til, at de er "
        "blevet små. Overvej, om rettelsen er det værd."
    )


GONE = "tælles ikke mere"
NOT_DIVIDED = "ikke vist"
RULE_CHANGED = "Reglen er ændret siden."
CODE_CHANGED = "Programmet er ændret siden: se ændringerne efter, og ret måneden, hvis det nye tal er det rigtige."
PURGED = "Sager er slettet efter reglerne siden."
UNEXPLAINED = "Kan ikke forklares. Meld det til dem, der vedligeholder Ungeoverblik."


def recomputed(
    publication: Publication, cells: pl.DataFrame, counts: pl.DataFrame, assessed: Assessed, *, purged: bool
) -> list[Difference]:
    """The numbers of a publication that come out otherwise when it is judged again, and why; none: all are the same.

    `cells` and `counts` as they were published, `assessed` = its (V, K) judged now with stock measures on its last day,
    `purged`: cases have been deleted since. What is hidden was not kept, and cannot be compared.
    """
    found = []

    def differs(measure: str, title: str, place: str, before: str, now: str, *, fewer: bool) -> None:
        reasons, explained = _why(publication, measure, purged=purged and fewer)
        found.append(Difference(title, place, before, now, reasons, explained=explained))

    now = {_place(row): row for row in disclosure.tables(assessed, publication.month, _centers(cells)).to_dicts()}
    for row in cells.to_dicts():
        about = row["measure"], title_of(row["measure"], publication), place_name(row), in_words(row)
        again = now.get(_place(row))
        if again is None:
            differs(*about, GONE, fewer=False)
            continue
        same = {name: again[name] for name in ("met", "base") if row[name] is not None}
        if any(row[name] != value for name, value in same.items()):
            said = in_words({**row, **same}) if row["met"] is not None else in_words({**row, "base": again["base"]})
            differs(*about, said, fewer=all(value <= row[name] for name, value in same.items()))
    counted = {_value(row): row["count"] for row in disclosure.counts(assessed, publication.month).to_dicts()}
    for row in counts.filter(~pl.col("hidden")).to_dicts():
        if row["count"] != (again := counted.get(_value(row))):
            said = GONE if again is None else texts.number(again)
            fewer = again is not None and again < row["count"]
            differs("", value_name(row), WHOLE, texts.number(row["count"]), said, fewer=fewer)
    return found


def difference_words(difference: Difference) -> str:
    """`Fri vurdering, Nord. Reglen er ændret siden.`: without numbers, which may be small; this is for a journal."""
    return f"{difference.title}, {difference.place}. {difference.why}"


def _why(publication: Publication, measure: str, *, purged: bool) -> tuple[str, bool]:
    """The reasons there may be, and whether they are enough: a program alone is none, it may count wrong now."""
    rule, declared = publication.rules.get(measure), BY_KEY.get(measure)
    if publication.code and rule and (declared is None or rule.mark != mark(declared)):
        return RULE_CHANGED, True
    reasons = [PURGED] * purged
    if publication.code != program():
        reasons.append(CODE_CHANGED if publication.code else CODE_UNKNOWN)
    return " ".join(reasons) or UNEXPLAINED, purged


def changes(cells: pl.DataFrame, counts: pl.DataFrame, ready: Prepared, publication: Publication) -> list[Difference]:
    """What a correction would show otherwise than the publication that stands, with `cells` and `counts`."""
    was, now = ({_place(row): row for row in each.to_dicts()} for each in (cells, ready.cells))
    places = {**was, **now}
    found = [
        Difference(title_of(row["measure"], publication), place_name(row), *said)
        for place, row in places.items()
        if len(set(said := [in_words(each[place]) if place in each else NOT_DIVIDED for each in (was, now)])) > 1
    ]
    before, after = ({_value(row): row for row in each.to_dicts()} for each in (counts, ready.counts))
    return found + [
        Difference(value_name(row), WHOLE, *said)
        for value, row in {**before, **after}.items()
        if len(set(said := [count_in_words(each[value]) if value in each else NOT_DIVIDED for each in (before, after)]))
        > 1
    ]


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["measure"], row["center"], row["whole"]


def _value(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["figure"], row["from"], row["to"], row["value"]


def _centers(cells: pl.DataFrame) -> list[str]:
    return cells.filter(~pl.col("whole"))["center"].drop_nulls().unique(maintain_order=True).to_list()


def differences_table(differences: Sequence[Difference], now: str) -> Matrix:
    """What differs, a row each; `now` heads what it is today."""
    reasons = any(each.why for each in differences)
    head = ("Nøgletal", "Sted", "Offentliggjort", now, *(["Hvorfor"] if reasons else []))
    rows = [
        (escape(each.title), [escape(said) for said in (each.place, each.before, each.now, each.why)[: len(head) - 1]])
        for each in differences
    ]
    return head, rows, f"{texts.counts(len(rows), 'tal', 'tal')} er anderledes"
