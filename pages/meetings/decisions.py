"""Beslutninger: what the steering group decided, what it should move, and what has happened since."""

import datetime as dt
from collections.abc import Mapping, Sequence

import streamlit as st

from data_access import decisions as kept
from data_access import published, tables
from data_access.database import DatabaseUnavailable
from data_access.decisions import (
    LONGEST_NAME,
    LONGEST_TITLE,
    LONGEST_WORDS,
    STATES,
    Comment,
    Decision,
    InvalidDecision,
)
from metrics.measure import Theme
from metrics.measures import THEMES
from ui import access, choices, decisions, exports, filters, navigation, notices, state, targets, texts
from ui.decisions import Line
from ui.published import THEME_OF

VIEW, MEASURE, MONTH, THEME = "vis", "noegletal", "maaned", "tema"
STEP, COMMENTS = "beslutning_trin", "bemaerkninger_skrevet"
"""Keys in the session of what a click is about."""
DECIDED, COMMENTED = "beslutninger", "bemaerkninger"
VIEWS = {DECIDED: "Beslutninger", COMMENTED: "Bemærkninger til månedens tal"}
BADGES = {"over": ":red-badge[:material/schedule: Over fristen]", "near": ":orange-badge[:material/alarm: Snart]"}
HISTORY = {
    "saved_at": st.column_config.TextColumn("Gemt", width=150),
    "title": st.column_config.TextColumn("Nøgletal", width=260),
    "text": st.column_config.TextColumn("Bemærkning", width=420),
    "saved_by": st.column_config.TextColumn("Af", width=90),
}

scope = access.guard("published")
data, engine = state.current(scope), state.engine()
writes = scope.may("decide")


def confirm(what: str) -> None:
    """Say what was saved, in the words that were read back."""
    st.success(texts.plain(what), icon=":material/check:")


def pick(label: str, options: Mapping[str, str], key: str, width: int) -> str:
    """A field for one of the codes in code -> label."""
    return st.selectbox(label, list(options), format_func=options.__getitem__, key=key, width=width)


def day(label: str, key: str, usual: dt.date | None) -> dt.date | None:
    """A field for a date."""
    last = data.view_date.replace(year=data.view_date.year + 10, day=1)
    return st.date_input(label, usual, filters.FIRST_DAY, last, key=key, format="DD-MM-YYYY", width=200)


# --- decisions ----------------------------------------------------------------------------------------


def show(line: Line, decision: Decision) -> None:
    """One decision, what has happened since, and the way to say how far it is."""
    with st.container(border=True, key=f"beslutning_{line.number}", gap="xsmall"):
        st.markdown(f"**{texts.plain(line.title)}** :gray-badge[{line.state}] {BADGES.get(line.due, '')}")
        st.caption(texts.plain(decisions.about(line)))
        st.markdown(texts.plain(line.why))
        if line.note:
            st.markdown(f"**Senest sagt:** {texts.plain(line.note)}")
        if line.aims:
            st.markdown(texts.plain(line.aims))
            st.markdown(f"**{texts.plain(line.since)}**")
        if saved and number == line.number:
            confirm(saved)
        with st.container(horizontal=True, vertical_alignment="center", key=f"videre_{line.number}"):
            if line.measure in THEME_OF and scope.may("figures"):
                theme = THEME_OF[line.measure]
                navigation.onward(navigation.theme_file(theme), "Se nøgletallet")
            if writes:
                with st.popover("Skriv status", key=f"trin_{line.number}_{len(decision.steps)}"):  # closes when saved
                    if refused and number == line.number:
                        st.error(refused, icon=":material/error:")
                    say_step(line, len(decision.steps))
            with st.popover("Historik", key=f"historik_{line.number}"):
                st.markdown("\n".join(f"- {texts.plain(words)}" for words in decisions.steps(decision)))


def say_step(line: Line, said: int) -> None:
    """The form that says how far a decision is; `said` = how many times it has been, so that a saved note is gone."""
    codes = list(STATES)
    standing = next(place for place, name in enumerate(STATES.values()) if name == line.state)
    with st.form(f"trin_form_{line.number}", border=False, enter_to_submit=False):
        st.selectbox("Status", codes, standing, format_func=STATES.__getitem__, key=f"status_{line.number}_{said}")
        st.text_area("Note", key=f"note_{line.number}_{said}", max_chars=LONGEST_WORDS, height=80)
        st.caption(f"{decisions.NO_YOUTH} En beslutning bliver ikke rettet: vælg Opgivet, og skriv en ny.")
        st.form_submit_button("Gem status", type="primary", on_click=ask, args=(line.number, said))


def ask(number: int, said: int) -> None:
    """Remember which decision a click is about: a click is run before the guard, and may not save."""
    st.session_state[STEP] = (number, said)


def save_step() -> tuple[int | None, str, str]:
    """Save how far a decision was said to be, before the list is drawn, so that it stands there.

    Gives its number, what was saved, and why it was not: both are said at the decision itself.
    """
    number, said = st.session_state.pop(STEP, (None, 0))
    status, note = (st.session_state.get(f"{what}_{number}_{said}") for what in ("status", "note"))
    if number is None or status is None or note is None or not writes:
        return None, "", ""  # also the second of two clicks, when the first has taken the form away
    try:
        return number, decisions.saved_step(kept.step(engine, scope, number, state=status, note=note)), ""
    except (InvalidDecision, DatabaseUnavailable) as error:
        return number, "", str(error)


def write() -> None:
    """The form for a decision."""
    with st.form("beslutning", border=False, enter_to_submit=False):
        st.warning(decisions.NO_YOUTH, icon=":material/visibility:")
        title = st.text_input("Hvad", key="beslutning_hvad", max_chars=LONGEST_TITLE, width=872)
        why = st.text_area("Hvorfor", key="beslutning_hvorfor", max_chars=LONGEST_WORDS, height=80, width=872)
        with st.container(horizontal=True):
            who = st.text_input(
                "Hvem",
                key="beslutning_hvem",
                max_chars=LONGEST_NAME,
                width=436,
                placeholder="en funktion eller initialer",
            )
            decided_on = day("Besluttet", "beslutning_dato", data.view_date)
            do_by = day("Senest", "beslutning_senest", None)
        with st.container(horizontal=True):
            measure = pick("Skal flytte", decisions.AIMS, "beslutning_noegletal", 436)
            by = st.text_input("Procentpoint", key="beslutning_point", placeholder="fx 10 eller -2,5", width=200)
            places = targets.centers_of_events(tables.centers(engine))
            center = pick("Hvor", places, "beslutning_center", 300)
        st.caption(
            "Tallet er, hvor meget andelen skal stige: −2,5, hvis den skal falde, fordi lavt er bedst. Det kan stå "
            "tomt."
        )
        asked = st.form_submit_button("Gem beslutningen", type="primary")
    if asked:
        with notices.beside(InvalidDecision):
            saved = kept.decide(
                engine,
                scope,
                decided_on=decisions.picked(decided_on),
                title=title,
                why=why,
                responsible=who,
                do_by=decisions.picked(do_by),
                measure=measure or None,
                by_points=decisions.aim(measure, by),
                center=center or None,
            )
            confirm(decisions.saved_decision(saved))


def listed() -> None:
    """The decisions: what is urgent first, then the rest, and what is over folded."""
    every = {each.number: each for each in kept.decisions(engine, scope)}
    series = decisions.series(engine, scope, tuple(every.values()), data.view_date, lambda each: state.own(scope, each))
    lines = decisions.lines(tuple(every.values()), series, data.view_date)
    if not lines:
        st.info("Der er ikke skrevet beslutninger endnu.", icon=":material/info:")
        return
    with st.container(key="valg"):
        picked = choices.pick(MEASURE, "Nøgletal", decisions.measures(lines, choices.asked(MEASURE)))
    shown = [line for line in lines if not picked or line.measure in picked]
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="liste_hoved"):
        st.markdown(f"**{decisions.summary(shown)}**")
        exports.offer(
            scope,
            lambda: decisions.file_rows(shown),
            name="beslutninger",
            about={"Indhold": "Beslutninger"},
            cases=None,
            key="hent_beslutninger",
        )
    st.caption(decisions.COUNTED)
    for heading, part in (
        ("Skulle være gjort, eller skal det snart", decisions.urgent(shown)),
        ("De øvrige", decisions.later(shown)),
    ):
        if part:
            st.header(heading, anchor=False)
            for line in part:
                show(line, every[line.number])
    if over := decisions.closed(shown):
        just_now = bool(saved) and any(line.number == number for line in over)
        with st.expander(f"Gennemført eller opgivet ({texts.number(len(over))})", just_now):
            for line in over:
                show(line, every[line.number])


# --- comments -----------------------------------------------------------------------------------------


def comments() -> None:
    """What is said of each measure in a month, and the way to say it."""
    done = published.months(engine, scope)
    if not done:
        st.info(
            "Der er ikke offentliggjort tal endnu, så der er intet at skrive bemærkninger til.", icon=":material/info:"
        )
        return
    names = {texts.month(each.month): each for each in done}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = names[st.selectbox("Måned", list(names), key=MONTH, bind="query-params", filter_mode=None, width=200)]
        month = chosen.month
        numbers = decisions.whole(published.cells(engine, scope, month, state.own(scope, chosen), chosen.version))
        titles = {theme.title: theme for theme in THEMES}
        theme = titles[st.selectbox("Tema", list(titles), key=THEME, bind="query-params", filter_mode=None, width=340)]
        file = st.container()
    if writes:
        write_comments(theme, month, numbers)
    standing = kept.comments(engine, scope, month)
    with file:
        exports.offer(
            scope,
            lambda: decisions.comment_rows(standing, numbers),
            name="bemaerkninger",
            about={"Indhold": "Bemærkninger til månedens tal", "Måned": texts.month(month)},
            cases=None,
            key="hent_bemaerkninger",
        )
    if not writes:
        show_comments(theme, standing, numbers)
    if entries := kept.comment_history(engine, scope, month):
        with st.expander(f"Alle bemærkninger, der har været gemt til {texts.month(month)}"):
            history = decisions.comment_history(entries)
            alt = "Alle gemte bemærkninger, de nyeste øverst"
            st.dataframe(history, hide_index=True, placeholder=texts.NONE, column_config=HISTORY, alt=alt)


def write_comments(theme: Theme, month: dt.date, numbers: Mapping[str, str]) -> None:
    """The measures of a theme, each with its number and a field. Another comment than the field was drawn with has a
    field of its own; what was typed in the former is moved to it if a colleague has written meanwhile.
    """
    typed = save_comments(month)
    standing = {each.measure: each for each in kept.comments(engine, scope, month)}
    with st.form(f"bemaerkninger_{theme.key}_{month}", enter_to_submit=False):
        st.warning(decisions.NO_YOUTH, icon=":material/visibility:")
        for measure in theme.measures:
            comment = standing.get(measure.key)
            st.session_state.setdefault(field(measure.key, month, comment), comment.text if comment else "")
            if measure.key in typed:
                st.session_state[field(measure.key, month, comment)] = typed[measure.key]
            st.text_area(
                f"**{measure.title}** {texts.plain(numbers.get(measure.key, decisions.INSIDE))}",
                key=field(measure.key, month, comment),
                max_chars=LONGEST_WORDS,
                height=68,
            )
        drawn = {measure.key: standing.get(measure.key) for measure in theme.measures}
        st.form_submit_button("Gem bemærkningerne", type="primary", on_click=ask_comments, args=(month, drawn))


def field(measure: str, month: dt.date, comment: Comment | None) -> str:
    """Key of the field for what is said of a measure in a month, when `comment` stands."""
    return f"bemaerkning_{measure}_{month}_{comment.saved_at.isoformat() if comment else ''}"


def ask_comments(month: dt.date, drawn: Mapping[str, Comment | None]) -> None:
    """Remember what stood in the fields that a click is about: a click is run before the guard, and may not save."""
    st.session_state[COMMENTS] = (month, drawn)


def save_comments(month: dt.date) -> dict[str, str]:
    """Save what was typed in the fields, and say so; what a colleague has written of meanwhile is not, and is given."""
    asked, drawn = clicked
    typed = {
        key: text
        for key, comment in drawn.items()
        if asked == month and (text := st.session_state.get(field(key, month, comment))) is not None
    }
    standing = {each.measure: each for each in kept.comments(engine, scope, month)}
    changed = {
        key: text
        for key, text in typed.items()
        if text != (one.text if (one := drawn[key]) else "")
        and " ".join(text.split()) != (one.text if (one := standing.get(key)) else "")  # the first of two clicks
    }
    if typed and not changed:
        st.info("Der er intet nyt at gemme.", icon=":material/info:")
    late = {key: text for key, text in changed.items() if standing.get(key) != drawn[key]}
    for key, text in changed.items():
        if key in late:
            st.warning(texts.plain(decisions.meanwhile(key, standing.get(key))), icon=":material/group:")
            continue
        with notices.beside(InvalidDecision):
            confirm(decisions.saved_comment(kept.set_comment(engine, scope, measure=key, month=month, text=text)))
    return late


def show_comments(theme: Theme, standing: Sequence[Comment], numbers: Mapping[str, str]) -> None:
    """What is said of the measures of a theme, for who only reads."""
    said = {each.measure: each for each in standing}
    found = [measure for measure in theme.measures if measure.key in said]
    if not found:
        elsewhere = decisions.themes(standing)
        also = f" Der er bemærkninger under {elsewhere}." if elsewhere else ""
        st.info(f"Der er ingen bemærkninger til temaet i den måned.{also}", icon=":material/info:")
    for measure in found:
        with st.container(border=True, key=f"bemaerkning_{measure.key}", gap="xsmall"):
            st.markdown(f"**{measure.title}** {texts.plain(numbers.get(measure.key, decisions.INSIDE))}")
            st.markdown(texts.plain(said[measure.key].text))


number, saved, refused = save_step()
clicked: tuple[dt.date | None, Mapping[str, Comment | None]] = st.session_state.pop(COMMENTS, (None, {}))
with st.container(key="beslutninger_vis"):
    chosen = choices.pick_one(VIEW, "Vis", VIEWS)
if chosen == COMMENTED:
    comments()
else:
    above = st.container()  # filled last, so that what has just been saved is in it
    if writes:
        with st.container(border=True, key="skriv_beslutning"):
            st.header("Skriv en beslutning", anchor=False)
            write()
    with above:
        listed()
