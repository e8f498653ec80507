"""What is taken out as a file: CSV and Excel of our own making, allowed and logged one by one, each known by its owner.

A file is made when it is asked for, in a thread that knows no session: whoever drew the button is asked for anew, the
entry in the log comes first, and where it cannot be written there is no file.
"""

import datetime as dt
import hashlib
import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st
from streamlit import runtime

from data_access import audit
from data_access.database import DatabaseUnavailable
from data_access.published import Publication
from data_access.tables import Scope
from metrics.assess import masked
from ui import access, looks, state, texts
from ui.data_quality import HERE
from ui.looks import Why
from ui.report import compose
from ui.report.pack import CALLED, Pack, named, quietly
from ui.sheets import csv_bytes, xlsx_bytes

Kind = Literal["csv", "xlsx", "pdf", "pptx"]
KINDS: Mapping[Kind, tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": ("PDF", "application/pdf"),
    "pptx": ("PowerPoint", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
"""File ending -> what the button says, and the media type."""
TABLE: tuple[Kind, ...] = ("csv", "xlsx")
PACK: tuple[Kind, ...] = ("pdf", "pptx", "xlsx")
"""What a table is given as, and what the material of a month is."""
LABEL, PACK_LABEL = "Hent som fil", "Hent materialet"
PUBLISHED = Why("management_review", "")
"""Why something that shows no case is taken out."""
LOGGED = "Filen bliver skrevet i loggen."
MOST = 500
"""So many files are remembered by their owner: each is fetched at once, or not at all."""
MOST_ROWS = 1_048_575
"""Rows that Excel holds in a sheet, below the headings."""


class NoFile(Exception):
    """The file is not made; the message is Danish, for the server's log. The browser says only that there is none."""


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
    mark: str
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
    asked = Asked(scope, permission, frame, cases, name, about, given, data.mark, data.view_date)
    with st.popover(LABEL, icon=":material/download:", key=key):
        with st.container(horizontal=True, key=f"{key}_filer"):
            for kind in TABLE:
                _button(kind, maker(asked, kind), _base(name, data.view_date), key)
        st.caption(LOGGED)


def _button(kind: Kind, make: Callable[[], bytes], name: str, key: str) -> None:
    label, media = KINDS[kind]
    st.download_button(
        label, make, f"{name}.{kind}", media, key=f"{key}_{kind}", on_click="ignore", icon=":material/download:"
    )


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


@dataclass(frozen=True)
class AskedPack:
    """What a button gives of the material of a month, as it was when the page was drawn."""

    scope: Scope
    permission: str
    pack: Callable[[], Pack]
    mark: str
    """Of the data."""
    view_date: dt.date
    """Of the month."""


def offer_pack(scope: Scope, publication: Publication, own: pl.DataFrame | None, key: str) -> None:
    """Draw "Hent materialet" of a published month for who may take it out: of the month, the half-year or the year.

    `own` as `published.cells` takes it.
    """
    if not scope.may("export"):
        return
    half_year = publication.month.month in (6, 12)
    kinds = {CALLED[kind]: kind for kind in CALLED if half_year or kind != "half_year"}
    with st.popover(PACK_LABEL, icon=":material/description:", key=key):
        chosen = st.radio("Hvad", list(kinds), key=f"{key}_hvad", label_visibility="collapsed")
        make = partial(compose.pack, state.engine(), scope, publication.month, own, kinds[chosen], publication.version)
        asked = AskedPack(scope, "export", make, state.current(scope).mark, publication.view_date)
        name = _base(named(kinds[chosen], publication.month, publication.version), publication.view_date)
        with st.container(horizontal=True, key=f"{key}_filer"):
            for kind in PACK:
                _button(kind, pack_maker(asked, kind), name, f"{key}_{kinds[chosen]}")
        st.caption(f"Det tager nogle sekunder at lave filen. {LOGGED}")


def pack_maker(asked: AskedPack, kind: Kind) -> Callable[[], bytes]:
    """What makes a file of the material when somebody presses, as `maker` does."""

    def make() -> bytes:
        from ui.report.files import FORMATS  # what sets and draws takes a second to load, and few pages need it

        _still_allowed(asked)
        pack = asked.pack()
        audit.write(
            state.engine(),
            asked.scope,
            action="export",
            purpose=PUBLISHED.purpose,
            note=PUBLISHED.note,
            rows=sum(1 + len(figure.centers) for _, figure in pack.figures),
            cases=(),
        )
        content = FORMATS[kind](pack, quietly)
        _name(make, file_name(pack.name, asked.view_date, content, kind), asked.scope.user)
        return content

    return make


def _still_allowed(asked: Asked | AskedPack) -> None:
    """See that who drew the button may still have what it gives, and that it is still what stands."""
    try:
        now = access.renewed(asked.scope)
    except access.NotAdmitted:
        _refused(asked)
        raise
    if not now.may(asked.permission):
        _refused(asked)
        raise NoFile("Adgangen er taget tilbage.")
    if now != asked.scope or state.current(now).mark != asked.mark:
        raise NoFile("Adgangen eller tallene er ændret, siden siden blev vist. Genindlæs siden.")


def _refused(asked: Asked | AskedPack) -> None:
    with suppress(DatabaseUnavailable):  # there is no file anyway
        audit.write(state.engine(), asked.scope, action="refused", purpose="", rows=0, note="Fil uden adgang")


def _notes(asked: Asked, entry: audit.Entry) -> dict[str, str]:
    made = entry.at.astimezone(ZoneInfo(HERE))
    return {
        **asked.about,
        "Opgjort pr.": asked.about.get("Opgjort pr.", texts.date(asked.view_date)),
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
