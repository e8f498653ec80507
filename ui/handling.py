"""Saying how deviations are handled, beside where they are read: the form, what was saved, and what has been said.

Nothing here changes a figure: that changes when the source does.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from data_access import handling
from data_access.handling import GROUNDS, LONGEST_NAME, LONGEST_NOTE, STATES, UNMARKED, InvalidHandling, Unit
from data_access.tables import Scope
from metrics.assess import Cut
from metrics.changes import deviating
from metrics.summary import whenever
from ui import choices, data_quality, deviations, exports, filters, looks, notices, selected, state, texts, why

SAVED = "_handled"
"""Key in the session of what was just saved, in the words that were read back."""
CHANGES_NOTHING = "Mærket ændrer ikke tallet. Det gør først en rettelse i kildesystemet."
HISTORY = {
    "saved_at": st.column_config.TextColumn("Gemt", width=150),
    "rule": st.column_config.TextColumn("Regel", width=270),
    "handled": st.column_config.TextColumn("Håndtering", width=300),
    "note": st.column_config.TextColumn("Note", width=300),
    "saved_by": st.column_config.TextColumn("Af", width=120),
}
ERRORS = {
    "case": st.column_config.TextColumn("Sag", width=90),
    "rule": st.column_config.TextColumn(deviations.ERROR_HEADINGS["rule"], width=240),
    "read": st.column_config.TextColumn(deviations.ERROR_HEADINGS["read"], width=420),
    "why": st.column_config.TextColumn(deviations.ERROR_HEADINGS["why"], width=420),
}


def listed(scope: Scope, cut: Cut) -> pl.DataFrame:
    """The deviations of a cut, with what has been said of them and whether they are new.

    Made anew when somebody saves; shared between sessions: do not change it.
    """
    written = handling.written(state.engine(), scope)
    return _listed(state.current(scope), selected.eyes(scope), cut, written)


@state.lets_go
@st.cache_resource(show_spinner=False, max_entries=12)
def _listed(data: state.Data, scope: Scope, cut: Cut, written: tuple[int, int]) -> pl.DataFrame:
    assessed = state.assessed(scope, (cut.last_day(data.view_date),))
    return deviations.listed(assessed, cut, state.before(scope, cut), _standing(data, scope, written))


@state.lets_go
@st.cache_resource(show_spinner=False, max_entries=12)
def _standing(data: state.Data, scope: Scope, written: tuple[int, int]) -> pl.DataFrame:
    return state.standing(scope)


def of_case(scope: Scope, case_id: str) -> pl.DataFrame:
    """Every deviation of a case as it is now, whatever its day: rows as `listed`."""
    ever = Cut(dt.date.min, state.current(scope).view_date)
    return listed(scope, ever).filter(pl.col("case_id") == case_id)


def units(rows: pl.DataFrame) -> list[Unit]:
    """The deviations among some listed rows that may be handled here: those of cases that are held."""
    return [Unit(*row) for row in rows.filter("held").select("measure", "unit_id", "case_id").iter_rows()]


def pick(rows: pl.DataFrame) -> list[Unit]:
    """Choose among the deviations of one case; the only one is chosen already."""
    rows = rows.sort("measure", "on", "unit_id")  # as listed they change places when one is handled
    found = units(rows)
    if len(found) < 2:
        return found
    words = rows.filter("held").select(pl.concat_str(deviations.breach(), why.line(), separator=": ")).to_series()
    place = st.selectbox(
        "Afvigelse",
        range(len(found)),
        format_func=words.__getitem__,
        key=choices.key_of("haandter", found),
        filter_mode=None,
    )
    return [found[place]]


def confirmed() -> None:
    """Say what was saved before the page was drawn anew, once."""
    if said := st.session_state.pop(SAVED, None):
        st.success(texts.plain(said), icon=":material/check:")


def form(scope: Scope, chosen: Sequence[Unit]) -> None:
    """How some deviations are handled. Others have other fields: nothing typed for one is saved for another."""
    if not chosen or not scope.may("handle"):
        return
    key = choices.key_of("afvigelser", scope, chosen)
    mark = st.selectbox(
        "Håndtering",
        list(STATES),
        index=None,
        format_func=lambda code: "Fjern mærket" if code == UNMARKED else STATES[code],
        placeholder="Vælg",
        key=f"haandter_{key}",
        filter_mode=None,
    )
    if mark is None:
        return
    with st.form(f"haandtering_{key}_{mark}", border=False, enter_to_submit=False):
        ground = responsible = do_by = None
        if mark == "explained":
            ground = st.selectbox(
                "Grund",
                list(GROUNDS),
                index=None,
                format_func=GROUNDS.__getitem__,
                placeholder="Vælg",
                key=f"grund_{key}",
                filter_mode=None,
            )
        if mark == "under_way":
            responsible = st.text_input(
                "Hvem", key=f"hvem_{key}", max_chars=LONGEST_NAME, placeholder="initialer eller funktion"
            )
            today = data_quality.today()
            last = today + dt.timedelta(days=5 * 365)
            do_by = st.date_input("Senest", None, today, last, key=f"senest_{key}", format="DD-MM-YYYY")
        note = st.text_input("Note (kan udelades)", key=f"note_{key}", max_chars=LONGEST_NOTE)
        asked = st.form_submit_button("Gem", type="primary")
    st.caption(CHANGES_NOTHING)
    if asked:
        with notices.beside(InvalidHandling):
            saved = handling.handle(
                state.engine(),
                scope,
                chosen,
                state=mark,
                ground=ground,
                responsible=responsible or "",
                do_by=do_by,
                note=note,
            )
            st.session_state[SAVED] = said(saved)
            st.rerun()


def said(saved: pl.DataFrame) -> str:
    """What was saved, as it was read back: `Gemt 22-11-2026 kl. 14.05 af lene: sag 26-1000, …: Forklaret: …`."""
    if saved.is_empty():
        return "Intet at fjerne: afvigelsen er ikke mærket."
    first = deviations.told(saved).row(0, named=True)
    about = f"sag {saved['case_id'][0]}, {first['rule']}"
    if saved.height > 1:
        about = texts.counts(saved.height, "afvigelse", "afvigelser")
    note = f" Note: {first['note']}" if first["note"] else ""
    return f"Gemt {first['saved_at']} af {first['saved_by']}: {about}: {first['handled']}.{note}"


def history(scope: Scope, case_id: str) -> pl.DataFrame:
    """What has been said of a case's deviations, the newest first, in words: as `deviations.told`."""
    return deviations.told(handling.history(state.engine(), scope, case_id))


def show_history(scope: Scope, picked: pl.DataFrame) -> None:
    """What has been said of one picked deviation, the newest first, as lines."""
    entries = handling.history(state.engine(), scope, picked["case_id"][0])
    of_it = picked.select(pl.col("measure").cast(pl.String), "unit_id")
    for said in deviations.told(entries.join(of_it, on=["measure", "unit_id"], how="semi")).iter_rows(named=True):
        with st.container(gap="xxsmall"):
            st.caption(f"{said['saved_at']} · {texts.plain(said['saved_by'])}")
            st.text(f"{said['handled']}. {said['note']}" if said["note"] else said["handled"])


def errors(scope: Scope, cut: Cut) -> pl.DataFrame:
    """The errors of registration that still stand, whatever the period of the cut: as `deviations.errors_table`.

    Made anew when somebody saves; shared between sessions: do not change it.
    """
    data, written = state.current(scope), handling.written(state.engine(), scope)
    return _errors(data, selected.eyes(scope), whenever(cut, data.view_date), written)


@state.lets_go
@st.cache_resource(show_spinner=False, max_entries=12)
def _errors(data: state.Data, scope: Scope, every: Cut, written: tuple[int, int]) -> pl.DataFrame:
    assessed = state.assessed(scope)
    rows = deviating(assessed, every).filter(every.who())
    rows = rows.join(assessed.cases.select("case_id", "protected"), on="case_id", how="left")
    return deviations.errors_table(rows, _standing(data, scope, written))


def show_errors(scope: Scope, cut: Cut) -> None:
    """The list that the source system's users mend from; folded, so that nobody looks at it, or is logged, unasked."""
    found = errors(scope, cut)
    if found.is_empty():
        return
    st.session_state["fejlliste"] = st.session_state.get("fejlliste", False)
    label = f"Registreringsfejl til rettelse ({texts.number(found.height)})"
    folded = st.expander(label, key="fejlliste", on_change="rerun")
    with folded:
        st.caption(
            "Mærket som registreringsfejl, og afvigelsen står der endnu, uanset periode. Giv listen til dem, der "
            "registrerer: når kilden er rettet, er de væk ved næste leverance."
        )
        shown = found.head(deviations.MOST)
        if not folded.open or not looks.may_list(scope, shown["case"].to_list(), "fejlliste"):
            return
        st.dataframe(shown, hide_index=True, placeholder=texts.NONE, column_config=_columns(), alt=label)
        exports.offer(
            scope,
            lambda: found.rename(deviations.ERROR_HEADINGS, strict=False),
            name="registreringsfejl",
            about={"Hvad": "Registreringsfejl til rettelse", "Udsnit": filters.current().label, "Periode": "Alle"},
            cases=lambda: found["case"].to_list(),
            key="hent_fejlliste",
        )


def _columns() -> dict[str, Any]:
    named = {name: st.column_config.TextColumn(heading) for name, heading in deviations.ERROR_HEADINGS.items()}
    return {**named, **ERRORS}
