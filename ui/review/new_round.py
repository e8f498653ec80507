"""Ledelsestilsyn: the form that draws the cases of a new round, and the one that draws more for an old one."""

import datetime as dt

import streamlit as st

from data_access import reviews
from data_access.reviews import LONGEST_TITLE, InvalidReview, Round
from data_access.tables import Scope
from metrics.assess import BY_KEY, Assessed, Cut, year_before
from metrics.review import AUDITED
from metrics.review import QUESTIONS as JUDGED
from ui import filters, notices, state, texts
from ui.review import sample
from ui.review.sample import Asked
from ui.review.ways import ROUND, SAVED, WIDE

NARROW = 200
"""Of a field, in pixels."""


def form(scope: Scope) -> None:
    """The form of a new round; nothing is counted before it is opened."""
    st.session_state["ny_runde"] = st.session_state.get("ny_runde", False)
    folded = st.expander("Ny runde", key="ny_runde", on_change="rerun", icon=":material/add:")
    if not folded.open:
        return
    data, engine = state.current(scope), state.engine()
    with folded:
        default = f"Ledelsestilsyn {texts.month(data.view_date)}"
        title = st.text_input("Titel", default, key="runde_titel", max_chars=LONGEST_TITLE, width=WIDE)
        with st.container(horizontal=True):
            first = _pick_day("Periode fra", "runde_fra", year_before(data.view_date), data.view_date)
            last = _pick_day("til", "runde_til", data.view_date, data.view_date)
        centers = st.multiselect(
            "Centre", data.centers, key="runde_centre", placeholder="Alle centre", filter_mode=None, width=WIDE
        )
        measures = st.multiselect(
            "Spørgsmål",
            JUDGED,
            AUDITED,
            format_func=lambda key: BY_KEY[key].title,
            key="runde_spoergsmaal",
            placeholder="Vælg spørgsmål",
            filter_mode=None,
            width=WIDE,
        )
        st.caption("Fra begyndelsen er de spørgsmål valgt, som fokusrevisionen stillede.")
        with st.container(horizontal=True):
            strata = st.selectbox(
                "Opdeling",
                list(reviews.STRATA),
                format_func=reviews.STRATA.__getitem__,
                key="runde_opdeling",
                filter_mode=None,
                width=NARROW,
            )
            size = st.number_input(
                "Sager i stikprøven", 1, reviews.MOST, sample.DEFAULT_SIZE, key="runde_antal", width=NARROW
            )
            second = st.selectbox(
                "To læser",
                list(sample.SECOND),
                index=2,
                format_func=sample.SECOND.__getitem__,
                key="runde_anden",
                filter_mode=None,
                width=NARROW,
            )
            seed = st.number_input(
                "Udtrækstal",
                0,
                99_999_999,
                int(f"{data.view_date:%Y%m%d}"),
                key="runde_tal",
                width=NARROW,
                help="Det samme tal og den samme ramme giver de samme sager, så udtrækket kan gøres efter.",
            )
        if first is None or last is None or first > last or not measures:
            st.info("Vælg en periode og mindst ét spørgsmål for at se rammen.", icon=":material/info:")
            return
        asked = Asked(tuple(measures), Cut(first, last, tuple(centers) or None), strata)
        assessed = _as_known(scope, data.view_date, data.delivery, asked.cut)
        found = sample.frame(assessed, asked)
        population = found.cases.height
        size = min(int(size), population)
        st.markdown(f"**{texts.counts(population, 'sag', 'sager')} i rammen.** {sample.can_show(size, population)}")
        if divided := sample.strata_words(strata, found.sizes):
            st.caption(f"Delt op: {divided}. Hver del giver sager efter sin størrelse, og mindst én.")
        if not population:
            return
        st.dataframe(sample.preview(found, asked, size), hide_index=True, alt="Hvert spørgsmål og hvad det kan vise")
        if st.button(f"Udtræk {texts.counts(size, 'sag', 'sager')}", type="primary", key="udtraek"):
            with notices.beside(InvalidReview):
                saved = sample.define(
                    engine,
                    scope,
                    assessed,
                    asked,
                    delivery=data.delivery,
                    title=title,
                    size=size,
                    seed=int(seed),
                    second_share=second,
                )
                st.session_state[SAVED] = f"{texts.counts(saved.size, 'sag', 'sager')} er udtrukket."
                st.session_state.pop("ny_runde", None)
                st.query_params[ROUND] = str(saved.id)
                st.rerun()


def _pick_day(label: str, key: str, day: dt.date, last: dt.date) -> dt.date | None:
    """A field for a date up to the newest delivery."""
    return st.date_input(label, day, filters.FIRST_DAY, last, key=key, format="DD-MM-YYYY", width=NARROW)


def _as_known(scope: Scope, view_date: dt.date, delivery: int, cut: Cut) -> Assessed:
    """What a frame is made from."""
    return state.as_of(scope, view_date, delivery, (cut.last_day(view_date),))


def more(scope: Scope, round_: Round) -> None:
    """More cases from the same frame: those that are drawn stay."""
    population = sum(round_.frame_sizes.values())
    if round_.size >= min(population, reviews.MOST):
        return
    most = min(population, reviews.MOST)
    suggested = min(round_.size + 10, most)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        size = st.number_input(
            "Sager i alt", round_.size + 1, most, suggested, key=f"udvid_antal_{round_.id}_{round_.size}", width=NARROW
        )
        asked = st.button("Udvid stikprøven", key="udvid")
    st.caption(f"{sample.can_show(int(size), population)} De sager, der er udtrukket, bliver i stikprøven.")
    if asked:
        with notices.beside(InvalidReview):
            assessed = _as_known(scope, round_.view_date, round_.delivery, Asked.of(round_).cut)
            saved = sample.extend(state.engine(), scope, round_, assessed, int(size))
            st.session_state[SAVED] = f"Stikprøven er udvidet fra {round_.size} til {saved.size} sager."
            st.rerun()
