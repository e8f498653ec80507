"""Looking at single cases: why is asked once, and each look is in the access log before anything is shown.

What is shown is logged by what it is: the same list, for the same reason, is one look however often its page runs.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from data_access import audit
from data_access.audit import PURPOSES, LogRefused
from data_access.case_rows import read_case
from data_access.database import DatabaseUnavailable
from data_access.tables import Scope
from metrics.assess import Assessed, masked
from ui import deviations, navigation, state, texts

WIDE = 420
NOTICE = "Opslag i enkeltsager bliver skrevet i loggen med navn, tidspunkt og formål."

WHY = "_purpose"
"""Key of the answer in the session: for whom, and why."""

_LOOKED, _REASONS = "_looked", "_reasons"


@dataclass(frozen=True)
class Why:
    """What somebody is looking for, as it stands in the log."""

    purpose: str
    """Key of `audit.PURPOSES`."""
    note: str

    def said(self) -> str:
        """In words."""
        return f"{PURPOSES[self.purpose]}: {self.note}" if self.note else PURPOSES[self.purpose]


NO_REASON = Why("", "")
"""Of an attempt that was refused."""


def why(scope: Scope) -> Why | None:
    """What this user has said in this session; None: not asked yet."""
    user, given = st.session_state.get(WHY, (None, None))
    return given if user == scope and isinstance(given, Why) else None


def ask(scope: Scope, key: str) -> Why | None:
    """Ask why, once a session, and give the answer; what cannot be kept is said beside the form."""
    if given := why(scope):
        return given
    across = scope.centers is None
    with st.container(border=True, key=f"formaal_{key}", width=920):
        st.markdown("**Hvorfor skal sagerne vises?**")
        with st.form(f"formaal_form_{key}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            purpose = st.selectbox(
                "Formål",
                list(PURPOSES),
                index=None,
                format_func=PURPOSES.__getitem__,
                placeholder="Vælg formål",
                key=f"formaal_valg_{key}",
                filter_mode=None,
                width=300,
            )
            note = st.text_input(
                "Anledning" if across else "Anledning (kan udelades)",
                key=f"formaal_note_{key}",
                max_chars=audit.LONGEST_NOTE,
                placeholder="fx K-møde den 3. december",
                width=WIDE,
            )
            asked = st.form_submit_button("Vis sagerne", type="primary")
        st.caption(NOTICE)
        if asked:
            try:
                _keep(scope, purpose, note, across=across)
            except LogRefused as refused:
                st.error(str(refused), icon=":material/error:")
            else:
                st.rerun()
    return None


def _keep(scope: Scope, purpose: str | None, note: str, *, across: bool) -> None:
    if across and purpose and not note.strip():
        raise LogRefused("Skriv anledningen: du ser sager fra alle centre.")
    st.session_state[WHY] = (scope, Why(purpose or "", audit.checked("list_cases", purpose or "", note)))


def said(scope: Scope) -> None:
    """The purpose that stands, and the way to another."""
    if given := why(scope):
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="formaal_staar"):
            st.caption(f"Formål: {texts.plain(given.said())}", width="content")
            st.button("Skift formål", type="tertiary", on_click=forget, key="skift_formaal")


def forget() -> None:
    """Ask anew."""
    st.session_state.pop(WHY, None)


def may_list(scope: Scope, cases: Sequence[str], key: str, given: Why | None = None) -> bool:
    """Whether a list of cases (their numbers, in the order shown) may be drawn now: asked why, and written in the log.

    `given`: where the page knows why, and need not ask.

    Raises:
        DatabaseUnavailable: it could not be written; nothing may be shown.
    """
    if not scope.may("cases"):
        return False
    given = given or ask(scope, key)
    if given is None:
        return False
    if new(scope, "list_cases", given, cases):
        audit.write(
            state.engine(),
            scope,
            action="list_cases",
            purpose=given.purpose,
            note=given.note,
            rows=len(cases),
            cases=tuple(case for case in set(cases) if not masked(case)),  # nobody can tell whose those are
        )
        looked(scope, "list_cases", given, cases)
    return True


def lines(scope: Scope, assessed: Assessed, found: Sequence[tuple[str, str]], key: str) -> None:
    """Draw a short list of cases, (number, words) each, with the way to those that may be opened; asked and logged."""
    if not may_list(scope, [case for case, _ in found], key):
        return
    held = set(assessed.cases.filter("held")["case_id"])
    for case, words in found:
        if case in held:
            navigation.to_case(case, words)
        else:
            st.text(case if masked(case) else f"{case} · {deviations.MOVED} · {words}")


def case(scope: Scope, case_id: str, *, protected: bool) -> dict[str, pl.LazyFrame] | None:
    """All rows of one case, read in the transaction that writes the look in the log; None: why is still to be said.

    A protected case is opened with a reason of its own.

    Raises:
        DatabaseUnavailable: it could not be written; nothing may be shown.
    """
    given = ask(scope, "sag")
    if given and protected:
        given = _reason(scope, case_id, given)
    if given is None:
        return None
    action, known = "open_protected" if protected else "look_case", state.current(scope).delivery
    if not new(scope, action, given, [case_id]):
        return read_case(state.engine(), scope, case_id, known_at=known)
    look: dict[str, Any] = {
        "action": action,
        "purpose": given.purpose,
        "note": given.note,
        "rows": 1,
        "cases": (case_id,),
    }
    with audit.looking(state.engine(), scope, **look) as connection:
        rows = read_case(state.engine(), scope, case_id, known_at=known, connection=connection)
    looked(scope, action, given, [case_id])
    return rows


def _reason(scope: Scope, case_id: str, given: Why) -> Why | None:
    """Why this protected case must be opened, asked once a session."""
    kept: dict[tuple[Scope, str], Why] = st.session_state.setdefault(_REASONS, {})
    if (scope, case_id) not in kept:
        st.warning("Sagen er beskyttet. Skriv, hvorfor den skal åbnes; det kommer i loggen.", icon=":material/shield:")
        with st.form("beskyttet", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            # another case has another field: a reason is not carried over
            mark = hashlib.sha256(case_id.encode()).hexdigest()[:12]
            reason = st.text_input("Begrundelse", key=f"beskyttet_{mark}", max_chars=audit.LONGEST_NOTE, width=WIDE)
            asked = st.form_submit_button("Åbn sagen", type="primary")
        if not asked:
            return None
        try:
            if not reason.strip():
                raise LogRefused("Skriv en begrundelse, før sagen åbnes.")
            kept[scope, case_id] = Why(given.purpose, audit.checked("open_protected", given.purpose, reason))
        except LogRefused as refused:
            st.error(str(refused), icon=":material/error:")
            return None
        st.rerun()
    return kept[scope, case_id]


def refused(scope: Scope, case_id: str) -> None:
    """Write down that somebody asked for a case that is not theirs, or is none; once a session."""
    if case_id and new(scope, "refused", NO_REASON, [case_id]):
        with suppress(DatabaseUnavailable):  # nothing is shown anyway
            audit.write(state.engine(), scope, action="refused", purpose="", rows=0, cases=(case_id,))
            looked(scope, "refused", NO_REASON, [case_id])


def new(scope: Scope, action: str, given: Why, cases: Sequence[str]) -> bool:
    """Whether this session has not looked at just this for just this reason yet."""
    return _print(scope, action, given, cases) not in st.session_state.get(_LOOKED, ())


def looked(scope: Scope, action: str, given: Why, cases: Sequence[str]) -> None:
    """Remember that it is in the log."""
    st.session_state.setdefault(_LOOKED, set()).add(_print(scope, action, given, cases))


def _print(scope: Scope, action: str, given: Why, cases: Sequence[str]) -> bytes:
    mark = state.current(scope).mark
    return hashlib.sha256(repr((scope, action, given, mark, sorted(set(cases)))).encode()).digest()
