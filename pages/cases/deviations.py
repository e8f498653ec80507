"""Afvigelser: the single cases behind every number."""

import hashlib
from dataclasses import replace

import polars as pl
import streamlit as st

from metrics.assess import BY_KEY
from metrics.summary import whenever
from ui import access, choices, deviations, exports, filters, looks, navigation, selected, state, texts
from ui.deviations import HEADINGS

RULE, OUTCOME, BREACH, CASE, TIME = "regel", "udfald", "brud", "sagsstatus", "tid"
COLUMNS = {
    "case": st.column_config.TextColumn(HEADINGS["case"], pinned=True, width=80),
    "note": st.column_config.TextColumn(HEADINGS["note"], width=100),
    "rule": st.column_config.TextColumn(HEADINGS["rule"], width=230),
    "outcome": st.column_config.TextColumn(HEADINGS["outcome"], width=110),
    "days": st.column_config.NumberColumn(HEADINGS["days"], format="%d", width=80),
    "why": st.column_config.TextColumn(HEADINGS["why"], width=540),
    "center": st.column_config.TextColumn(HEADINGS["center"], width=200),
    "category": st.column_config.TextColumn(HEADINGS["category"], width=170),
    "due": st.column_config.DateColumn(
        HEADINGS["due"], format="DD-MM-YYYY", width=95, help="Fristen; for pligter uden frist dagen for hændelsen."
    ),
    "done": st.column_config.DateColumn(HEADINGS["done"], format="DD-MM-YYYY", width=95),
}

TIMES = {"alle": "Også før perioden"}

scope = access.guard("cases")
assessed, cut, data = selected.assessed(scope), selected.cut(), state.current(scope)
if choices.asked(TIME) == list(TIMES):
    cut = whenever(cut, data.view_date)
everything = deviations.listed(assessed, cut)


def options(column: str, labels: dict[str, str], key: str, rest: deviations.Choice) -> dict[str, str]:
    """Code -> label with its count, given the other choices; what would give nothing is left out unless picked."""
    counts = deviations.count_by(deviations.chosen(everything, rest), column)
    asked = choices.asked(key)
    return {
        code: f"{label} ({texts.number(counts.get(code, 0))})"
        for code, label in labels.items()
        if code in counts or code in asked
    }


def known(key: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """What the address asks for of one kind, as far as it is known."""
    return tuple(code for code in codes if code in choices.asked(key))


def panel(case_id: str) -> None:
    """The chosen case at the side of the list."""
    case = assessed.cases.row(by_predicate=pl.col("case_id") == case_id, named=True)
    of_case = deviations.of_case(everything, case_id)
    with st.container(border=True, key="sagspanel"):
        st.subheader("Sag", anchor=False)
        with st.container(key="sagsnummer"):
            st.text(case_id)
        if case["held"]:
            ended = f" · afsluttet {texts.date(case['closed_on'])}" if case["closed_on"] else ""
            st.text(f"{texts.center(case['center'])}\nStartet {texts.date(case['first_enquiry_on'])}{ended}")
        else:
            st.text(deviations.MOVED)
        st.caption(f"{texts.counts(of_case.height, 'afvigelse', 'afvigelser')} i udsnittet")
        if case["protected"] and not case["held"]:
            return
        for title, outcome, why in of_case.iter_rows():
            with st.container(gap="xxsmall"):
                st.markdown(f":red[:material/flag:] **{title}**")
                st.text(f"{outcome}: {why}")
        if case["held"]:
            navigation.onward(navigation.CASE, "Åbn sagsforløbet", {"sag": case_id})


if everything.is_empty():
    st.success("Ingen afvigelser i udsnittet.", icon=":material/check:")
    seen = texts.plain(filters.current().label)
    st.write(f"Vist er {seen}. Vælg en længere periode eller et andet center for at se flere.")
    filters.reset_button("nulstil_ingen_afvigelser")
    st.stop()

choice = deviations.Choice(
    known(RULE, deviations.RULES),
    known(OUTCOME, deviations.OUTCOMES),
    known(BREACH, tuple(deviations.BREACH_LABELS)),
    known(CASE, tuple(deviations.CASES)),
)
with st.container(key="valg", gap="small"):
    with st.container(horizontal=True, gap="medium"):
        outcomes = {code: texts.OUTCOMES[code] for code in deviations.OUTCOMES}
        without = replace(choice, outcomes=())
        choices.pick(OUTCOME, "Udfald", options("outcome", outcomes, OUTCOME, without))
        without = replace(choice, breaches=())
        choices.pick(BREACH, "Alder på bruddet", options("age_band", dict(deviations.BREACH_LABELS), BREACH, without))
        without = replace(choice, cases=())
        choices.pick(CASE, "Sagen er", options("case_state", dict(deviations.CASES), CASE, without))
        choices.pick(TIME, "Tid", TIMES)
    # closed at first, so that the list is in sight; a new label would else forget that it was opened
    st.session_state["regler"] = st.session_state.get("regler", False)
    with st.expander(deviations.rules_label(choice), key="regler", on_change="rerun"):
        titles = {key: BY_KEY[key].breach for key in deviations.RULES}
        without = replace(choice, rules=())
        choices.pick(RULE, "Regel", options("measure", titles, RULE, without))

rows = deviations.chosen(everything, choice)
shown = rows.head(deviations.MOST)
if rows.is_empty():
    st.info("Ingen afvigelser med netop de valg.", icon=":material/info:")
    st.button(
        "Fjern valgene",
        on_click=choices.clear,
        args=(RULE, OUTCOME, BREACH, CASE, TIME),
        icon=":material/filter_alt_off:",
    )
    st.stop()

st.markdown(f"**{deviations.summary(rows.height, shown.height)}**")
st.caption("Registreringsmangel eller faktisk overskridelse? Se sagen, før du konkluderer.")
if not looks.may_list(scope, shown["case_id"].to_list(), "afvigelser"):
    st.stop()
with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="liste_hoved"):
    looks.said(scope)
    exports.offer(
        scope,
        lambda: deviations.table(rows).rename(HEADINGS, strict=False),
        name="afvigelser",
        about={"Hvad": "Afvigelser", "Udsnit": filters.current().label, "Valg": deviations.rules_label(choice)},
        cases=lambda: rows["case_id"].to_list(),
        key="hent_afvigelser",
    )
# a kept key would keep the row's number over a change of filter, and so point at another case
of_list = "afvigelser_" + hashlib.sha256(repr((data.version, scope, cut, choice)).encode()).hexdigest()[:16]
asked = st.session_state.get(of_list, {}).get("selection", {}).get("rows", [])
picked = [
    row for row in asked if isinstance(row, int) and 0 <= row < shown.height
]  # what a browser sends can be forged
list_, *side = st.columns([11, 4] if picked else [1], gap="medium")
with list_:
    st.dataframe(
        deviations.table(shown),
        key=of_list,
        height=560,
        hide_index=True,
        placeholder=texts.NONE,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="single-row",
        alt="Afvigelser, én pr. række: sag, regel, center, kategori, udfald, frist, udført, dage over og hvorfor",
    )
if picked:
    with side[0]:
        panel(shown["case_id"][picked[0]])
