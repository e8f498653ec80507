"""Loggen: who looked at whose case, when and why, for those who see to that it was right."""

import datetime as dt

import polars as pl
import streamlit as st

from data_access import audit
from data_access.audit import ACTIONS, LONGEST_CASE, LogRefused
from ui import access, access_log, data_quality, exports, notices, state, texts
from ui.looks import Why

READ, EXTRACT = "_log_read", "_log_extract"
CITIZEN = Why("enquiry", "")
AT = st.column_config.TextColumn("Tidspunkt", width=150)
USER = st.column_config.TextColumn("Bruger", width=190)
ROLE = st.column_config.TextColumn("Rolle", width=125)
LISTED = {
    "at": AT,
    "user": USER,
    "role": ROLE,
    "action": st.column_config.TextColumn("Handling", width=145),
    "purpose": st.column_config.TextColumn("Formål", width=235),
    "note": st.column_config.TextColumn("Anledning", width=240),
    "cases": st.column_config.NumberColumn("Sager", format="%d", width=60),
    "rows": st.column_config.NumberColumn("Rækker", format="%d", width=75),
}
REFUSED = {
    "user": USER,
    "role": ROLE,
    "what": st.column_config.TextColumn("Hvad", width=280),
    "times": st.column_config.NumberColumn("Gange", format="%d", width=75),
    "at": st.column_config.TextColumn("Senest", width=150),
}

scope = access.guard("log")
engine = state.engine()
today = data_quality.today()
begins = today - dt.timedelta(days=access_log.DAYS)


def read(
    first: dt.date, last: dt.date, *, user: str | None = None, action: str | None = None, case: str | None = None
) -> pl.DataFrame:
    """The entries of some days. That just these were read is logged once a session, however often the page runs."""
    asked = (scope, first, last, user, action, case)
    known = st.session_state.setdefault(READ, set())
    since, until = access_log.days(first, last)
    entries = audit.entries(
        engine,
        scope,
        since=since,
        until=until,
        user=user,
        action=action,
        case=case,
        limit=access_log.MOST + 1,
        again=asked in known,
    )
    known.add(asked)
    return entries


def refusals() -> None:
    """What was tried in vain."""
    tried = read(begins, today, action="refused")
    st.markdown(access_log.refusals(tried))
    if not tried.is_empty():
        alt = "Afviste forsøg, samlet pr. bruger og hvad de prøvede"
        st.dataframe(access_log.refused(tried), hide_index=True, placeholder=texts.NONE, column_config=REFUSED, alt=alt)


def everything() -> None:
    """The entries that the fields ask for."""
    with st.container(key="log_valg", horizontal=True, vertical_alignment="bottom"):
        period = st.date_input(
            "Periode", (begins, today), max_value=today, key="log_periode", format="DD-MM-YYYY", width=270
        )
        user = st.selectbox("Bruger", audit.users(engine, scope), None, key="log_bruger", placeholder="Alle", width=220)
        action = st.selectbox(
            "Handling",
            list(ACTIONS),
            None,
            format_func=ACTIONS.__getitem__,
            key="log_handling",
            placeholder="Alle",
            filter_mode=None,
            width=220,
        )
        case = st.text_input("Sagsnummer", key="log_sag", max_chars=LONGEST_CASE, placeholder="Alle", width=180).strip()
    first, last = (*period, today)[:2] if isinstance(period, tuple) and period else (begins, today)
    with notices.beside(LogRefused):
        entries = read(first, last, user=user, action=action, case=case or None)
        if entries.is_empty():
            st.info("Loggen har ingen poster med netop de valg.", icon=":material/info:")
        else:
            st.caption(access_log.found(entries))
            rows = access_log.listed(entries.head(access_log.MOST))
            alt = "Loggens poster, de nyeste øverst"
            st.dataframe(rows, hide_index=True, placeholder=texts.NONE, column_config=LISTED, alt=alt, height=460)


def for_citizen() -> None:
    """The extract that a citizen has a right to: asked for with a click, and then on the page until the next."""
    with st.form("log_udtraek", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        case = st.text_input("Sagsnummer", key="log_udtraek_sag", max_chars=LONGEST_CASE, width=220).strip()
        asked = st.form_submit_button("Lav udtræk", type="primary")
    if asked:
        st.session_state.pop(EXTRACT, None)
        with notices.beside(LogRefused):
            if not case:
                raise LogRefused("Skriv et sagsnummer.")
            st.session_state[EXTRACT] = (scope, case, audit.extract(engine, scope, case))
    whose, case, looks = st.session_state.get(EXTRACT, (None, "", None))
    if whose == scope and looks is not None:
        show_extract(case, looks)


def show_extract(case: str, looks: pl.DataFrame) -> None:
    """The extract, and the file to send."""
    if looks.is_empty():
        st.info(
            f"Loggen har ingen opslag på sag {texts.plain(case)}. Se efter, om nummeret er skrevet som i fagsystemet.",
            icon=":material/info:",
        )
        return
    table = access_log.for_citizen(looks)
    st.markdown(f"**Sag {texts.plain(case)}**: {texts.counts(table.height, 'opslag', 'opslag')}")
    st.dataframe(table, hide_index=True, placeholder=texts.NONE, width=720, alt="Opslag på sagen, de ældste øverst")
    exports.offer(
        scope,
        lambda: table,
        name="opslag-paa-sag",
        about={"Indhold": "Opslag på sag", "Sagsnummer": case},
        cases=lambda: [case],
        key="log_fil",
        permission="log",
        why=CITIZEN,
    )


def verify() -> None:
    """Whether somebody changed the log, seen from the log itself and from the anchors."""
    if st.button("Se efter", key="log_hel", icon=":material/verified:"):
        anchors = audit.anchor_file()
        with notices.beside(LogRefused), st.spinner("Ser loggen efter …"):
            findings = audit.verify(engine, anchors)
            if not findings:
                st.success(access_log.whole(anchored=anchors is not None), icon=":material/check:")
            else:
                st.error("Loggen er ikke hel. Sig det til driften, og gem en kopi.", icon=":material/error:")
                st.text("\n".join(access_log.shown(findings)))


st.markdown(
    "Hvem der har set på sager, hvornår og hvorfor. Loggen viser ikke, hvad der stod i sagerne. At du ser i loggen, "
    "bliver også skrevet i den."
)
st.header("Afviste forsøg", anchor="afviste")
refusals()
st.header("Alle poster", anchor="poster")
everything()
st.header("Til borgeren", anchor="borgeren")
st.markdown(
    "En borger har ret til at vide, hvornår og hvorfor der er set på sagen. Udtrækket har tidspunkter og formål, men "
    "ikke den ansattes navn. Har borgeren flere sager, så lav et for hver."
)
for_citizen()
st.header("Er loggen hel?", anchor="hel")
st.markdown("Hver post er låst til den før, så en ændring kan ses.")
verify()
