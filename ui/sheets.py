"""The bytes of a table: CSV and Excel of our own making, where nothing that somebody wrote is read as a formula.

Knows no Streamlit. The same table gives the same bytes.
"""

import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import xlsxwriter

from ui.data_quality import HERE

ABOUT = "Om filen"
"""The sheet that says what the file is."""
LONGEST_CELL = 32_767
"""Characters that Excel holds in a cell."""
Value = str | int | float | dt.date | None
"""What a cell may hold; None: nothing."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[Value]]
    shares: tuple[str, ...] = ()
    """The headings of fractions that are shown in per cent."""
    widest: int = 60
    """Characters: no column is wider, and its words are wrapped."""


_DANGEROUS = r"^[\s\p{Z}]*[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋]"
"""Begins as a formula does, also after spaces and in the wide and small forms that a spreadsheet reads as the same."""
_UNSEEN = r"[\p{Cf}\u{FFFE}\u{FFFF}]"
_BREAKS = r"[\p{Cc}\p{Zl}\p{Zp}]+"
_DANGEROUS_START = r"^[\s=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋]+"
_SHEET_MAY_NOT = re.compile(r"[\[\]:*?/\\']")


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as Danish CSV: `;`, UTF-8 with BOM, CRLF, dates as 22-11-2026, decimal comma, Ja and Nej.

    No cell and no heading can be read as a formula: what begins as one has a `'` in front. Moments are Danish time.
    """
    headings = pl.DataFrame({str(place): [name] for place, name in enumerate(frame.columns)})
    return _csv(_harmless(headings), bom=True) + _csv(_harmless(_plain(frame)), bom=False)


def _csv(frame: pl.DataFrame, *, bom: bool) -> bytes:
    return frame.write_csv(
        include_bom=bom,
        include_header=False,
        separator=";",
        line_terminator="\r\n",
        quote_style="non_numeric",  # also where somebody's spreadsheet splits at commas, a text stays in its cell
        date_format="%d-%m-%Y",
        datetime_format="%d-%m-%Y %H:%M:%S",
        float_scientific=False,
        decimal_comma=True,
    ).encode()


def xlsx_bytes(frame: pl.DataFrame, title: str, notes: Mapping[str, str], at: dt.datetime) -> bytes:
    """A frame as an Excel file: real dates and numbers, headings that stay and filter, and a sheet `Om filen`.

    `title` names the sheet and the file, `notes` is heading -> words, `at` the moment that it says it was made. The
    same gives the same bytes. Text is text: no formula, no link, no number that Excel made of it.
    """
    content = io.BytesIO()
    with _book(content, title, at) as book:
        _rows(book, book.add_worksheet(_sheet_name(title)), _plain(frame))
        _about(book, notes)
    return content.getvalue()


def book_bytes(sheets: Sequence[Sheet], title: str, notes: Mapping[str, str], at: dt.datetime) -> bytes:
    """Several sheets as one Excel file, with what `xlsx_bytes` promises, and a sheet `Om filen` of `notes` last."""
    content = io.BytesIO()
    with _book(content, title, at) as book:
        forms = {
            "bold": book.add_format({"bold": True, "valign": "top", "text_wrap": True}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "share": book.add_format({"num_format": "0.0%", "valign": "top"}),
            "day": book.add_format({"num_format": "dd-mm-yyyy", "valign": "top"}),
            "number": book.add_format({"num_format": "#,##0.##", "valign": "top"}),
            "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
        }
        for each in sheets:
            _sheet(book.add_worksheet(_sheet_name(each.name)), each, forms)
        _about(book, notes)
    return content.getvalue()


def _sheet(sheet: Any, each: Sheet, forms: Mapping[str, Any]) -> None:
    longest = [len(heading) for heading in each.headings]
    for place, heading in enumerate(each.headings):
        sheet.write_string(0, place, _line(heading), forms["bold"])
    for number, row in enumerate(each.rows, start=1):
        for place, value in enumerate(row):
            if value is None:
                continue
            longest[place] = max(longest[place], len(str(value)) if isinstance(value, str) else 10)
            if isinstance(value, str):
                sheet.write_string(number, place, _line(value), forms["text"])
            elif isinstance(value, dt.date):
                sheet.write_datetime(number, place, value, forms["day"])
            else:
                share = each.headings[place] in each.shares
                form = "share" if share else "count" if isinstance(value, int) else "number"
                sheet.write_number(number, place, value, forms[form])
    for place, width in enumerate(longest):
        sheet.set_column(place, place, min(width + 2, each.widest))
    sheet.freeze_panes(1, 0)
    if each.rows:
        sheet.autofilter(0, 0, len(each.rows), len(each.headings) - 1)


def _book(content: io.BytesIO, title: str, at: dt.datetime) -> Any:
    text_only = {f"strings_to_{what}": False for what in ("formulas", "urls", "numbers")}
    book = xlsxwriter.Workbook(content, {"in_memory": True, "constant_memory": False, **text_only})
    book.set_properties({"title": _line(title), "created": at.astimezone(dt.UTC).replace(tzinfo=None)})
    return book


def _about(book: Any, notes: Mapping[str, str]) -> None:
    about = book.add_worksheet(ABOUT)
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    about.set_column(0, 0, 20)
    about.set_column(1, 1, 80)
    for row, (heading, words) in enumerate(notes.items()):
        about.write_string(row, 0, _line(heading), bold)
        about.write_string(row, 1, _line(words), wrapped)


def _rows(book: Any, sheet: Any, frame: pl.DataFrame) -> None:
    bold = book.add_format({"bold": True})
    formats = {
        pl.Date: book.add_format({"num_format": "dd-mm-yyyy"}),
        pl.Datetime: book.add_format({"num_format": "dd-mm-yyyy hh:mm:ss"}),
    }
    for place, column in enumerate(_clean(frame)):
        sheet.write_string(0, place, _line(frame.columns[place]), bold)
        write, form = sheet.write_number, formats.get(column.dtype.base_type())
        if column.dtype == pl.String:
            write = sheet.write_string
        elif form:
            write = sheet.write_datetime
        for row, value in enumerate(column, start=1):
            if value is not None:
                write(row, place, value, form)
    sheet.freeze_panes(1, 0)
    if frame.width:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)
    sheet.autofit(420)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns that a file can hold: text, numbers, days, and moments in Danish time; Ja and Nej for a truth."""
    kinds = dict(frame.schema)
    words = [name for name, kind in kinds.items() if kind in (pl.Categorical, pl.Enum)]
    truths = [name for name, kind in kinds.items() if kind == pl.Boolean]
    moments = [name for name, kind in kinds.items() if isinstance(kind, pl.Datetime) and kind.time_zone]
    fractions = [name for name, kind in kinds.items() if kind.is_float()]
    return frame.with_columns(
        *(pl.col(name).cast(pl.String) for name in words),
        *(pl.col(name).replace_strict({True: "Ja", False: "Nej"}, return_dtype=pl.String) for name in truths),
        *(pl.col(name).dt.convert_time_zone(HERE).dt.replace_time_zone(None) for name in moments),
        *(pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in fractions),
    )


def _clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Text on one line, without what cannot be seen, and no longer than a cell."""
    line = pl.col(pl.String).str.replace_all(_BREAKS, " ").str.replace_all(_UNSEEN, "")
    return frame.with_columns(line.str.slice(0, LONGEST_CELL))


def _harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that no spreadsheet takes for a formula."""
    return _clean(frame).with_columns(pl.col(pl.String).str.replace(_DANGEROUS, "'$0"))


def _line(text: str) -> str:
    return str(_clean(pl.DataFrame({"text": [text]})).item())


def _sheet_name(title: str) -> str:
    """A name that Excel takes: short, without its own signs, and not that of the other sheet."""
    name = re.sub(_DANGEROUS_START, "", _SHEET_MAY_NOT.sub(" ", _line(title)).strip())[:31].strip()
    return name if name and name.casefold() not in (ABOUT.casefold(), "history") else "Tabel"
