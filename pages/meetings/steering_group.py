"""Styregruppen: the month in five numbers, what has moved since the last one, and what became of the decisions."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

import polars as pl
import streamlit as st

from data_access import decisions as kept
from data_access import published
from data_access.published import Publication
from metrics import moved as split
from metrics.assess import PROTECTED
from ui import access, blocks, choices, decisions, deviations, exports, looks, moved, navigation, state, texts
from ui import published as months
from ui.decisions import Line
from ui.moved import Month, Moves, Story
from ui.report import compose
from ui.report.pack import Number, Pack

MONTH, BESIDE, OPEN = "maaned", "ved", "sager"
BEFORE, KNOWN = "foer", "nu"
NAMELESS = f"{PROTECTED} 0"
"""Stands in the log's count for a case whose number may not be known."""
DRAWN = 6
"""So many of those that moved most are drawn; the others are told."""
scope = access.guard("published")
data, engine = state.current(scope), state.engine()
inside = scope.may("figures")
COLUMNS = {
    name: st.column_config.DateColumn(heading, format="DD-MM-YYYY", width=110)
    if name in ("on", "done", "was_on", "was_done")
    else st.column_config.TextColumn(heading, pinned=name == "case", width=220 if name == "center" else 150)
    for name, heading in moved.HEADINGS.items()
}
done = published.versions(engine, scope)
if not done:
    st.info(
        "Der er ikke offentliggjort tal endnu. Styregruppens måned begynder med den første måned, som "
        "ungekoordinatoren offentliggør på siden Månedens tal.",
        icon=":material/info:",
    )
    navigation.onward(navigation.PUBLISHED, "Månedens tal")
    st.stop()


def judged(publication: Publication) -> Month:
    """A month as it was judged when it was published."""
    return Month(publication.month, publication.view_date, publication.delivery)


def cells(publication: Publication) -> pl.DataFrame:
    """What was published of a month, as this user may see it."""
    return published.cells(engine, scope, publication.month, state.own(scope, publication), publication.version)


def tiles(five: tuple[Number, ...]) -> None:
    """The chairman's five numbers."""
    with st.grid(5, min_column_width=210, key="fem_tal"):
        for number in five:
            with st.container(border=True, height="stretch", key=f"tal_{number.key}"):
                blocks.show(tile(number))


def tile(number: Number) -> str:
    """One of them, with what it has moved and what it stands beside."""
    verdict = f'<span class="maerke {number.tone}">{escape(texts.sentence(number.verdict))}</span> '
    beside = f'<span class="stille">{escape(number.beside)}</span>'
    return (
        f'<div class="flise"><h2>{escape(number.title)}</h2>'
        f'<p class="tal"><strong>{escape(number.said)}</strong> <span>{escape(number.base.strip("()"))}</span></p>'
        f'<p class="stille">{escape(number.change) or "&nbsp;"}</p>'
        f'<p class="dom">{verdict if number.verdict else ""}{beside}</p></div>'
    )


# --- what has moved -----------------------------------------------------------------------------------


def what_moved(then: Month, now: Month, before: Publication, after: Publication | None) -> tuple[list[Story], Moves]:
    """Every measure with what moved it, in this user's own figures, from what was published where it is shown."""
    found = state.moves(scope, then, now)
    was = moved.totals(found.then) | moved.frozen(cells(before), scope.centers)
    is_ = moved.totals(found.now) | (moved.frozen(cells(after), scope.centers) if after else {})
    return moved.stories(split.recounted(split.split(found.units), was, is_), was, is_), found


def what_was_told(before: Publication, after: Publication) -> list[Story]:
    """Every measure with what was published of what moved it, and nothing else."""
    was, is_ = moved.frozen(cells(before), None), moved.frozen(cells(after), None)
    return moved.stories(published.moves(engine, scope, after.month, after.version), was, is_)


def opened(story: str, widget: str) -> None:
    """Keep which list is open in the address."""
    part = st.session_state[widget]
    if part:
        st.query_params[OPEN] = f"{story}.{part}"
    else:
        st.query_params.pop(OPEN, None)


def lists(story: Story, found: Moves | None) -> None:
    """The parts of a measure that may be opened, and the list of the one that is."""
    if found is None or not scope.may("cases") or not (parts := moved.offered(story, found.units)):
        return
    widget = f"dele_{story.key}"
    measure, _, part = (choices.asked(OPEN) or [""])[0].partition(".")
    st.session_state[widget] = part if measure == story.key and part in parts else None
    picked = st.pills(
        "Se sagerne",
        list(parts),
        format_func=parts.__getitem__,
        key=widget,
        on_change=opened,
        args=(story.key, widget),
    )
    if picked:
        cases(story, picked, found)


def cases(story: Story, part: str, found: Moves) -> None:
    """The list behind a part, asked and logged before it is drawn."""
    rows = moved.listed(found.units, story.key, part)
    shown = rows.head(deviations.MOST)
    if not looks.may_list(scope, shown["case_id"].fill_null(NAMELESS).to_list(), "flyttet"):
        return
    looks.said(scope)
    st.caption(f"{moved.PARTS[part]}: {moved.MEANINGS[part]}")
    held = set(state.assessed(scope).cases.filter("held")["case_id"])
    key = choices.key_of("flyttet", scope, story.key, part, shown.select("unit_id", "center"))
    for place in choices.rows(key, shown.height):
        if shown["case_id"][place] in held:
            navigation.to_case(shown["case_id"][place], "åbn sagsforløbet")
    st.dataframe(
        moved.table(shown),
        key=key,
        hide_index=True,
        placeholder=texts.NONE,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="single-row",
        alt=f"{story.title}, {moved.PARTS[part]}: sag, hvad den var og er, datoer og center",
    )
    if len(rows) > len(shown):
        st.caption(texts.listed(len(shown), len(rows)))


def show(told: list[Story], found: Moves | None, then: str, now: str) -> None:
    """What moved most as steps, the others as lines, and which did not move."""
    moving = [story for story in told if story.parts]
    if not moving:
        st.success("Ingen af tallene har flyttet sig.", icon=":material/check:")
        return
    with st.expander("Hvad betyder delene?"):
        st.markdown("\n".join(f"- **{moved.PARTS[part]}**: {words}" for part, words in moved.MEANINGS.items()))
        st.markdown(
            "»+3 af +5«: tre flere er talt som overholdt eller ja, og fem flere er med i grundlaget. Delene giver "
            "tilsammen præcis ændringen."
        )
    open_now = {choice.partition(".")[0] for choice in choices.asked(OPEN)} if found else set()
    for number, (wide, part) in enumerate(groupby(moving[:DRAWN], lambda story: story.key in open_now)):
        # what has its list open takes the whole width
        with st.container(key=f"aaben_{number}") if wide else st.grid(2, min_column_width=330, key=f"mest_{number}"):
            for story in part:
                with st.container(border=True, height="stretch", key=f"maaling_{story.key}"):
                    blocks.show(moved.steps(story, then, now))
                    lists(story, found)
    if others := moving[DRAWN:]:
        with st.expander(
            f"{texts.counts(len(others), 'andet nøgletal', 'andre nøgletal')} har flyttet sig",
            expanded=bool(open_now & {story.key for story in others}),
        ):
            for story in others:
                with st.container(key=f"maaling_{story.key}", gap="xsmall"):
                    st.markdown(f"**{story.title}**: {texts.plain(story.said)}")
                    st.caption(texts.plain(story.why))
                    lists(story, found)
    if still := [story for story in told if not story.parts]:
        with st.expander(f"{texts.counts(len(still), 'nøgletal', 'nøgletal')} uden ændring"):
            st.markdown(texts.plain(moved.unmoved(still)))


def moves(publication: Publication) -> None:
    """What has moved, and since when."""
    st.header("Hvad har flyttet sig", anchor=False)
    before = months.compared_with(done, publication.month)
    month = texts.month(publication.month)
    views = {} if before is None else {BEFORE: f"Siden {texts.month(before.month)}"}
    if inside:
        views[KNOWN] = "Som kendt nu"
    if not views:
        st.info(
            f"{texts.sentence(month)} er den første måned, der er offentliggjort. Når den næste er det, står her, hvad "
            "der har flyttet tallene.",
            icon=":material/info:",
        )
        return
    with st.container(key="flyttet_ved"):
        view = choices.pick_one(BESIDE, "Ved siden af", views) if len(views) > 1 else next(iter(views))
    if view == KNOWN:
        st.caption(
            f"{texts.sentence(month)} som offentliggjort (leverance {publication.delivery}) ved siden af den samme "
            "måned, som den er kendt i dag: hvad der er registreret senere, rettet eller udgået siden."
        )
        told, found = what_moved(
            judged(publication), Month(publication.month, publication.view_date, None), publication, None
        )
        show(told, found, "Offentliggjort", "Som kendt nu")
        return
    assert before is not None
    corrected = f" (version {before.version})" if before.version > 1 else ""
    st.caption(
        f"{texts.sentence(texts.month(before.month))}{corrected} til {month}, begge som offentliggjort. Størst ændring "
        f"øverst; nøgletal med under {moved.SURE} i grundlaget til sidst."
    )
    names = texts.sentence(texts.month(before.month)), texts.sentence(month)
    if scope.centers:
        st.caption(f"Delt op er kun {texts.plain(', '.join(scope.centers))}; tallene øverst er hele kommunens.")
    if inside:
        told, found = what_moved(judged(before), judged(publication), before, publication)
        show(told, found, *names)
        return
    st.caption(
        f"Vist er det, der kan vises uden at sige noget om enkelte unge: en del handler om ingen eller mindst "
        f"{publication.threshold}. »Resten« er for få til at dele op."
    )
    show(what_was_told(before, publication), None, *names)


def decided(publication: Publication, pack: Pack) -> Sequence[Line]:
    """The decisions: as they stand today beside the newest month, as they stood then beside an older one."""
    if publication.month != max(each.month for each in done):
        return pack.lines
    every = kept.decisions(engine, scope)
    series = decisions.series(engine, scope, every, data.view_date, lambda each: state.own(scope, each))
    return decisions.lines(every, series, data.view_date)


# --- the page -----------------------------------------------------------------------------------------

standing = published.months(engine, scope)
names = {texts.month(publication.month): publication for publication in standing}
with st.container(horizontal=True, vertical_alignment="bottom", key="maanedsvalg"):
    chosen = st.selectbox("Måned", list(names), key=MONTH, bind="query-params", filter_mode=None, width=200)
    publication = names[chosen]
    exports.offer_pack(scope, publication, state.own(scope, publication), "hent_materialet")
    navigation.onward(navigation.PUBLISHED, "Månedens tal", {MONTH: chosen})
version = f" Version {publication.version}: {publication.reason}" if publication.version > 1 else ""
st.caption(texts.plain(months.published_words(publication, cells(publication)) + version))
pack = compose.pack(engine, scope, publication.month, state.own(scope, publication), version=publication.version)
tiles(pack.five)
if pack.signals:
    st.markdown("\n".join(f"- {texts.plain(words)}" for words in pack.signals))
moves(publication)

st.header("Beslutninger", anchor=False)
if lines := decided(publication, pack):
    st.markdown(f"**{decisions.summary(lines)}**")
    for line in [line for line in lines if line.open]:
        with st.container(border=True, gap="xsmall", key=f"beslutning_{line.number}"):
            st.markdown(f"**{texts.plain(line.title)}** :gray-badge[{line.state}]")
            st.caption(texts.plain(f"{line.who} · {line.by_when} · {line.where}"))
            if line.since:
                st.markdown(texts.plain(f"{line.aims} {line.since}"))
else:
    st.markdown("Ingen beslutninger endnu.")
navigation.onward(navigation.DECISIONS, "Alle beslutninger")
if said := kept.comments(engine, scope, publication.month):
    st.header("Bemærkninger", anchor=False)
    for comment in said:
        st.markdown(f"**{texts.plain(decisions.titled(comment.measure))}**: {texts.plain(comment.text)}")
