"""Small pieces of a page as HTML: rows with bars or intervals, and a strip of plain numbers.

Not as charts: there are dozens on a page, each row has its words, and they fit a telephone and a screen reader. The
only door for HTML on a page is `show`; words that come from data are escaped where they are put in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from ui import texts


def show(html: str) -> None:
    """Put HTML on the page."""
    st.html(html)


@dataclass(frozen=True)
class Span:
    """A rate with its uncertainty, as fractions; none on a base that is too small to show one."""

    label: str
    said: str
    rate: float | None
    low: float | None
    high: float | None
    sure: bool
    """False: the base is so small that the mark is hollow."""
    beside: str = ""
    """A few words below `said`."""
    explained: str = ""
    """The same in full, for those who stop at it."""
    chosen: bool = False
    """The one that the page is about."""
    aside: float | None = None
    """Another rate of the same row, drawn as a short line."""


@dataclass(frozen=True)
class Bar:
    """One row: what, how many, and its tone."""

    label: str
    count: float
    said: str
    """The words at the end of the bar."""
    tone: str = ""


def bars(rows: Sequence[Bar], caption: str) -> str:
    """Rows with bars, the longest of full length, as a table that can be read aloud."""
    top = max((row.count for row in rows), default=0) or 1
    body = "".join(
        f'<tr><th scope="row">{escape(row.label)}</th>'
        f'<td class="soejle"><span class="{row.tone}" style="width:{100 * row.count / top:.1f}%"></span></td>'
        f"<td>{escape(row.said)}</td></tr>"
        for row in rows
    )
    return f'<table class="soejler"><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>'


def spans(rows: Sequence[Span], caption: str, reference: float | None = None) -> str:
    """Rates with their intervals on one axis from 0 to 100 %, in the order given; the dotted line is `reference`."""
    line = "" if reference is None else f'<s style="left:{100 * reference:.1f}%"></s>'
    body = "".join(
        f'<tr{_chosen(row)}><th scope="row">{escape(row.label)}</th>'
        f'<td class="spaend"><div>{line}{_mark(row)}</div></td><td>{escape(row.said)}{_beside(row)}</td></tr>'
        for row in rows
    )
    ends = f"<span>0{texts.SPACE}%</span><span>100{texts.SPACE}%</span>"
    axis = f'<tfoot class="akse" aria-hidden="true"><tr><td></td><td><div>{ends}</div></td><td></td></tr></tfoot>'
    return f'<table class="soejler"><caption>{escape(caption)}</caption><tbody>{body}</tbody>{axis}</table>'


def _chosen(row: Span) -> str:
    return ' class="valgt" aria-current="true"' if row.chosen else ""


def _beside(row: Span) -> str:
    title = f' title="{escape(row.explained, quote=True)}"' if row.explained else ""
    return f"<small{title}>{escape(row.beside)}</small>" if row.beside else ""


def _mark(row: Span) -> str:
    if row.rate is None or row.low is None or row.high is None:
        return ""
    hollow = "" if row.sure else ' class="usikker"'
    aside = "" if row.aside is None else f'<u style="left:{100 * row.aside:.1f}%"></u>'
    return (
        f'<i style="left:{100 * row.low:.1f}%;width:{100 * (row.high - row.low):.1f}%"></i>'
        f'{aside}<b{hollow} style="left:{100 * row.rate:.1f}%"></b>'
    )


def counted_bars(rows: Iterable[tuple[str, int]], caption: str, whole: int | None = None) -> str:
    """Counts with their share of `whole` (default: their sum, which is then the last row)."""
    counts = list(rows)
    total = sum(count for _, count in counts) if whole is None else whole
    shown = [Bar(label, count, _share(count, total)) for label, count in counts]
    table = bars(shown, caption)
    if whole is not None:
        return table
    last = f'<tfoot><tr><th scope="row">I alt</th><td></td><td>{texts.number(total)}</td></tr></tfoot>'
    return table.replace("</tbody>", f"</tbody>{last}")


def _share(count: int, total: int) -> str:
    """A count with its percentage, where there are enough for one."""
    said = texts.number(count)
    return f"{said} ({texts.percent(count / total)})" if total >= texts.FEW else said


def strip(numbers: Sequence[tuple[str, str, str]]) -> str:
    """Plain numbers beside each other: what, how many, and a line that explains it (may be empty)."""
    body = "".join(
        f"<div><dt>{escape(what)}</dt><dd>{escape(value)}</dd>"
        + (f'<dd class="stille">{escape(note)}</dd>' if note else "")
        + "</div>"
        for what, value, note in numbers
    )
    return f'<dl class="baand">{body}</dl>'


def matrix(head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], caption: str, *, dense: bool = False) -> str:
    """Rows of cells under the words of `head`; where it is narrow each row is a list of its cells.

    Takes the name and the cells of a row as HTML; `head` names the column of the names first, then the cells.
    `dense`: short cells, which then stand after one another.
    """
    named = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(f'<tr><th scope="row">{name}</th>{_cells(head[1:], cells)}</tr>' for name, cells in rows)
    return (
        f'<div class="maaned{" taet" if dense else ""}"><table class="maanedstal"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{named}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(names: Sequence[str], cells: Sequence[str]) -> str:
    pairs = zip(names, cells, strict=True)
    return "".join(f'<td data-sted="{escape(name, quote=True)}"><div>{cell}</div></td>' for name, cell in pairs)
