"""Ledelsestilsyn: one round: the cases to read, what it shows, how far two agree, and what is followed up."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl
import streamlit as st

from data_access import reviews
from data_access.reviews import FOLLOWED_UP, LONGEST_NOTE, InvalidReview, Round
from data_access.tables import Scope
from metrics.assess import BY_KEY
from ui import blocks, choices, exports, looks, notices, state, texts
from ui.review import answers, new_round, results, sample, standing
from ui.review.show_rounds import spans
from ui.review.standing import Standing
from ui.review.ways import SAVED, WIDE, confirmed, way, why

VIEW, FOLLOW = "vis", "status"
"""Names in the address."""
TO_READ, RESULTS, AGREEMENT, WANTING = "sager", "resultat", "enighed", "opfoelgning"
FOLLOWED = {
    "Sag": st.column_config.TextColumn("Sag", pinned=True, width=90),
    "Center": st.column_config.TextColumn("Center", width=150),
    "Svaret nej til": st.column_config.TextColumn("Svaret nej til", width=300),
    "Note fra tilsynet": st.column_config.TextColumn("Note fra tilsynet", width=220),
    "Status": st.column_config.TextColumn("Status", width=120),
    "Hvad er der gjort": st.column_config.TextColumn("Hvad er der gjort", width=220),
}
DISAGREED = {"Spørgsmål": st.column_config.TextColumn("Spørgsmål", width=420)}


def show(scope: Scope, now: Standing) -> None:
    """One round: how far it is, the cases, and for who sees all centres what it shows."""
    way("Alle runder", "tilbage", icon="arrow_back")
    st.header(texts.plain(now.round.title), anchor=False)
    confirmed()
    st.caption(sample.about(now.round))
    if not now.places:
        st.info("Ingen af dine sager er udtrukket til denne runde.", icon=":material/info:")
        return
    st.progress(len(now.read) / now.places, text=standing.progress(now))
    if gone := standing.gone_words(now):
        st.warning(gone, icon=":material/delete:")
    views = {TO_READ: "Sager", RESULTS: "Resultat", AGREEMENT: "Enighed", WANTING: "Opfølgning"}
    if not now.whole:
        views = {TO_READ: views[TO_READ], WANTING: views[WANTING]}
    chosen = choices.pick_one(VIEW, "Vis", views)
    VIEWS[chosen](scope, now)
    if now.whole and scope.may("decide"):
        with st.expander("Sådan er sagerne udtrukket"):
            st.markdown(texts.plain(sample.drawn_words(now.round)))
            st.caption(sample.can_show(now.round.size, sum(now.round.frame_sizes.values())))
            new_round.more(scope, now.round)


def _to_read(scope: Scope, now: Standing) -> None:
    """The drawn cases, those that are left first, by centre."""
    if not looks.may_list(scope, now.cases["case_id"].to_list(), "tilsyn", why(now.round)):
        return
    st.caption(looks.NOTICE)
    states = now.to_read(scope.user)
    left = [case for case, what in states.items() if what in (standing.UNREAD, standing.SECOND_READ)]
    if left:
        _listed(scope, now, left, states)
    else:
        st.success("Alle sager er læst.", icon=":material/check:")
    done = [case for case in states if case not in set(left)]
    if done:
        with st.expander(f"Læst ({texts.number(len(done))})"):
            _listed(scope, now, done, states)


def _listed(scope: Scope, now: Standing, cases: Sequence[str], states: dict[str, str]) -> None:
    """Cases by centre, a line each, that leads to the form."""
    known = state.assessed(scope).cases
    protected = set(known.filter("protected")["case_id"])
    place = {name: number for number, name in enumerate(state.current(scope).centers)}
    rows = now.cases.filter(pl.col("case_id").is_in(list(cases)))
    centers = sorted({*rows["center"]}, key=lambda name: (place.get(name or "", len(place)), name or ""))
    for center in centers:
        its = rows.filter(pl.col("center").eq_missing(pl.lit(center)))
        with st.container(gap=None):
            st.markdown(f"**{texts.plain(texts.center(center))}** ({texts.number(its.height)})")
            for position, case in its.select("position", "case_id").iter_rows():
                words = standing.STATES[states[case]] + (" · beskyttet" if case in protected else "")
                way(f"**{texts.plain(case)}** · {words}", f"sag_{position}", now.round, case, icon="edit_note")


def _results(scope: Scope, now: Standing) -> None:
    """What the round shows, question by question, beside the register's figure for the same frame."""
    found = results.lines(now)
    if not now.finished:
        st.info(f"Foreløbigt: {standing.progress(now)}.", icon=":material/hourglass_top:")
    if now.left_out:
        st.info(f"Resultatet er {standing.LEFT_OUT}.", icon=":material/visibility_off:")
    if unread := results.unread_strata(now):
        st.warning(unread, icon=":material/warning:")
    blocks.show(spans([(line.title, line) for line in found], "Andel ja"))
    about = f"{sample.about(now.round)}{f' · {standing.LEFT_OUT}' if now.left_out else ''}"
    with st.container(horizontal=True, vertical_alignment="center"):
        exports.offer(
            scope,
            lambda: results.table(found),
            name="ledelsestilsyn",
            about={"Hvad": f"Ledelsestilsyn: {now.round.title}", "Runde": about},
            cases=None,
            key="hent_tilsyn",
        )
    st.dataframe(results.table(found), hide_index=True, alt="Resultatet af hvert spørgsmål, og hvad registeret siger")
    st.caption(
        "Usikkerheden gælder alle sager i rammen, som spørgsmålet er relevant for. Hvor mange det er, vides kun, hvor "
        "nogen har læst; for resten er det registerets svar. »Ikke relevant« og »Kan ikke afgøres« tæller ikke med i "
        "andelen. Andenlæserens svar ændrer ikke resultatet."
    )


def _agreement(scope: Scope, now: Standing) -> None:
    """How far two who read the same cases agree, and where they do not."""
    both = results.pairs(now)
    if both.is_empty():
        st.info("Ingen sager er læst af to endnu.", icon=":material/info:")
        return
    if not looks.may_list(scope, both["case_id"].to_list(), "tilsyn", why(now.round)):
        return
    st.markdown(f"**{texts.sentence(results.agreement_words(results.agreement(both)))}.**")
    st.caption("Kappa er den enighed, der er ud over det tilfældige: 1 er helt enige, 0 er som ved lodtrækning.")
    with st.container(gap="xsmall"):
        for measure in now.round.measures:
            of_it = both.filter(pl.col("measure") == measure)
            if not of_it.is_empty():
                words = results.agreement_words(results.agreement(of_it))
                st.markdown(f"- {texts.plain(BY_KEY[measure].title)}: {words}")
    rows = results.disagreements(both)
    st.subheader("Forskellige svar", anchor=False)
    if rows.is_empty():
        st.caption("De to har svaret ens på alt.")
        return
    st.dataframe(rows, hide_index=True, placeholder=texts.NONE, column_config=DISAGREED, alt="Svar, der er forskellige")


def _wanting(scope: Scope, now: Standing) -> None:
    """The cases where the answer was no, and what is done about them."""
    rows = answers.to_follow_up(now, reviews.follow_ups(state.engine(), scope, now.round.id))
    if rows.is_empty():
        st.info("Ingen sager at følge op på. Her kommer de, hvor der er svaret nej.", icon=":material/info:")
        return
    many = dict(rows.group_by("state").len().iter_rows())
    with st.container(key="valg"):
        labels = {code: f"{name} ({texts.number(many.get(code, 0))})" for code, name in FOLLOWED_UP.items()}
        states = choices.pick(FOLLOW, "Status", labels)
    shown = rows.filter(pl.col("state").is_in(states)) if states else rows
    if shown.is_empty():
        st.info("Ingen sager med netop den status.", icon=":material/info:")
        return
    if not looks.may_list(scope, shown["case_id"].to_list(), "tilsyn", why(now.round)):
        return
    exports.offer(
        scope,
        lambda: answers.follow_table(shown),
        name="opfoelgning-paa-tilsyn",
        about={"Hvad": f"Opfølgning: {now.round.title}", "Runde": sample.about(now.round)},
        cases=lambda: shown["case_id"].to_list(),
        key="hent_opfoelgning",
        why=why(now.round),
    )
    key = choices.key_of("opfoelgning", scope, now.round.id, shown.select("case_id", "measure", "state"))
    st.caption("Vælg en række for at skrive, hvad der er gjort.")
    st.dataframe(
        answers.follow_table(shown),
        key=key,
        hide_index=True,
        placeholder=texts.NONE,
        column_config=FOLLOWED,
        on_select="rerun",
        selection_mode="single-row",
        alt="Sager med svaret nej: spørgsmål, note, status og hvad der er gjort",
    )
    for picked in choices.rows(key, shown.height)[:1]:
        _follow_up(scope, now.round, shown.row(picked, named=True))


def _follow_up(scope: Scope, round_: Round, row: dict[str, str]) -> None:
    """What is done about one case that was found wanting."""
    case, measure = row["case_id"], row["measure"]
    key = choices.key_of("tilsynssag", scope, round_.id, case, measure)
    with st.container(border=True, width=WIDE), st.form(f"opfoelgning_{key}", border=False, enter_to_submit=False):
        st.markdown(f"**{texts.plain(case)}** · {texts.plain(answers.QUESTIONS[measure])}")
        chosen = st.radio(
            "Status",
            list(FOLLOWED_UP),
            index=list(FOLLOWED_UP).index(row["state"]),
            format_func=FOLLOWED_UP.__getitem__,
            horizontal=True,
            key=f"status_{key}",
        )
        note = st.text_input(
            "Hvad er der gjort", row["follow_note"], key=f"gjort_{key}", max_chars=LONGEST_NOTE, width="stretch"
        )
        asked = st.form_submit_button("Gem", type="primary")
    if asked:
        with notices.beside(InvalidReview):
            saved = reviews.follow_up(state.engine(), scope, round_.id, case, measure, state=chosen, note=note)
            st.session_state[SAVED] = f"Gemt: sag {case}, {FOLLOWED_UP[saved['state'][0]].lower()}."
            st.rerun()


VIEWS: Mapping[str, Callable[[Scope, Standing], None]] = {
    TO_READ: _to_read,
    RESULTS: _results,
    AGREEMENT: _agreement,
    WANTING: _wanting,
}
