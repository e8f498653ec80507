"""Ledelsestilsyn: all rounds, what they have shown of each question over time, and the way to a new one."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from data_access.reviews import Round
from data_access.tables import Scope
from metrics.assess import BY_KEY
from metrics.review import QUESTIONS as JUDGED
from ui import blocks, state, texts
from ui.review import new_round, results, sample, standing
from ui.review.results import Line
from ui.review.standing import Standing
from ui.review.ways import WIDE, way

MOST_ROUNDS = 6
"""Rounds beside each other in the table over time."""


def show(scope: Scope, every: Sequence[Round]) -> None:
    """The rounds over time, what they showed, and the way to a new one."""
    st.markdown(
        "En stikprøve af sager bliver læst og bedømt. Det viser, om registeret siger sandheden om det, der kræver et "
        "skøn."
    )
    whole = scope.centers is None
    found = [standing.read(state.engine(), scope, round_) for round_ in every]
    mine = [now for now in found if whole or now.places]
    if not mine:
        st.info(
            "Der er ikke lavet en runde endnu." if whole else "Ingen af dine sager er udtrukket til et tilsyn.",
            icon=":material/info:",
        )
    with st.container(key="tilsynsrunder", gap="small"):
        for now in mine:
            with st.container(gap=None):
                label = f"**{texts.plain(now.round.title)}** · {standing.progress(now)}"
                way(label, f"aabn_{now.round.id}", now.round, icon="checklist")
                st.caption(sample.about(now.round))
    if whole:
        _over_time(mine)
        if scope.may("decide"):
            new_round.form(scope)


def _over_time(found: Sequence[Standing]) -> None:
    """What the rounds have shown of each question, the oldest first."""
    lines = {now.round.id: {line.measure: line for line in results.lines(now)} for now in found}
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
        st.caption(f"Resultaterne er {standing.LEFT_OUT}.")
    newest = list(reversed(found[:MOST_ROUNDS]))
    with st.expander("Alle spørgsmål som tabel"):
        head = ["Spørgsmål", *(now.round.title for now in newest)]
        rows = [
            (escape(BY_KEY[key].title), [_told(lines[now.round.id].get(key)) for now in newest]) for key in measures
        ]
        blocks.show(blocks.matrix(head, rows, "Andel ja i tilsynet"))
        if len(found) > MOST_ROUNDS:
            st.caption(f"De {texts.number(MOST_ROUNDS)} nyeste af {texts.number(len(found))} runder.")


def _told(line: Line | None) -> str:
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
