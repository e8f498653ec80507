"""De fire løfter: each promise with its parts, for all centres together and for each; read as the theme pages are.

Nothing is counted here, and nothing is added up: a promise has no figure of its own.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import polars as pl

from metrics.assess import BY_KEY
from metrics.promises import Promise
from ui import blocks, figures, navigation, overview, texts, tile
from ui.figures import Figure, Readings


def parts(promise: Promise, readings: Readings, targets: Mapping[str, float], query: str, whole: str) -> str:
    """The parts of a promise as a table, each with what it stands beside; on a telephone a list.

    `query` = the address of the selection, for the links; `whole` = what is called all that is chosen.
    """
    shown = places([readings.centers[key] for key in promise.parts])
    rows = []
    for key in promise.parts:
        by_place = {row["center"]: row for row in readings.centers[key].iter_rows(named=True)}
        now = readings.now[key]
        beside = f"<small>{standing(key, now, targets.get(key))}</small>"
        cells = [cell(now.met, now.base, now.low, now.high) + beside]
        cells += [_of(by_place.get(name)) for name in shown]
        rows.append((link(key, query), cells))
    return blocks.matrix(["Nøgletal", whole, *map(texts.center, shown)], rows, promise.title)


def places(centers: Sequence[pl.DataFrame]) -> list[str | None]:
    """Every centre in organisational order, those without one last; none where there is one only."""
    named = list(dict.fromkeys(name for rows in centers for name in rows["center"]))
    found = [*(name for name in named if name is not None), *([None] if None in named else [])]
    return found if len(found) > 1 else []


def cell(met: int, base: int, low: float | None = None, high: float | None = None) -> str:
    """`92 % (23 af 25)`, with the rate in bold; with both ends of its uncertainty these too, where there is a rate."""
    rate, opens, rest = texts.rate_with_base(met, base).partition(" (")
    if not base:
        return f"<span>{rate}</span>"
    said = f"<b>{escape(rate)}</b>" + (f" <span>({escape(rest)}</span>" if opens else "")
    if base < texts.FEW or low is None or high is None:
        return said
    return f"{said}<small>{texts.sentence(texts.uncertainty(low, high))}</small>"


def _of(row: Mapping[str, Any] | None) -> str:
    return cell(row["met"], row["base"], row["low"], row["high"]) if row else texts.NONE


def standing(key: str, figure: Figure, target: float | None) -> str:
    """How it stands to the own target, else to the country, where there is one; and where low is best."""
    measure = BY_KEY[key]
    known = target is not None or figures.national(measure)
    words = [tile.standing(measure, figure, target)] if known else []
    if measure.lower_is_better:
        words.append("Lav er bedst")
    return "<br>".join(words)


def link(key: str, query: str) -> str:
    """The name of a part, which leads to its place on the page of its theme."""
    measure = BY_KEY[key]
    file = navigation.theme_file(overview.theme_of(measure))
    url = next(place.url for place in navigation.PLACES if place.file == file)
    place = f"{url}{'?' if query else ''}{query}#{key}"
    return f'<a href="{escape(place, quote=True)}" target="_self">{escape(measure.title)}</a>'
