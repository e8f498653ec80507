"""Mål og hændelser: the municipality's own targets, and the dated events that explain a change in the figures."""

import datetime as dt
from collections.abc import Mapping

import streamlit as st

from data_access import annotations, tables
from data_access.annotations import LONGEST_NOTE, LONGEST_TITLE, Event, InvalidAnnotation
from metrics.assess import BY_KEY
from ui import access, filters, notices, state, targets, texts

WITHDRAW = "traek_tilbage"
NARROW, WIDE = 200, 720
DATE = st.column_config.DateColumn("Gælder fra", format="DD-MM-YYYY", width=95)
STANDING = {
    "title": st.column_config.TextColumn("Nøgletal", width=310),
    "target": st.column_config.TextColumn("Mål", width=75),
    "valid_from": DATE,
    "state": st.column_config.TextColumn("Status", width=85),
    "theme": st.column_config.TextColumn("Tema", width=180),
    "note": st.column_config.TextColumn("Note", width=300),
}
HISTORY = {
    "saved_at": st.column_config.TextColumn("Gemt", width=150),
    "title": st.column_config.TextColumn("Nøgletal", width=400),
    "target": st.column_config.TextColumn("Mål", width=75),
    "valid_from": DATE,
    "note": st.column_config.TextColumn("Note", width=250),
    "saved_by": st.column_config.TextColumn("Af", width=90),
}

scope = access.guard("targets")
data, engine = state.current(scope), state.engine()
next_month = targets.next_month(data.view_date)


def confirm(what: str) -> None:
    """Say what was saved, in the words that were read back."""
    st.success(texts.plain(what), icon=":material/check:")


def pick_day(label: str, key: str, first: dt.date) -> dt.date | None:
    """A field for a date."""
    last = next_month.replace(year=next_month.year + 10)
    return st.date_input(label, first, filters.FIRST_DAY, last, key=key, format="DD-MM-YYYY", width=NARROW)


def pick(label: str, options: Mapping[str, str], key: str, width: int) -> str:
    """A field for one of the codes in code -> label."""
    return st.selectbox(label, list(options), format_func=options.__getitem__, key=key, width=width)


def set_target(measure: str) -> None:
    """The form of one measure: another measure has other fields, so nothing typed for one is saved for another."""
    with st.form(f"maal_{measure}", border=False, enter_to_submit=False):
        with st.container(horizontal=True):
            rate = st.text_input(
                "Mål i procent", key=f"procent_{measure}", placeholder="fx 95 eller 92,5", width=NARROW
            )
            valid_from = pick_day("Gælder fra", f"fra_{measure}", next_month)
        note = st.text_input("Note", key=f"note_{measure}", max_chars=LONGEST_NOTE, width=WIDE)
        asked = st.form_submit_button("Gem målet", type="primary")
    if asked:
        with notices.beside(InvalidAnnotation):
            from_day, share = targets.picked(valid_from), targets.fraction(rate)
            confirm(
                targets.saved_target(
                    annotations.set_target(engine, scope, measure=measure, valid_from=from_day, rate=share, note=note)
                )
            )


def remove_target(measure: str) -> None:
    """The form that ends a measure's target."""
    with st.form(f"fjern_{measure}", border=False, enter_to_submit=False):
        valid_from = pick_day("Intet mål fra", f"fjern_fra_{measure}", next_month)
        note = st.text_input("Note", key=f"fjern_note_{measure}", max_chars=LONGEST_NOTE)
        asked = st.form_submit_button("Fjern målet")
    if asked:
        with notices.beside(InvalidAnnotation):
            from_day = targets.picked(valid_from)
            targets.must_have(annotations.targets(engine, scope), measure, from_day)
            confirm(
                targets.saved_target(
                    annotations.set_target(engine, scope, measure=measure, valid_from=from_day, rate=None, note=note)
                )
            )


def add_event() -> None:
    """The form for an event."""
    with st.form("haendelse", border=False, enter_to_submit=False):
        with st.container(horizontal=True):
            on = pick_day("Dato", "haendelse_dato", data.view_date)
            kind = pick("Art", targets.KINDS, "haendelse_art", 220)
            title = st.text_input("Overskrift", key="haendelse_overskrift", max_chars=LONGEST_TITLE, width=420)
        with st.container(horizontal=True):
            measure = pick("Nøgletal", targets.MEASURES_OF_EVENTS, "haendelse_noegletal", 436)
            center = pick("Center", targets.centers_of_events(tables.centers(engine)), "haendelse_center", 420)
        reason = st.text_area("Begrundelse", key="haendelse_begrundelse", max_chars=LONGEST_NOTE, height=80, width=872)
        rebase = st.checkbox("Begynd et nyt forventet niveau fra denne dag", key="haendelse_nyt_niveau")
        st.caption(
            "Uden flueben er hændelsen kun et mærke. Med flueben bliver det forventede niveau i udviklingen talt "
            "forfra fra den måned, og det skal begrundes."
        )
        asked = st.form_submit_button("Gem hændelsen", type="primary")
    if asked:
        with notices.beside(InvalidAnnotation):
            day = targets.picked(on)
            targets.can_rebase(day, data.since, rebase=rebase)
            saved = annotations.add_event(
                engine,
                scope,
                on=day,
                kind=kind,
                title=title,
                reason=reason,
                measure=measure or None,
                center=center or None,
                rebase=rebase,
            )
            confirm(targets.saved_event(saved))


def show(event: Event) -> None:
    """One event, and the way to withdraw it."""
    with st.container(border=True, key=f"haendelse_nr_{event.id}"):
        when, what, way = st.columns([2, 10, 2], vertical_alignment="center")
        when.markdown(f"**{texts.date(event.on)}**")
        with what.container(gap=None):
            st.markdown(f"**{texts.plain(event.title)}**")
            st.caption(texts.plain(targets.concerns(event)))
            if event.reason:
                st.markdown(texts.plain(event.reason))
            if event.rebase:
                st.markdown(":blue-badge[:material/restart_alt: Nyt forventet niveau]")
        with way.container(horizontal_alignment="right"), st.popover("Træk tilbage", key=f"traek_{event.id}"):
            st.markdown("Mærket forsvinder fra figurerne. Hændelsen bliver gemt med navn og tidspunkt.")
            st.button("Ja, træk tilbage", key=f"ja_{event.id}", type="primary", on_click=ask, args=(event.id,))


def ask(event_id: int) -> None:
    """Remember which event a click wants withdrawn: a click is run before the guard, and may not save."""
    st.session_state[WITHDRAW] = event_id


def withdraw() -> None:
    """Withdraw the event that was asked for."""
    event_id = st.session_state.pop(WITHDRAW, None)
    if event_id is not None:
        with notices.beside(InvalidAnnotation):
            annotations.withdraw_event(engine, scope, event_id)
            confirm("Hændelsen er trukket tilbage.")


st.header("Mål", anchor="maal")
st.markdown(
    "Kommunens egne mål. Et mål er en linje i udviklingen, og tallene bliver holdt op mod det. Det gælder fra sin "
    "dato, til et nyt tager over; tiden før beholder det mål, den havde."
)
listed = st.container()  # filled last, so that what has just been saved is in it
with st.container(border=True, key="saet_maal"):
    st.subheader("Sæt et mål", anchor=False)
    measure = pick("Nøgletal", targets.TITLES, "maal_noegletal", WIDE)
    known = st.container()
    set_target(measure)
    with st.expander("Fjern målet fra en dato", width=WIDE):
        remove_target(measure)
written = annotations.targets(engine, scope)
with known:
    about = targets.about(BY_KEY[measure], written, data.view_date)
    st.markdown("\n".join(f"- **{heading}**: {words}" for heading, words in about))
with listed:
    standing = targets.standing(written, data.view_date)
    if standing.is_empty():
        st.info("Der er ikke sat mål endnu. Vælg et nøgletal nedenfor, og sæt det første.", icon=":material/info:")
    else:
        alt = "Mål, der gælder nu eller kommer"
        st.dataframe(standing, hide_index=True, placeholder=texts.NONE, column_config=STANDING, alt=alt)
if entries := annotations.target_history(engine, scope):
    with st.expander("Alle mål, der har været gemt"):
        alt = "Alle gemte mål, de nyeste øverst"
        history = targets.history(entries)
        st.dataframe(history, hide_index=True, placeholder=texts.NONE, column_config=HISTORY, alt=alt)

st.header("Hændelser", anchor="haendelser")
st.markdown(
    "Hvad der skete, og hvornår: et mærke på udviklingen, så et skift kan forklares. En hændelse for ét center bliver "
    "vist, når centeret er valgt."
)
withdraw()
listed = st.container()
with st.container(border=True, key="skriv_haendelse"):
    st.subheader("Skriv en hændelse", anchor=False)
    add_event()
with listed:
    happened = annotations.events(engine, scope)
    if not happened:
        st.info("Der er ikke skrevet hændelser endnu.", icon=":material/info:")
    for event in reversed(happened):
        show(event)
