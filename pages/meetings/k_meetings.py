"""K-møder: who should come to the next one, its agenda, and what was agreed."""

import polars as pl
import streamlit as st

from metrics import waiting
from metrics.assess import count_values
from metrics.measures import coordination
from ui import access, blocks, choices, exports, filters, k_meetings, looks, navigation, selected, state, texts, waits

VIEW, REASON, STATE = "vis", "grund", "status"
CANDIDATES, AGENDA, AGREED = "indstilling", "dagsorden", "aftaler"
VIEWS = {CANDIDATES: "Til næste K-møde", AGENDA: "Dagsorden", AGREED: "Aftaler"}
COLUMNS = {
    "case": st.column_config.TextColumn(k_meetings.AGREED_HEADINGS["case"], pinned=True, width=90),
    "note": st.column_config.TextColumn(k_meetings.AGREED_HEADINGS["note"], width=90),
    "state": st.column_config.TextColumn(k_meetings.AGREED_HEADINGS["state"], width=160),
    "over": st.column_config.NumberColumn(k_meetings.AGREED_HEADINGS["over"], format="%d", width=80),
    "due": st.column_config.DateColumn(k_meetings.AGREED_HEADINGS["due"], format="DD-MM-YYYY", width=95),
    "done": st.column_config.DateColumn(k_meetings.AGREED_HEADINGS["done"], format="DD-MM-YYYY", width=95),
    "responsible": st.column_config.TextColumn(k_meetings.AGREED_HEADINGS["responsible"], width=260),
    "held_on": st.column_config.DateColumn(k_meetings.AGREED_HEADINGS["held_on"], format="DD-MM-YYYY", width=95),
    "kind": st.column_config.TextColumn(k_meetings.AGREED_HEADINGS["kind"], width=150),
}

scope = access.guard("cases")
assessed, cut, data = selected.assessed(scope), selected.cut(), state.current(scope)
held = set(assessed.cases.filter("held")["case_id"])


def numbers() -> None:
    """How long they wait, and how many have been there in the period."""
    readings = selected.readings(scope, selected.notes(scope))
    wait = waiting.follow(assessed, cut, coordination.WAITING).wait
    met = dict(count_values(assessed, cut, coordination.K_MEETINGS).select("value", "count").iter_rows())
    period = "sager i perioden"
    been = [("På K-møde", met["k_moede"]), ("På ungekonference", met["ungekonference"])]
    shown = [(what, texts.number(count), period) for what, count in been if count or what == "På K-møde"]
    with st.container(key="kmoede_tal"):
        blocks.show(blocks.strip([*waits.numbers(readings.now[coordination.K_WAIT.key], wait), *shown]))
        navigation.onward(navigation.theme_file(coordination.THEME), "Alle nøgletal om K-møder")


def candidates() -> None:
    """Who should come to the next K-møde, a line each."""
    everybody = k_meetings.youths(assessed, cut)
    if everybody.is_empty():
        st.success("Ingen unge i udsnittet skal på K-møde efter reglerne.", icon=":material/check:")
        return
    found = k_meetings.counts(everybody)
    asked = choices.asked(REASON)
    labels = {
        rule: f"{name} ({texts.number(found.get(rule, 0))})"
        for rule, name in k_meetings.RULES.items()
        if rule in found or rule in asked
    }
    with st.container(key="valg"):
        rules = choices.pick(REASON, "Begrundelse", labels)
    listed = k_meetings.youths(assessed, cut, rules)
    if listed.is_empty():
        st.info("Ingen unge med netop den begrundelse.", icon=":material/info:")
        return
    shown = listed.head(k_meetings.MOST)
    if not may_show(shown):
        return
    st.markdown(f"**{k_meetings.summary(listed)}**")
    st.caption("Den, der har ventet længst, står øverst. Kun registrerede møder tæller.")
    heading(listed, "til-k-moede", VIEWS[CANDIDATES])
    two = shown.filter(pl.col("fields") >= k_meetings.TWO_FIELDS)
    lines(two, "flere")
    if len(one := shown.filter(pl.col("fields") < k_meetings.TWO_FIELDS)):
        st.subheader("Kun ét fagområde registreret", anchor=False)
        st.caption("Et K-møde er for unge med mindst to fagområder. Se efter, om der mangler en registrering.")
        lines(one, "kun_et")
    if len(listed) > len(shown):
        st.caption(texts.listed(len(shown), len(listed)))


def may_show(rows: pl.DataFrame) -> bool:
    """Whether the youths may be shown: why is said, and all their cases are in the log."""
    return looks.may_list(scope, rows["cases"].explode().to_list(), "kmoeder")


def heading(rows: pl.DataFrame, name: str, what: str) -> None:
    """The purpose, and the list as a file."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="liste_hoved"):
        looks.said(scope)
        exports.offer(
            scope,
            lambda: k_meetings.table(rows).rename(dict(k_meetings.LIST_HEADINGS)),
            name=name,
            about={"Hvad": what, "Udsnit": filters.current().label},
            cases=lambda: rows["cases"].explode().to_list(),
            key="hent_kmoeder",
        )


def lines(rows: pl.DataFrame, key: str) -> None:
    """A line each, that leads to the case."""
    with st.container(key=f"kmoede_{key}", gap="xsmall"):
        for row in rows.iter_rows(named=True):
            first, because = k_meetings.line(row, data.view_date)
            if row["case_id"] in held:
                label = f"**{texts.plain(first)}** {texts.plain(because)}"
                st.page_link(
                    navigation.CASE, label=label, icon=":material/folder_open:", query_params={"sag": row["case_id"]}
                )
            else:
                st.text(f"{first} {because}")


def agenda() -> None:
    """The next meeting's agenda, to be printed."""
    listed = k_meetings.youths(assessed, cut)
    on_it, proposed = k_meetings.agenda(listed)
    both = pl.concat([on_it, proposed])
    if both.is_empty():
        st.info("Ingen unge i udsnittet er på en dagsorden eller indstillet til et møde.", icon=":material/info:")
        return
    if not may_show(both):
        return
    heading(both, "dagsorden", VIEWS[AGENDA])
    st.caption("Udskriv med browserens »Udskriv«: kun dagsordenen kommer med. Møder uden indstillingsdato er ikke på.")
    where = cut.centers[0] if cut.centers else filters.current().whole
    about = f"{where} · opgjort pr. {texts.date(data.view_date)}{' · Demodata' if data.demo else ''}"
    blocks.show(k_meetings.agenda_page(on_it, proposed, k_meetings.next_day(listed), about))


def agreed() -> None:
    """What was agreed at the meetings, and whether it has been done."""
    everything = k_meetings.agreements(assessed, cut)
    if everything.is_empty():
        st.info("Ingen aftaler fra møder i perioden.", icon=":material/info:")
        return
    found = dict(everything.group_by("state").len().iter_rows())
    asked = choices.asked(STATE)
    labels = {
        code: f"{name} ({texts.number(found.get(code, 0))})"
        for code, name in k_meetings.STATES.items()
        if code in found or code in asked
    }
    with st.container(key="valg"):
        states = choices.pick(STATE, "Status", labels)
    rows = everything.filter(pl.col("state").is_in(states)) if states else everything
    if rows.is_empty():
        st.info("Ingen aftaler med netop den status.", icon=":material/info:")
        return
    if not looks.may_list(scope, rows["case_id"].to_list(), "kmoeder"):
        return
    st.markdown(f"**{texts.counts(rows.height, 'aftale', 'aftaler')}. De overskredne står øverst.**")
    st.caption(
        "Aftaler fra møder i perioden, og alle overskredne i åbne sager. Nøgletallet tæller kun aftaler fra K-møder."
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="liste_hoved"):
        looks.said(scope)
        exports.offer(
            scope,
            lambda: k_meetings.agreed_table(rows).rename(dict(k_meetings.AGREED_HEADINGS), strict=False),
            name="aftaler",
            about={"Hvad": "Aftaler fra møder", "Udsnit": filters.current().label},
            cases=lambda: rows["case_id"].to_list(),
            key="hent_aftaler",
        )
    of_list = choices.key_of("aftaler", scope, rows.select("unit_id"))
    for place in choices.rows(of_list, rows.height):
        if rows["case_id"][place] in held:
            navigation.to_case(rows["case_id"][place], "åbn sagsforløbet")
    st.dataframe(
        k_meetings.agreed_table(rows),
        key=of_list,
        height=560,
        hide_index=True,
        placeholder=texts.NONE,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="single-row",
        alt="Aftaler, én pr. række: sag, status, dage over, frist, udført, ansvarligt center og møde",
    )


numbers()
with st.container(key="kmoede_vis"):
    chosen = choices.pick_one(VIEW, "Vis", VIEWS)
{CANDIDATES: candidates, AGENDA: agenda, AGREED: agreed}[chosen]()
