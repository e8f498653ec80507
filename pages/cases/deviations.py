"""Afvigelser: the single cases behind every number."""

from dataclasses import replace

import polars as pl
import streamlit as st

from metrics import changes
from metrics.assess import BY_KEY, Assessed
from metrics.summary import whenever
from ui import access, choices, deviations, exports, filters, handling, looks, navigation, selected, state, texts
from ui.deviations import CENTER_HEADINGS, GONE_HEADINGS, HEADINGS

RULE, OUTCOME, BREACH, CASE, TIME = "regel", "udfald", "brud", "sagsstatus", "tid"
HANDLING, SINCE = "haandtering", "siden"
COLUMNS = {
    "case": st.column_config.TextColumn(HEADINGS["case"], pinned=True, width=80),
    "note": st.column_config.TextColumn(HEADINGS["note"], width=100),
    "rule": st.column_config.TextColumn(HEADINGS["rule"], width=230),
    "outcome": st.column_config.TextColumn(HEADINGS["outcome"], width=110),
    "since": st.column_config.TextColumn(HEADINGS["since"], width=125),
    "handling": st.column_config.TextColumn(HEADINGS["handling"], width=190),
    "days": st.column_config.NumberColumn(HEADINGS["days"], format="%d", width=80),
    "why": st.column_config.TextColumn(HEADINGS["why"], width=540),
    "center": st.column_config.TextColumn(HEADINGS["center"], width=200),
    "category": st.column_config.TextColumn(HEADINGS["category"], width=170),
    "due": st.column_config.DateColumn(
        HEADINGS["due"], format="DD-MM-YYYY", width=95, help="Fristen; for pligter uden frist dagen for hændelsen."
    ),
    "done": st.column_config.DateColumn(HEADINGS["done"], format="DD-MM-YYYY", width=95),
}

GONE = {
    "due": st.column_config.DateColumn(GONE_HEADINGS["due"], format="DD-MM-YYYY", width=95),
    **{name: st.column_config.TextColumn(heading) for name, heading in GONE_HEADINGS.items() if name != "due"},
}
CENTERS = {
    name: st.column_config.TextColumn(heading) if name == "center" else st.column_config.NumberColumn(heading)
    for name, heading in CENTER_HEADINGS.items()
}

TIMES = {"alle": "Også før perioden"}

scope = access.guard("cases")
assessed, cut, data = selected.assessed(scope), selected.cut(), state.current(scope)
if choices.asked(TIME) == list(TIMES):
    cut = whenever(cut, data.view_date)
before = state.before(scope, cut)
everything = handling.listed(scope, cut)


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


def panel(picked: pl.DataFrame) -> None:
    """What is picked at the side of the list: one deviation with its case, or how many; and how it is handled."""
    with st.container(border=True, key="sagspanel"):
        if picked.height > 1:
            st.header(f"{texts.number(picked.height)} afvigelser valgt", anchor=False)
            if away := picked.filter(~pl.col("held")).height:
                st.caption(f"{texts.counts(away, 'sag er', 'sager er')} i et andet center og bliver ikke mærket.")
            handling.form(scope, handling.units(picked))
            return
        if one_case(picked["case_id"][0]):
            flagged(picked)
            handling.form(scope, handling.units(picked))
            handling.show_history(scope, picked)
            rest = everything.filter(pl.col("case_id") == picked["case_id"][0])
            rest = rest.join(picked.select("measure", "unit_id", "on"), on=["measure", "unit_id", "on"], how="anti")
            if not rest.is_empty():
                st.caption(f"{texts.counts(rest.height, 'anden afvigelse', 'andre afvigelser')} i sagen")
                flagged(rest)


def one_case(case_id: str) -> bool:
    """Whose the picked case is, and the way to it; whether more of it may be told."""
    case = assessed.cases.row(by_predicate=pl.col("case_id") == case_id, named=True)
    st.header("Sag", anchor=False)
    with st.container(key="sagsnummer"):
        st.text(case_id)
    if not case["held"]:
        st.text(deviations.MOVED)
        return not case["protected"]
    ended = f" · afsluttet {texts.date(case['closed_on'])}" if case["closed_on"] else ""
    st.text(f"{texts.center(case['center'])}\nStartet {texts.date(case['first_enquiry_on'])}{ended}")
    navigation.onward(navigation.CASE, "Åbn sagsforløbet", {"sag": case_id})
    return True


def flagged(rows: pl.DataFrame) -> None:
    """Deviations of the picked case: what went wrong, and why."""
    for title, outcome, why in deviations.in_words(rows).iter_rows():
        with st.container(gap="xxsmall"):
            st.markdown(f":red[:material/flag:] **{title}**")
            st.text(f"{outcome}: {why}")


def gone(before: Assessed | None) -> None:
    """What was a deviation at the delivery before and is none now; folded, so that nobody is logged unasked."""
    rows = changes.gone(assessed, before, cut)
    if rows.is_empty() or before is None:
        return
    st.session_state["vaek"] = st.session_state.get("vaek", False)
    label = f"Væk siden sidste leverance, {texts.date(before.view_date)} ({texts.number(rows.height)})"
    folded = st.expander(label, key="vaek", on_change="rerun")
    with folded:
        shown = rows.head(deviations.MOST)
        if not folded.open or not looks.may_list(scope, shown["case_id"].to_list(), "vaek"):
            return
        table = deviations.gone_table(shown, assessed.cases)
        st.dataframe(table, hide_index=True, placeholder=texts.NONE, column_config=GONE, alt=label)


handling.confirmed()
if everything.is_empty():
    st.success("Ingen afvigelser i udsnittet.", icon=":material/check:")
    seen = texts.plain(filters.current().label)
    st.write(f"Vist er {seen}. Vælg en længere periode eller et andet center for at se flere.")
    filters.reset_button("nulstil_ingen_afvigelser")
    gone(before)
    handling.show_errors(scope, cut)
    st.stop()

choice = deviations.Choice(
    known(RULE, deviations.RULES),
    known(OUTCOME, deviations.OUTCOMES),
    known(BREACH, tuple(deviations.BREACH_LABELS)),
    known(CASE, tuple(deviations.CASES)),
    known(HANDLING, tuple(deviations.HANDLINGS)),
    known(SINCE, tuple(deviations.SINCE)),
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
    with st.container(horizontal=True, gap="medium"):
        without = replace(choice, handlings=())
        choices.pick(HANDLING, "Håndtering", options("handling", dict(deviations.HANDLINGS), HANDLING, without))
        without = replace(choice, since=())
        choices.pick(SINCE, "Siden sidst", options("since", dict(deviations.SINCE), SINCE, without))
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
        args=(RULE, OUTCOME, BREACH, CASE, TIME, HANDLING, SINCE),
        icon=":material/filter_alt_off:",
    )
    gone(before)
    handling.show_errors(scope, cut)
    st.stop()

st.markdown(f"**{deviations.summary(rows, shown.height)}**")
st.caption(
    "Vælg en eller flere rækker for at se sagen og mærke dem. Registreringsmangel eller faktisk overskridelse? "
    "Se sagen, før du konkluderer."
)
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
of_list = choices.key_of("afvigelser", scope, shown.select("measure", "unit_id"))
picked = choices.rows(of_list, shown.height)
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
        selection_mode="multi-row",
        alt="Afvigelser, én pr. række: sag, regel, udfald, håndtering, dage over, hvorfor, center, kategori og datoer",
    )
if picked:
    with side[0]:
        panel(shown[picked])
gone(before)
handling.show_errors(scope, cut)
st.header("Pr. center", anchor=False)
st.caption("Af de valgte. Rækkefølgen er organisationens, ikke en rangliste.")
st.dataframe(
    deviations.center_table(rows, [name for name in data.centers if cut.centers is None or name in cut.centers]),
    hide_index=True,
    column_config=CENTERS,
    alt="Afvigelser pr. center: hvor mange er uhåndteret, nye, fortsat og gentaget, og hvor gamle de er",
)
