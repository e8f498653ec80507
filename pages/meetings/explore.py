"""Udforsk: any measure in two dimensions and a period, and the cases behind any cell."""

import polars as pl
import streamlit as st

from metrics.assess import BY_KEY
from metrics.explore import ORDER, behind, days_read
from metrics.measures import THEMES
from ui import access, choices, exports, filters, looks, navigation, selected, state, texts, tile, views
from ui.explore import crosstab, listing, picture, question, reading
from ui.explore.crosstab import CELL, OUTCOME, Picked
from ui.explore.question import COLUMNS, MEASURE, NUMBER, ROWS, SHOW, There

THEME = "_tema"
ROW, MOST_ROWS = 35, 20
"""Height of a line of the table in pixels, and how many are shown before it scrolls."""
LIST = {
    "case": st.column_config.TextColumn(listing.HEADINGS["case"], pinned=True, width=90),
    "note": st.column_config.TextColumn(listing.HEADINGS["note"], width=110),
    "outcome": st.column_config.TextColumn(listing.HEADINGS["outcome"], width=150),
    "value": st.column_config.TextColumn(listing.HEADINGS["value"], width=220),
    "days": st.column_config.NumberColumn(listing.HEADINGS["days"], format="%d", width=80),
    "why": st.column_config.TextColumn(listing.HEADINGS["why"], width=480),
    "center": st.column_config.TextColumn(listing.HEADINGS["center"], width=220),
    "category": st.column_config.TextColumn(listing.HEADINGS["category"], width=170),
    "due": st.column_config.DateColumn(listing.HEADINGS["due"], format="DD-MM-YYYY", width=95),
    "done": st.column_config.DateColumn(listing.HEADINGS["done"], format="DD-MM-YYYY", width=95),
}

scope = access.guard("figures")
data, cut = state.current(scope), selected.cut()
teams = selected.assessed(scope).cases["team"].count() > 0
there = There(data.centers, teams, data.view_date, filters.current().whole, scope.centers is None)
given = {name: choices.asked(name) for name in (MEASURE, ROWS, COLUMNS, NUMBER, SHOW, *CELL)}
asked, notes = question.read(given, there)
assessed = selected.assessed(scope, days_read(asked.question, cut, data.view_date))
names = crosstab.Names(asked, cut, data.view_date)


def choose() -> None:
    """What is asked, all of it in the address."""
    theme = question.theme(asked.key)
    with st.container(key="udforsk_valg", horizontal=True, gap="small", vertical_alignment="bottom"):
        st.session_state[THEME] = theme
        st.selectbox(
            "Tema",
            list(question.OF_THEME),
            format_func={theme.key: theme.title for theme in THEMES}.__getitem__,
            key=THEME,
            on_change=lambda: change(MEASURE, next(iter(question.OF_THEME[st.session_state[THEME]]))),
            filter_mode=None,
            width=210,
        )
        choices.choose(MEASURE, "Nøgletal", question.OF_THEME[theme], asked.key, *CELL, width=330)
        choices.choose(ROWS, "Rækker", question.labels(question.dimensions(asked.key, there)), asked.rows, *CELL)
        if len(beside := question.columns(asked.key, asked.rows, there)) > 1:
            choices.choose(COLUMNS, "Kolonner", question.labels(beside), asked.columns, *CELL)
        if asked.crossed:
            known = {code: question.NUMBERS[code] for code in question.numbers(asked.key)}
            choices.choose(NUMBER, "Tal i felterne", known, asked.number, *CELL, width=140)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        choices.pick_one(SHOW, "Vis", question.SHOWN)
        views.box(scope, asked, there)


def change(key: str, code: str) -> None:
    """Ask for something else, of which no cell is picked yet."""
    st.query_params[key] = code
    choices.clear(*CELL)


def heading() -> None:
    """What is counted, and what one must know to read it."""
    st.header(question.FIGURES[asked.key], anchor=False)
    st.caption(texts.plain(reading.counted_is(asked)))
    st.markdown(f"**{texts.plain(reading.message(asked, cells, names))}**")
    if lines := reading.how_read(asked, cells):
        st.caption(texts.plain(" ".join(lines)))


def show_picture() -> None:
    """The table as bars, lines or a matrix; the table says the same."""
    drawn = picture.draw(asked, cells, names)
    alt = f"{question.FIGURES[asked.key]}. {reading.message(asked, cells, names)} De samme tal står i tabellen."
    if len(drawn) == 1 and not drawn[0][0]:
        [(_, chart)] = drawn
        if asked.crossed and asked.number == "rate":
            st.caption(picture.COLOURED)
        st.vega_lite_chart(chart.frame, chart.spec, theme=None, alt=alt, key="udforsk_billede")
        return
    st.caption(picture.MANY_LINES)
    with st.grid(3, min_column_width=300):
        for place, (name, chart) in enumerate(drawn):
            with st.container(gap="xxsmall"):
                st.markdown(f"**{texts.plain(name)}**")
                st.vega_lite_chart(
                    chart.frame, chart.spec, theme=None, alt=f"{name}: {alt}", key=f"udforsk_billede_{place}"
                )


def show_table(table: crosstab.Table) -> None:
    """The table: a click on a cell shows what is behind it."""
    key = choices.key_of("udforsk", data.mark, scope, cut, asked, table.headings)
    columns = {
        column: st.column_config.TextColumn(heading, pinned=column == "name", width=crosstab.width(table, column))
        if table.frame.schema[column] == pl.String
        else st.column_config.NumberColumn(heading, format="%d")
        for column, heading in table.headings.items()
    }
    st.dataframe(
        table.frame,
        key=key,
        height=min(table.frame.height, MOST_ROWS) * ROW + ROW + 3,
        hide_index=True,
        placeholder=texts.NONE,
        column_config=columns,
        on_select=lambda: clicked(key, table),
        selection_mode="single-cell",
        alt=f"{question.FIGURES[asked.key]}: {table.headings['name']} i rækkerne",
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        if scope.may("cases"):
            st.caption("Klik på et felt for at se sagerne bag.", width="content")
        exports.offer(
            scope,
            lambda: crosstab.file_table(asked, cells, names),
            name=f"udforsk-{question.FIGURES[asked.key]}",
            about={
                "Hvad": question.FIGURES[asked.key],
                "Delt op": f"{question.LABELS[asked.rows]} × {question.LABELS[asked.columns]}",
                "Udsnit": filters.current().label,
                "Sådan læses den": " ".join(reading.how_read(asked, cells)),
                "Brug": "Kun internt: små tal er ikke skjult. Det, der må gives videre, står under Månedens tal.",
            },
            cases=None,
            key="hent_udforsk",
        )


def clicked(key: str, table: crosstab.Table) -> None:
    """Ask for the cell that was clicked; where none is any more, for none."""
    choices.clear(*CELL)
    chosen = st.session_state[key]["selection"]["cells"]
    if chosen and (found := table.at(*chosen[0])):
        for name, codes in crosstab.address(found).items():
            if codes:
                st.query_params[name] = codes


def show_list(found: Picked) -> None:
    """The units that a cell counts, by outcome, with the way to each case; why is said and logged first."""
    every = behind(assessed, cut, asked.question, found.cell)
    counts = {} if asked.counted else listing.outcome_counts(every)
    st.header(f"Listen bag: {crosstab.cell_name(asked, found.cell, names)}", anchor=False)
    if every.is_empty():
        st.info("Feltet er tomt: der er ingen at vise.", icon=":material/info:")
        return
    if counts:
        duty = tile.has_duty(BY_KEY[asked.key])
        known = {code: texts.outcome(code, duty=duty) for code in ORDER if code in counts or code in found.outcomes}
        with st.container(key="valg"):
            choices.pick(
                OUTCOME, "Udfald", {c: f"{name} ({texts.number(counts.get(c, 0))})" for c, name in known.items()}
            )
    rows = every if asked.counted else listing.narrowed(every, found.outcomes)
    shown = rows.head(listing.MOST)
    if rows.is_empty():
        st.info("Ingen i feltet har netop det udfald.", icon=":material/info:")
        return
    if not looks.may_list(scope, shown["case_id"].to_list(), "udforsk"):
        return
    st.markdown(f"**{listing.summary(asked, rows)}**")
    if shown.height < rows.height:
        st.caption(f"Tabellen viser de første {texts.number(shown.height)}. Vælg et udfald eller et center for resten.")
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="liste_hoved"):
        looks.said(scope)
        exports.offer(
            scope,
            lambda: listing.table(asked, rows, assessed).rename(dict(listing.HEADINGS), strict=False),
            name="udforsk-liste",
            about={
                "Hvad": f"Listen bag: {question.FIGURES[asked.key]}",
                "Felt": crosstab.cell_name(asked, found.cell, names),
                "Udsnit": filters.current().label,
            },
            cases=lambda: rows["case_id"].to_list(),
            key="hent_udforsk_liste",
        )
    key = choices.key_of("udforsk_liste", scope, asked.key, found, shown.select("unit_id"))
    held = set(assessed.cases.filter("held")["case_id"])
    for place in choices.rows(key, shown.height):
        if shown["case_id"][place] in held:
            navigation.to_case(shown["case_id"][place], "åbn sagsforløbet")
    st.dataframe(
        listing.table(asked, shown, assessed),
        key=key,
        height=480,
        hide_index=True,
        placeholder=texts.NONE,
        column_config=LIST,
        on_select="rerun",
        selection_mode="single-row",
        alt="Sagerne bag feltet, én pr. række: sag, udfald, hvorfor, center, kategori og datoer",
    )


choose()
views.told(scope, asked)
if notes:
    st.warning("  \n".join(map(texts.plain, notes)), icon=":material/warning:")
cells = crosstab.count(assessed, cut, asked, there)
if not crosstab.units(cells):
    st.header(question.FIGURES[asked.key], anchor=False)
    filters.nothing_selected()
    st.stop()
heading()
shown_table = crosstab.make(asked, cells, names)
if asked.show != "chart":
    show_table(shown_table)
if asked.show != "table":
    show_picture()
if choices.asked(crosstab.ROW):
    found = crosstab.picked(given, asked, shown_table)
    if found is None:
        st.info("Feltet findes ikke i den tabel, der vises nu. Klik på et andet.", icon=":material/info:")
    else:
        show_list(found)
