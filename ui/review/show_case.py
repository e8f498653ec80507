"""Ledelsestilsyn: one case of a round: the questions for who is to answer, and afterwards what the register says."""

from html import escape

import polars as pl
import streamlit as st

from data_access import reviews
from data_access.reviews import ANSWERED, LONGEST_NOTE, InvalidReview
from data_access.tables import Scope
from metrics.assess import BY_KEY
from ui import blocks, choices, looks, navigation, notices, state, texts
from ui.review import answers, standing
from ui.review.standing import Standing
from ui.review.ways import SAVED, WIDE, confirmed, way, why


def show(scope: Scope, now: Standing, case: str) -> None:
    """One case of a round: the questions for who is to answer them, and afterwards what the register says."""
    way(texts.plain(now.round.title), "tilbage", now.round, icon="arrow_back")
    known = now.cases.filter(pl.col("case_id") == case)
    if known.is_empty():
        looks.refused(scope, case)
        st.warning(reviews.NOT_YOURS, icon=":material/search_off:")
        return
    if not looks.may_list(scope, [case], "tilsyn", why(now.round)):
        return
    with st.container(key="sagshoved", gap="xxsmall"):
        st.header("Sag", anchor=False)
        with st.container(key="sagsnummer"):
            st.text(case)
        st.text(texts.center(known["center"].item()))
    confirmed()
    held = state.assessed(scope).cases.filter("held")["case_id"]
    if case in set(held):
        navigation.onward(navigation.CASE, "Åbn sagsforløbet", {"sag": case})
    what = now.to_read(scope.user)[case]
    if what == standing.UNREAD:
        _form(scope, now, case, 1)
    elif what == standing.SECOND_READ:
        st.info(
            "En anden har læst sagen. Svar uden at kende svarene: de bliver vist, når begge har svaret.",
            icon=":material/visibility_off:",
        )
        _form(scope, now, case, 2)
    else:
        _answered(scope, now, case, what)


def _answered(scope: Scope, now: Standing, case: str, what: str) -> None:
    """What was answered, beside what the register says; who answered may correct it until a second has read it."""
    table = answers.read_table(now, case)
    rows = [(escape(question), [escape(cell) for cell in cells]) for question, *cells in table.iter_rows()]
    blocks.show(blocks.matrix(table.columns, rows, "Svarene, og hvad registeret siger"))
    _following(scope, now, case)
    mine = now.answers.filter((pl.col("case_id") == case) & (pl.col("saved_by") == scope.user))
    if not mine.is_empty() and 2 not in set(now.answers.filter(pl.col("case_id") == case)["reviewer"]):
        with st.expander("Ret svarene"):
            _form(scope, now, case, 1, mine)
    elif what == standing.DONE:
        st.caption("Svarene er låst, når to har læst sagen; ellers kan kun den, der svarede, rette dem.")


def _following(scope: Scope, now: Standing, case: str) -> None:
    """The way to the next case to read."""
    states = now.to_read(scope.user)
    left = [each for each, what in states.items() if what in (standing.UNREAD, standing.SECOND_READ) and each != case]
    if left:
        label = f"Næste sag ({texts.number(len(left))} mangler)"
        way(label, "naeste", now.round, left[0], icon="arrow_forward", type="primary")


def _form(scope: Scope, now: Standing, case: str, reviewer: int, given: pl.DataFrame | None = None) -> None:
    """The questions. Another case has other fields: nothing answered for one is saved for another."""
    key = choices.key_of("sag", scope, now.round.id, case, reviewer)
    before = {} if given is None else {m: (a, n) for m, a, n in given.select("measure", "answer", "note").iter_rows()}
    said: dict[str, tuple[str, str]] = {}
    with st.form(f"tilsyn_{key}", border=True, enter_to_submit=False, width=WIDE):
        st.caption(f"{answers.SEVERAL} Periode: {texts.period(now.round.from_on, now.round.to_on)}.")
        for measure in now.round.measures:
            code, note = before.get(measure, (None, ""))
            with st.container(gap="xsmall"):
                answer = st.radio(
                    answers.QUESTIONS.get(measure, measure),
                    list(ANSWERED),
                    index=list(ANSWERED).index(code) if code else None,
                    format_func=ANSWERED.__getitem__,
                    horizontal=True,
                    key=f"svar_{measure}_{key}",
                )
                st.caption(f"Gælder: {BY_KEY[measure].base[0].lower()}{BY_KEY[measure].base[1:]}")
                written = st.text_input(
                    "Note",
                    note,
                    key=f"note_{measure}_{key}",
                    max_chars=LONGEST_NOTE,
                    placeholder="Note (kan udelades)",
                    label_visibility="collapsed",
                )
            said[measure] = (answer or "", written)
        asked = st.form_submit_button("Gem svarene", type="primary")
    if asked:
        with notices.beside(InvalidReview):
            saved = reviews.answer(state.engine(), scope, now.round.id, case, said, reviewer=reviewer)
            many = saved.filter(pl.col("reviewer") == reviewer).height
            st.session_state[SAVED] = f"Gemt: {texts.counts(many, 'svar', 'svar')} om sag {case}."
            st.rerun()
