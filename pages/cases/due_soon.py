"""Forfalder snart: every deadline of the next two weeks."""

import polars as pl
import streamlit as st

from metrics import due_soon as soon
from metrics.assess import BY_KEY
from ui import access, blocks, choices, due_soon, exports, filters, looks, navigation, selected, state, texts
from ui.due_soon import HEADINGS

WITHIN, RULE, TEAM = "inden", "frist", "team"
COLUMNS = {
    "day": st.column_config.TextColumn(HEADINGS["day"], pinned=True, width=150),
    "case": st.column_config.TextColumn(HEADINGS["case"], width=80),
    "note": st.column_config.TextColumn(HEADINGS["note"], width=100),
    "rule": st.column_config.TextColumn(HEADINGS["rule"], width=270),
    "began": st.column_config.TextColumn(HEADINGS["began"], width=205),
    "center": st.column_config.TextColumn(HEADINGS["center"], width=200),
    "team": st.column_config.TextColumn(HEADINGS["team"], width=110),
    "due": st.column_config.DateColumn(HEADINGS["due"], format="DD-MM-YYYY", width=95),
    "days_left": st.column_config.NumberColumn(HEADINGS["days_left"], format="%d", width=100),
}

scope = access.guard("cases")
assessed, cut, data = selected.assessed(scope), selected.cut(), state.current(scope)
everything = soon.due_soon(assessed, cut)


def options(column: str, labels: dict[str, str], key: str) -> dict[str, str]:
    """Code -> label with its count; what would give nothing is left out unless the address asks for it."""
    counts, asked = due_soon.count_by(everything, column), choices.asked(key)
    return {
        code: f"{label} ({texts.number(counts.get(code, 0))})"
        for code, label in labels.items()
        if code in counts or code in asked
    }


def panel(case_id: str) -> None:
    """The chosen case at the side of the list: everything of it that falls due, and the way to it."""
    case = assessed.cases.row(by_predicate=pl.col("case_id") == case_id, named=True)
    with st.container(border=True, key="sagspanel"):
        st.subheader("Sag", anchor=False)
        with st.container(key="sagsnummer"):
            st.text(case_id)
        if not case["held"]:
            st.text(due_soon.MOVED)
            return
        st.text(f"{texts.center(case['center'])}\nStartet {texts.date(case['first_enquiry_on'])}")
        for key, due in everything.filter(pl.col("case_id") == case_id).select("measure", "due").iter_rows():
            st.markdown(
                f":orange[:material/alarm:] **{BY_KEY[key].title}**: {due_soon.day(due, data.view_date).lower()}"
            )
        navigation.onward(navigation.CASE, "Åbn sagsforløbet", {"sag": case_id})


if everything.is_empty():
    st.success("Ingen frister forfalder de næste 14 dage.", icon=":material/check:")
    st.write(f"Vist er {texts.plain(filters.current().label)}. Perioden betyder intet her.")
    filters.reset_button("nulstil_intet_forfalder")
    st.stop()

blocks.show(blocks.strip(due_soon.strip(everything)))
teams = {team: texts.plain(team) for team in due_soon.count_by(everything, "team")}
several = len(teams) > 1 or choices.asked(TEAM)
with st.container(key="valg", gap="small"):
    with st.container(horizontal=True, gap="medium"):
        within = choices.pick(WITHIN, "Inden", {str(soon.WEEK): due_soon.WINDOWS[str(soon.WEEK)]})
        picked_teams = choices.pick(TEAM, "Team", options("team", teams, TEAM)) if several else ()
    rules = {key: measure.title for key, measure in BY_KEY.items()}
    picked_rules = choices.pick(RULE, "Regel", options("measure", rules, RULE))
choice = due_soon.Choice(soon.WEEK if within else soon.FORTNIGHT, picked_rules, picked_teams)
rows = due_soon.chosen(everything, choice)
shown = rows.head(due_soon.MOST)
if rows.is_empty():
    st.info("Ingen frister med netop de valg.", icon=":material/info:")
    st.button("Fjern valgene", on_click=choices.clear, args=(WITHIN, RULE, TEAM), icon=":material/filter_alt_off:")
    st.stop()

st.markdown(f"**{due_soon.summary(rows.height, shown.height)}**")
st.caption("Uanset periode. Det, der allerede er gjort, undtaget eller afsluttet, er ikke med.")
if not looks.may_list(scope, shown["case_id"].to_list(), "forfalder_snart"):
    st.stop()
with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="liste_hoved"):
    looks.said(scope)
    exports.offer(
        scope,
        lambda: due_soon.table(rows, data.view_date).rename(HEADINGS, strict=False),
        name="forfalder-snart",
        about={"Hvad": "Forfalder snart", "Udsnit": filters.current().label, "Inden": f"{choice.days} dage"},
        cases=lambda: rows["case_id"].to_list(),
        key="hent_forfalder_snart",
    )
of_list = choices.key_of("forfalder", scope, shown.select("measure", "unit_id"))
picked = choices.rows(of_list, shown.height)
list_, *side = st.columns([11, 4] if picked else [1], gap="medium")
with list_:
    st.dataframe(
        due_soon.table(shown, data.view_date),
        key=of_list,
        height=min(38 + 35 * shown.height, 560),
        hide_index=True,
        placeholder=texts.NONE,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="single-row",
        alt="Frister, der forfalder snart, de nærmeste øverst: dag, sag, regel, center, team, frist og dage tilbage",
    )
if picked:
    with side[0]:
        panel(shown["case_id"][picked[0]])
centers = [name for name in data.centers if cut.centers is None or name in cut.centers]
left, right = st.columns(2, gap="small")
with left, st.container(border=True, key="hvor_center", height="stretch"):
    st.header("Pr. center", anchor=False)
    blocks.show(blocks.bars(due_soon.bars(rows, "center", centers), due_soon.CAPTION))
with right, st.container(border=True, key="hvor_team", height="stretch"):
    st.header("Pr. team", anchor=False)
    blocks.show(blocks.bars(due_soon.bars(rows, "team", ()), due_soon.CAPTION))
