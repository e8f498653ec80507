"""Ledelsestilsyn: sampled case review, from the draw to what it shows."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from html import escape
from typing import Literal

import polars as pl
import streamlit as st

from data_access import reviews, tables
from data_access.reviews import ANSWERED, FOLLOWED_UP, LONGEST_NOTE, LONGEST_TITLE, InvalidReview, Round
from metrics.assess import BY_KEY, Assessed, Cut, year_before
from metrics.review import AUDITED
from metrics.review import QUESTIONS as JUDGED
from ui import access, blocks, choices, exports, filters, looks, navigation, notices, review, state, texts
from ui.looks import Why
from ui.review import Asked, Line, Standing

ROUND, CASE, VIEW, FOLLOW = "runde", "sag", "vis", "status"
TO_READ, RESULTS, AGREEMENT, WANTING = "sager", "resultat", "enighed", "opfoelgning"
SAVED = "_reviewed"
"""Key in the session of what was just saved."""
NARROW, WIDE = 200, 720
MOST_ROUNDS = 6
"""Rounds beside each other in the table over time."""
FOLLOWED = {
    "Sag": st.column_config.TextColumn("Sag", pinned=True, width=90),
    "Center": st.column_config.TextColumn("Center", width=150),
    "Svaret nej til": st.column_config.TextColumn("Svaret nej til", width=300),
    "Note fra tilsynet": st.column_config.TextColumn("Note fra tilsynet", width=220),
    "Status": st.column_config.TextColumn("Status", width=120),
    "Hvad er der gjort": st.column_config.TextColumn("Hvad er der gjort", width=220),
}
DISAGREED = {"Spørgsmål": st.column_config.TextColumn("Spørgsmål", width=420)}

scope = access.guard("review")
data, engine = state.current(scope), state.engine()
whole = scope.centers is None
decides = whole and scope.may("decide")


# --- the rounds ---------------------------------------------------------------------------------------


def overview(every: Sequence[Round]) -> None:
    """The rounds over time, what they showed, and the way to a new one."""
    st.markdown(
        "En stikprøve af sager bliver læst og bedømt. Det viser, om registeret siger sandheden om det, der kræver et "
        "skøn."
    )
    found = [review.standing(engine, scope, round_) for round_ in every]
    mine = [now for now in found if whole or now.places]
    if not mine:
        st.info(
            "Der er ikke lavet en runde endnu." if whole else "Ingen af dine sager er udtrukket til et tilsyn.",
            icon=":material/info:",
        )
    with st.container(key="tilsynsrunder", gap="small"):
        for now in mine:
            with st.container(gap=None):
                label = f"**{texts.plain(now.round.title)}** · {review.progress(now)}"
                way(label, f"aabn_{now.round.id}", now.round, icon="checklist")
                st.caption(review.about(now.round))
    if whole:
        over_time(mine)
    if decides:
        new_round()


def over_time(found: Sequence[Standing]) -> None:
    """What the rounds have shown of each question, the oldest first."""
    lines = {now.round.id: {line.measure: line for line in review.lines(now)} for now in found}
    measures = [key for key in JUDGED if any(key in each and each[key].result.base for each in lines.values())]
    if not measures:
        return
    st.header("Hvad runderne har vist", anchor=False)
    measure = st.selectbox(
        "Spørgsmål",
        measures,
        format_func=lambda key: BY_KEY[key].title,
        key="tilsyn_over_tid",
        filter_mode=None,
        width=WIDE,
    )
    shown = [(now, lines[now.round.id][measure]) for now in reversed(found) if measure in lines[now.round.id]]
    blocks.show(spans([(now.round.title, line) for now, line in shown], BY_KEY[measure].title))
    if any(now.left_out for now, _ in shown):
        st.caption(f"Resultaterne er {review.LEFT_OUT}.")
    newest = list(reversed(found[:MOST_ROUNDS]))
    with st.expander("Alle spørgsmål som tabel"):
        head = ["Spørgsmål", *(now.round.title for now in newest)]
        rows = [(escape(BY_KEY[key].title), [told(lines[now.round.id].get(key)) for now in newest]) for key in measures]
        blocks.show(blocks.matrix(head, rows, "Andel ja i tilsynet"))
        if len(found) > MOST_ROUNDS:
            st.caption(f"De {texts.number(MOST_ROUNDS)} nyeste af {texts.number(len(found))} runder.")


def told(line: Line | None) -> str:
    """A question's result in a cell."""
    return line.said if line and line.result.base else texts.NONE


def spans(rows: Sequence[tuple[str, Line]], about: str) -> str:
    """Each result as a dot with its interval, and the register's figure as a short line of its own."""
    drawn = [
        blocks.Span(
            label,
            line.said,
            line.result.rate if line.result.base >= texts.FEW else None,
            line.result.low,
            line.result.high,
            line.result.base >= texts.UNCERTAIN,
            beside=line.beside,
            explained=". ".join(filter(None, (line.said, line.sure, line.beside))),
            aside=line.registered.met / line.registered.base if line.registered.base >= texts.FEW else None,
        )
        for label, line in rows
    ]
    marks = "Prik og bånd: tilsynet med usikkerhed. Sort streg: registeret for alle sager i rammen."
    return blocks.spans(drawn, f"{about}. {marks}")


def new_round() -> None:
    """The form of a new round; nothing is counted before it is opened."""
    st.session_state["ny_runde"] = st.session_state.get("ny_runde", False)
    folded = st.expander("Ny runde", key="ny_runde", on_change="rerun", icon=":material/add:")
    if not folded.open:
        return
    with folded:
        default = f"Ledelsestilsyn {texts.month(data.view_date)}"
        title = st.text_input("Titel", default, key="runde_titel", max_chars=LONGEST_TITLE, width=WIDE)
        with st.container(horizontal=True):
            first = pick_day("Periode fra", "runde_fra", year_before(data.view_date))
            last = pick_day("til", "runde_til", data.view_date)
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
                "Sager i stikprøven", 1, reviews.MOST, review.DEFAULT_SIZE, key="runde_antal", width=NARROW
            )
            second = st.selectbox(
                "To læser",
                list(review.SECOND),
                index=2,
                format_func=review.SECOND.__getitem__,
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
        delivery = tables.import_number(engine, None)
        assessed = as_known(data.view_date, delivery, asked.cut)
        found = review.frame(assessed, asked)
        population = found.cases.height
        size = min(int(size), population)
        st.markdown(f"**{texts.counts(population, 'sag', 'sager')} i rammen.** {review.can_show(size, population)}")
        if divided := review.strata_words(strata, found.sizes):
            st.caption(f"Delt op: {divided}. Hver del giver sager efter sin størrelse, og mindst én.")
        if not population:
            return
        st.dataframe(review.preview(found, asked, size), hide_index=True, alt="Hvert spørgsmål og hvad det kan vise")
        if st.button(f"Udtræk {texts.counts(size, 'sag', 'sager')}", type="primary", key="udtraek"):
            with notices.beside(InvalidReview):
                saved = review.define(
                    engine,
                    scope,
                    assessed,
                    asked,
                    delivery=delivery,
                    title=title,
                    size=size,
                    seed=int(seed),
                    second_share=second,
                )
                st.session_state[SAVED] = f"{texts.counts(saved.size, 'sag', 'sager')} er udtrukket."
                st.session_state.pop("ny_runde", None)
                st.query_params[ROUND] = str(saved.id)
                st.rerun()


def pick_day(label: str, key: str, day: dt.date) -> dt.date | None:
    """A field for a date up to the newest delivery."""
    return st.date_input(label, day, filters.FIRST_DAY, data.view_date, key=key, format="DD-MM-YYYY", width=NARROW)


def as_known(view_date: dt.date, delivery: int, cut: Cut) -> Assessed:
    """What a frame is made from."""
    return state.as_of(scope, view_date, delivery, (cut.last_day(view_date),))


# --- one round ----------------------------------------------------------------------------------------


def go(round_id: int | None, case: str) -> None:
    """Another part of this page. Not as a link: Streamlit leaves the address as it is on a link to its own page."""
    asked = {ROUND: "" if round_id is None else str(round_id), CASE: case}
    st.query_params.from_dict({key: value for key, value in asked.items() if value})


def way(
    label: str,
    key: str,
    round_: Round | None = None,
    case: str = "",
    *,
    icon: str,
    type: Literal["primary", "tertiary"] = "tertiary",
) -> None:
    """The way to a round, a case of it, or back to all rounds."""
    to = (round_.id if round_ else None, case)
    st.button(label, key=key, type=type, icon=f":material/{icon}:", on_click=go, args=to)


def confirmed() -> None:
    """Say what was saved before the page was drawn anew, once."""
    if said := st.session_state.pop(SAVED, None):
        st.success(texts.plain(said), icon=":material/check:")


def why(round_: Round) -> Why:
    """Why the cases of a round are looked at: that is known, and not asked for."""
    return Why("management_review", round_.title)


def show_round(now: Standing) -> None:
    """One round: how far it is, the cases, and for who sees all centres what it shows."""
    way("Alle runder", "tilbage", icon="arrow_back")
    st.header(texts.plain(now.round.title), anchor=False)
    confirmed()
    st.caption(review.about(now.round))
    if not now.places:
        st.info("Ingen af dine sager er udtrukket til denne runde.", icon=":material/info:")
        return
    st.progress(len(now.read) / now.places, text=review.progress(now))
    if gone := review.gone_words(now):
        st.warning(gone, icon=":material/delete:")
    views = {TO_READ: "Sager", RESULTS: "Resultat", AGREEMENT: "Enighed", WANTING: "Opfølgning"}
    if not whole:
        views = {TO_READ: views[TO_READ], WANTING: views[WANTING]}
    chosen = choices.pick_one(VIEW, "Vis", views)
    {TO_READ: to_read, RESULTS: results, AGREEMENT: agreement, WANTING: wanting}[chosen](now)
    if decides:
        with st.expander("Sådan er sagerne udtrukket"):
            st.markdown(texts.plain(review.drawn_words(now.round)))
            st.caption(review.can_show(now.round.size, sum(now.round.frame_sizes.values())))
            extend(now.round)


def extend(round_: Round) -> None:
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
    st.caption(f"{review.can_show(int(size), population)} De sager, der er udtrukket, bliver i stikprøven.")
    if asked:
        with notices.beside(InvalidReview):
            assessed = as_known(round_.view_date, round_.delivery, Asked.of(round_).cut)
            saved = review.extend(engine, scope, round_, assessed, int(size))
            st.session_state[SAVED] = f"Stikprøven er udvidet fra {round_.size} til {saved.size} sager."
            st.rerun()


def to_read(now: Standing) -> None:
    """The drawn cases, those that are left first, by centre."""
    if not looks.may_list(scope, now.cases["case_id"].to_list(), "tilsyn", why(now.round)):
        return
    st.caption(looks.NOTICE)
    states = now.to_read(scope.user)
    left = [case for case, what in states.items() if what in (review.UNREAD, review.SECOND_READ)]
    if left:
        listed(now, left, states)
    else:
        st.success("Alle sager er læst.", icon=":material/check:")
    done = [case for case in states if case not in set(left)]
    if done:
        with st.expander(f"Læst ({texts.number(len(done))})"):
            listed(now, done, states)


def listed(now: Standing, cases: Sequence[str], states: dict[str, str]) -> None:
    """Cases by centre, a line each, that leads to the form."""
    known = state.assessed(scope).cases
    protected = set(known.filter("protected")["case_id"])
    place = {name: number for number, name in enumerate(data.centers)}
    rows = now.cases.filter(pl.col("case_id").is_in(list(cases)))
    centers = sorted({*rows["center"]}, key=lambda name: (place.get(name or "", len(place)), name or ""))
    for center in centers:
        its = rows.filter(pl.col("center").eq_missing(pl.lit(center)))
        with st.container(gap=None):
            st.markdown(f"**{texts.plain(texts.center(center))}** ({texts.number(its.height)})")
            for position, case in its.select("position", "case_id").iter_rows():
                words = review.STATES[states[case]] + (" · beskyttet" if case in protected else "")
                way(f"**{texts.plain(case)}** · {words}", f"sag_{position}", now.round, case, icon="edit_note")


def results(now: Standing) -> None:
    """What the round shows, question by question, beside the register's figure for the same frame."""
    found = review.lines(now)
    if not now.finished:
        st.info(f"Foreløbigt: {review.progress(now)}.", icon=":material/hourglass_top:")
    if now.left_out:
        st.info(f"Resultatet er {review.LEFT_OUT}.", icon=":material/visibility_off:")
    if unread := review.unread_strata(now):
        st.warning(unread, icon=":material/warning:")
    blocks.show(spans([(line.title, line) for line in found], "Andel ja"))
    about = f"{review.about(now.round)}{f' · {review.LEFT_OUT}' if now.left_out else ''}"
    with st.container(horizontal=True, vertical_alignment="center"):
        exports.offer(
            scope,
            lambda: review.table(found),
            name="ledelsestilsyn",
            about={"Hvad": f"Ledelsestilsyn: {now.round.title}", "Runde": about},
            cases=None,
            key="hent_tilsyn",
        )
    st.dataframe(review.table(found), hide_index=True, alt="Resultatet af hvert spørgsmål, og hvad registeret siger")
    st.caption(
        "Usikkerheden gælder alle sager i rammen, som spørgsmålet er relevant for. Hvor mange det er, vides kun, hvor "
        "nogen har læst; for resten er det registerets svar. »Ikke relevant« og »Kan ikke afgøres« tæller ikke med i "
        "andelen. Andenlæserens svar ændrer ikke resultatet."
    )


def agreement(now: Standing) -> None:
    """How far two who read the same cases agree, and where they do not."""
    both = review.pairs(now)
    if both.is_empty():
        st.info("Ingen sager er læst af to endnu.", icon=":material/info:")
        return
    if not looks.may_list(scope, both["case_id"].to_list(), "tilsyn", why(now.round)):
        return
    st.markdown(f"**{texts.sentence(review.agreement_words(review.agreement(both)))}.**")
    st.caption("Kappa er den enighed, der er ud over det tilfældige: 1 er helt enige, 0 er som ved lodtrækning.")
    with st.container(gap="xsmall"):
        for measure in now.round.measures:
            of_it = both.filter(pl.col("measure") == measure)
            if not of_it.is_empty():
                words = review.agreement_words(review.agreement(of_it))
                st.markdown(f"- {texts.plain(BY_KEY[measure].title)}: {words}")
    rows = review.disagreements(both)
    st.subheader("Forskellige svar", anchor=False)
    if rows.is_empty():
        st.caption("De to har svaret ens på alt.")
        return
    st.dataframe(rows, hide_index=True, placeholder=texts.NONE, column_config=DISAGREED, alt="Svar, der er forskellige")


def wanting(now: Standing) -> None:
    """The cases where the answer was no, and what is done about them."""
    rows = review.to_follow_up(now, reviews.follow_ups(engine, scope, now.round.id))
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
        lambda: review.follow_table(shown),
        name="opfoelgning-paa-tilsyn",
        about={"Hvad": f"Opfølgning: {now.round.title}", "Runde": review.about(now.round)},
        cases=lambda: shown["case_id"].to_list(),
        key="hent_opfoelgning",
        why=why(now.round),
    )
    order = shown.select("case_id", "measure", "state").rows()
    key = "opfoelgning_" + hashlib.sha256(repr((data.version, scope, now.round.id, order)).encode()).hexdigest()[:16]
    st.caption("Vælg en række for at skrive, hvad der er gjort.")
    st.dataframe(
        review.follow_table(shown),
        key=key,
        hide_index=True,
        placeholder=texts.NONE,
        column_config=FOLLOWED,
        on_select="rerun",
        selection_mode="single-row",
        alt="Sager med svaret nej: spørgsmål, note, status og hvad der er gjort",
    )
    for picked in st.session_state.get(key, {}).get("selection", {}).get("rows", [])[:1]:
        if isinstance(picked, int) and 0 <= picked < shown.height:  # what a browser sends can be forged
            follow_up(now.round, shown.row(picked, named=True))


def follow_up(round_: Round, row: dict[str, str]) -> None:
    """What is done about one case that was found wanting."""
    case, measure = row["case_id"], row["measure"]
    key = f"{round_.id}_{hashlib.sha256(repr((scope, case, measure)).encode()).hexdigest()[:12]}"
    with st.container(border=True, width=WIDE), st.form(f"opfoelgning_{key}", border=False, enter_to_submit=False):
        st.markdown(f"**{texts.plain(case)}** · {texts.plain(review.QUESTIONS[measure])}")
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
            saved = reviews.follow_up(engine, scope, round_.id, case, measure, state=chosen, note=note)
            st.session_state[SAVED] = f"Gemt: sag {case}, {FOLLOWED_UP[saved['state'][0]].lower()}."
            st.rerun()


# --- one case -----------------------------------------------------------------------------------------


def show_case(now: Standing, case: str) -> None:
    """One case of a round: the questions for who is to answer them, and afterwards what the register says."""
    way(texts.plain(now.round.title), "tilbage", now.round, icon="arrow_back")
    known = now.cases.filter(pl.col("case_id") == case)
    if known.is_empty():
        looks.refused(scope, case)
        st.warning(reviews.NOT_YOURS, icon=":material/search_off:")
        return
    if not looks.may_list(scope, [case], "tilsyn", why(now.round)):
        return
    with st.container(key="sagshoved", gap="xxsmall"):
        st.header("Sag", anchor=False)
        with st.container(key="sagsnummer"):
            st.text(case)
        st.text(texts.center(known["center"].item()))
    confirmed()
    held = state.assessed(scope).cases.filter("held")["case_id"]
    if case in set(held):
        navigation.onward(navigation.CASE, "Åbn sagsforløbet", {"sag": case})
    what = now.to_read(scope.user)[case]
    if what == review.UNREAD:
        form(now, case, 1)
    elif what == review.SECOND_READ:
        st.info(
            "En anden har læst sagen. Svar uden at kende svarene: de bliver vist, når begge har svaret.",
            icon=":material/visibility_off:",
        )
        form(now, case, 2)
    else:
        answered(now, case, what)


def answered(now: Standing, case: str, what: str) -> None:
    """What was answered, beside what the register says; who answered may correct it until a second has read it."""
    table = review.read_table(now, case)
    rows = [(escape(question), [escape(cell) for cell in cells]) for question, *cells in table.iter_rows()]
    blocks.show(blocks.matrix(table.columns, rows, "Svarene, og hvad registeret siger"))
    following(now, case)
    mine = now.answers.filter((pl.col("case_id") == case) & (pl.col("saved_by") == scope.user))
    if not mine.is_empty() and 2 not in set(now.answers.filter(pl.col("case_id") == case)["reviewer"]):
        with st.expander("Ret svarene"):
            form(now, case, 1, mine)
    elif what == review.DONE:
        st.caption("Svarene er låst, når to har læst sagen; ellers kan kun den, der svarede, rette dem.")


def following(now: Standing, case: str) -> None:
    """The way to the next case to read."""
    states = now.to_read(scope.user)
    left = [each for each, what in states.items() if what in (review.UNREAD, review.SECOND_READ) and each != case]
    if left:
        label = f"Næste sag ({texts.number(len(left))} mangler)"
        way(label, "naeste", now.round, left[0], icon="arrow_forward", type="primary")


def form(now: Standing, case: str, reviewer: int, given: pl.DataFrame | None = None) -> None:
    """The questions. Another case has other fields: nothing answered for one is saved for another."""
    key = hashlib.sha256(repr((scope, now.round.id, case, reviewer)).encode()).hexdigest()[:12]
    before = {} if given is None else {m: (a, n) for m, a, n in given.select("measure", "answer", "note").iter_rows()}
    said: dict[str, tuple[str, str]] = {}
    with st.form(f"tilsyn_{key}", border=True, enter_to_submit=False, width=WIDE):
        st.caption(f"{review.SEVERAL} Periode: {texts.period(now.round.from_on, now.round.to_on)}.")
        for measure in now.round.measures:
            code, note = before.get(measure, (None, ""))
            with st.container(gap="xsmall"):
                answer = st.radio(
                    review.QUESTIONS.get(measure, measure),
                    list(ANSWERED),
                    index=list(ANSWERED).index(code) if code else None,
                    format_func=ANSWERED.__getitem__,
                    horizontal=True,
                    key=f"svar_{measure}_{key}",
                )
                st.caption(f"Gælder: {BY_KEY[measure].base[0].lower()}{BY_KEY[measure].base[1:]}")
                written = st.text_input(
                    "Note",
                    note,
                    key=f"note_{measure}_{key}",
                    max_chars=LONGEST_NOTE,
                    placeholder="Note (kan udelades)",
                    label_visibility="collapsed",
                )
            said[measure] = (answer or "", written)
        asked = st.form_submit_button("Gem svarene", type="primary")
    if asked:
        with notices.beside(InvalidReview):
            saved = reviews.answer(engine, scope, now.round.id, case, said, reviewer=reviewer)
            many = saved.filter(pl.col("reviewer") == reviewer).height
            st.session_state[SAVED] = f"Gemt: {texts.counts(many, 'svar', 'svar')} om sag {case}."
            st.rerun()


every = reviews.rounds(engine, scope)
wanted = st.query_params.get(ROUND, "").strip()
chosen = next((round_ for round_ in every if str(round_.id) == wanted), None)
if chosen is None:
    if wanted:
        st.warning("Runden findes ikke.", icon=":material/search_off:")
    confirmed()
    overview(every)
elif case := st.query_params.get(CASE, "").strip():
    show_case(review.standing(engine, scope, chosen), case)
else:
    show_round(review.standing(engine, scope, chosen))
