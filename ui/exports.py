"""What is taken out as a file: CSV and Excel of our own making, allowed and logged one by one, each known by its owner.

A file is made when it is asked for, in a thread that knows no session: whoever drew the button is asked for anew, the
entry in the log comes first, and where it cannot be written there is no file.
"""

import datetime as dt
import hashlib
import io
import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st
import xlsxwriter
from streamlit import runtime

from data_access import audit
from data_access.database import DatabaseUnavailable
from data_access.tables import Scope
from metrics.assess import masked
from ui import access, looks, state, texts
from ui.data_quality import HERE
from ui.looks import Why

Kind = Literal["csv", "xlsx"]
KINDS: Mapping[Kind, tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""File ending -> what the button says, and the media type."""
LABEL = "Hent som fil"
PUBLISHED = Why("management_review", "")
"""Why something that shows no case is taken out."""
ABOUT = "Om filen"
"""The sheet that says what the file is."""
MOST = 500
"""So many files are remembered by their owner: each is fetched at once, or not at all."""
LONGEST_CELL = 32_767
"""Characters that Excel holds in a cell."""
MOST_ROWS = 1_048_575
"""Rows that Excel holds in a sheet, below the headings."""


class NoFile(Exception):
    """The file is not made; the message is Danish, for the server's log. The browser says only that there is none."""


# --- the bytes ----------------------------------------------------------------------------------------

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
    text_only = {f"strings_to_{what}": False for what in ("formulas", "urls", "numbers")}
    with xlsxwriter.Workbook(content, {"in_memory": True, "constant_memory": False, **text_only}) as book:
        book.set_properties({"title": _line(title), "created": at.astimezone(dt.UTC).replace(tzinfo=None)})
        _rows(book, book.add_worksheet(_sheet_name(title)), _plain(frame))
        about = book.add_worksheet(ABOUT)
        bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
        about.set_column(0, 0, 20)
        about.set_column(1, 1, 80)
        for row, (heading, words) in enumerate(notes.items()):
            about.write_string(row, 0, _line(heading), bold)
            about.write_string(row, 1, _line(words), wrapped)
    return content.getvalue()


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


# --- the name, and whose it is ------------------------------------------------------------------------

_SPELT = {ord("æ"): "ae", ord("ø"): "oe", ord("å"): "aa"}
_owners: OrderedDict[str, str] = OrderedDict()
_one_at_a_time = threading.Lock()


def file_name(name: str, view_date: dt.date, content: bytes, kind: Kind) -> str:
    """`<name>_<22-11-2026>_<hash of the content>.<kind>`: other content has another name, and so another address."""
    return f"{_base(name, view_date)}_{hashlib.sha256(content).hexdigest()[:16]}.{kind}"


def _base(name: str, view_date: dt.date) -> str:
    spelt = name.lower().translate(_SPELT)
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return f"{re.sub('[^a-z0-9]+', '-', plain).strip('-') or 'tabel'}_{texts.date(view_date)}"


def owner(file_name: str) -> str | None:
    """The user that made a file, by its name; None when it was not made here, or long ago.

    When two have made the very same content, the one who did it last.
    """
    with _one_at_a_time:
        return _owners.get(file_name)


def _belongs_to(file_name: str, user: str) -> None:
    with _one_at_a_time:
        _owners[file_name] = user
        _owners.move_to_end(file_name)
        while len(_owners) > MOST:
            _owners.popitem(last=False)


# --- on the page --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What a button on a page will give, as it was when the page was drawn."""

    scope: Scope
    permission: str
    frame: Callable[[], pl.DataFrame]
    cases: Callable[[], Sequence[str]] | None
    name: str
    about: Mapping[str, str]
    """What it is, which part of it, …: the first names the sheet."""
    why: Why
    version: int
    """Of the data."""
    view_date: dt.date


def offer(
    scope: Scope,
    frame: Callable[[], pl.DataFrame],
    *,
    name: str,
    about: Mapping[str, str],
    cases: Callable[[], Sequence[str]] | None,
    key: str,
    permission: str = "export",
    why: Why | None = None,
) -> None:
    """Draw "Hent som fil" for who may take a table out; nothing for others, or before they have said why.

    `frame` gives the table with Danish headings, `cases` the numbers of those in it (None: no case is), and both are
    called in another thread when somebody presses: they may not ask Streamlit for anything. `name` begins the file's
    name. `about` is heading -> words: the first says what it is. `why`: where the page knows, and need not ask.
    """
    given = why or (looks.why(scope) if cases else PUBLISHED)
    if not scope.may(permission) or given is None:
        return
    data = state.current(scope)
    asked = Asked(scope, permission, frame, cases, name, about, given, data.version, data.view_date)
    with st.popover(LABEL, icon=":material/download:", key=key):
        with st.container(horizontal=True, key=f"{key}_filer"):
            for kind, (label, media) in KINDS.items():
                st.download_button(
                    label,
                    maker(asked, kind),
                    f"{_base(name, data.view_date)}.{kind}",
                    media,
                    key=f"{key}_{kind}",
                    on_click="ignore",
                    icon=":material/download:",
                )
        st.caption("Filen bliver skrevet i loggen.")


def maker(asked: Asked, kind: Kind) -> Callable[[], bytes]:
    """What makes the file when somebody presses: asks anew who they are, logs, and only then writes."""

    def make() -> bytes:
        _still_allowed(asked)
        frame = asked.frame()
        if kind == "xlsx" and frame.height > MOST_ROWS:
            raise NoFile("Der er flere rækker, end Excel kan have. Hent som CSV.")
        cases = set(asked.cases()) if asked.cases else set()
        entry = audit.write(
            state.engine(),
            asked.scope,
            action="export",
            purpose=asked.why.purpose,
            note=asked.why.note,
            rows=frame.height,
            cases=tuple(case for case in cases if not masked(case)),
        )
        title = next(iter(asked.about.values()), asked.name)
        content = csv_bytes(frame) if kind == "csv" else xlsx_bytes(frame, title, _notes(asked, entry), entry.at)
        _name(make, file_name(asked.name, asked.view_date, content, kind), asked.scope.user)
        return content

    return make


def _still_allowed(asked: Asked) -> None:
    """See that who drew the button may still have what it gives, and that it is still what stands."""
    try:
        now = access.renewed(asked.scope)
    except access.NotAdmitted:
        _refused(asked)
        raise
    if not now.may(asked.permission):
        _refused(asked)
        raise NoFile("Adgangen er taget tilbage.")
    if now != asked.scope or state.current(now).version != asked.version:
        raise NoFile("Adgangen eller tallene er ændret, siden siden blev vist. Genindlæs siden.")


def _refused(asked: Asked) -> None:
    with suppress(DatabaseUnavailable):  # there is no file anyway
        audit.write(state.engine(), asked.scope, action="refused", purpose="", rows=0, note="Fil uden adgang")


def _notes(asked: Asked, entry: audit.Entry) -> dict[str, str]:
    made = entry.at.astimezone(ZoneInfo(HERE))
    return {
        **asked.about,
        "Opgjort pr.": texts.date(asked.view_date),
        "Rækker": texts.number(entry.rows),
        "Hentet": f"{made:%d-%m-%Y kl. %H.%M}",
        "Hentet af": asked.scope.user,
        "Formål": asked.why.said(),
    }


def _name(make: Callable[[], bytes], name: str, user: str) -> None:
    """Give a file the name of its content, which nobody knew when its button was drawn.

    Streamlit makes a file's address from its name and, above 1 MiB, from samples of it only. It takes the name from
    where it keeps the button, after the file has been made; there is no other way to set it.
    """
    _belongs_to(name, user)
    if runtime.exists():
        for waiting in runtime.get_instance().media_file_mgr._deferred_callables.copy().values():
            if waiting["callable"] is make:
                waiting["filename"] = name
