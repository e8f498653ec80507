"""The front page's parts: the strip, what to look at first, the tiles of each theme, and where the deviations lie.

A `target` here is the municipality's own, by key of the measure, in force at the end of the period.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl
import streamlit as st

from data_access import handling
from data_access.tables import Scope
from metrics import due_soon
from metrics.assess import BY_KEY, Cut
from metrics.measure import Measure, Theme
from metrics.measures import THEMES, screening
from metrics.summary import Summary, summarise
from metrics.trend import Rebase
from ui import blocks, deviations, figures, navigation, selected, state, texts, tile
from ui import due_soon as said_soon
from ui import handling as handled
from ui.figures import Readings
from ui.navigation import Link
from ui.selected import Notes
from ui.tile import Tile

KEY_MEASURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "screening": tuple(measure.key for measure in screening.THEME.measures),
        "visitation": ("final_visitation", "ap_at_first", "reasoned", "coordination"),
        "sanctions": ("undocumented", "sanctioned_of_undocumented", "decided", "heard"),
        "education_orders": ("order_at_first", "order_followed_up", "education_focus", "duty_assessed"),
        "contact": ("four_a_year", "first_offer", "plan_agreements", "plan_goal"),
        "support": ("mentor", "fixed_contact", "coordinator_assigned", "guide_assessed"),
        "coordination": ("k_wait", "k_named", "agreements_kept", "joint_plan"),
        "progression": ("who5_coverage", "bip_coverage", "long_plan", "duration"),
    }
)
"""Theme -> the measures that have a tile on the front page: all of screening, what the audit judged of the rest."""
FIRST = 3
"""Lines in each list of what to look at first."""
RULES = 12
"""Rules in the picture of where the deviations lie."""
COLOURS: Mapping[texts.Tone, str] = MappingProxyType({"bad": "red", "good": "green", "neutral": "gray"})
"""Tone of a signal -> the page's name of its colour."""


def targets(known: Notes, day: dt.date) -> dict[str, float]:
    """The targets in force on a day, as fractions."""
    return {key: rate for key in BY_KEY if (rate := known.target(key, day)) is not None}


def strip(
    summary: Summary, readings: Readings, targets: Mapping[str, float], listed: pl.DataFrame, soon: pl.DataFrame
) -> list[tuple[str, str, str]]:
    """The plain numbers, what needs a hand first: what is broken and not handled, and what falls due.

    `listed` = the deviations as `deviations.listed`, `soon` = what falls due as `metrics.due_soon`.
    """
    share = summary.deviating_share
    deviating = f"hos {texts.number(summary.deviating)} unge"
    if share is not None and summary.youths >= texts.FEW:
        deviating += f" ({texts.percent(share)})"
    deviating += f", {texts.number(summary.latest)} i seneste måned"
    short, wanted = behind_targets(readings, targets)
    worse, judged = behind_country(readings)
    own = ("Tydeligt dårligere end eget mål", texts.counted(len(short), wanted), "nøgletal med et mål")
    return [
        ("Unge i udsnittet", texts.number(summary.youths), f"{texts.number(summary.open_now)} har en åben sag nu"),
        ("Overskredet, kan stadig gøres", texts.number(summary.actionable), "i åbne sager, uanset periode"),
        ("Forfalder inden 7 dage", *said_soon.within_a_week(soon)),
        ("Afvigelser", texts.number(summary.deviations), deviating),
        ("Uhåndterede afvigelser", *deviations.unhandled(listed)),
        *([own] if wanted else []),
        ("Tydeligt dårligere end landet", texts.counted(len(worse), judged), "sammenlignelige nøgletal"),
    ]


@dataclass(frozen=True, eq=False)
class Gap:
    """A measure that is clearly worse than what it is held against."""

    measure: Measure
    words: str
    """`71 % (142 af 200), mål 95 %`."""
    distance: float
    """As a fraction."""


def behind_targets(readings: Readings, targets: Mapping[str, float]) -> tuple[list[Gap], int]:
    """The measures that are clearly worse than their own target, farthest from it first; and how many were judged."""
    judged = []
    for key, target in targets.items():
        measure, figure = BY_KEY[key], readings.now[key]
        verdict = figures.judge_target(measure, figure, target)
        judged.append((verdict, _gap(measure, figure.met, figure.base, target, texts.target(target))))
    return _worse(judged)


def behind_country(readings: Readings) -> tuple[list[Gap], int]:
    """The measures that are clearly worse than the country, farthest from it first; and how many were judged.

    A share that is neither good nor bad is not among them, however far from the country it is.
    """
    judged = []
    for measure in BY_KEY.values():
        benchmark = figures.national(measure)
        if benchmark is None or figures.tone(measure, "low") == "neutral":
            continue
        figure = readings.now[measure.key]
        base = figure.audit_base if benchmark.audit else figure.base
        words = f"landet {texts.percent(benchmark.rate)}"
        judged.append(
            (figures.judge(measure, figure, benchmark), _gap(measure, figure.met, base, benchmark.rate, words))
        )
    return _worse(judged)


def _gap(measure: Measure, met: int, base: int, against: float, words: str) -> Gap:
    distance = abs(met / base - against) if base else 0.0
    return Gap(measure, f"{texts.rate_with_base(met, base)}, {words}", distance)


def _worse(judged: Sequence[tuple[texts.Verdict, Gap]]) -> tuple[list[Gap], int]:
    fit = [(verdict, gap) for verdict, gap in judged if verdict.standing not in ("few", "not_comparable")]
    worse = sorted((gap for verdict, gap in fit if verdict.tone == "bad"), key=lambda gap: -gap.distance)
    return worse, len(fit)


@dataclass(frozen=True)
class Box:
    """One bordered list on the front page: its heading, and what there is of words, links and a picture."""

    key: str
    title: str
    words: str = ""
    links: tuple[Link, ...] = ()
    picture: str = ""
    """As HTML."""
    last: tuple[Link, ...] = ()
    """Below the picture."""
    more: tuple[Link, ...] = ()
    """Folded."""
    more_label: str = ""

    def show(self, heading: Callable[..., object]) -> None:
        """Draw it under a heading of Streamlit's: `st.header` or `st.subheader`."""
        with st.container(key=self.key, border=True, height="stretch", gap="xsmall"):
            heading(self.title, anchor=False)
            if self.words:
                st.markdown(self.words)
            for link in self.links:
                link.show()
            if self.picture:
                blocks.show(self.picture)
            for link in self.last:
                link.show()
            if self.more:
                with st.expander(self.more_label, type="compact"):
                    for link in self.more:
                        link.show()


@dataclass(frozen=True)
class Front:
    """All that the front page says, in words and pictures: what is left is to put it on the page."""

    strip: str
    """As HTML."""
    first: tuple[Box, ...]
    themes: tuple[tuple[Theme, tuple[Tile, ...]], ...]
    caption: str
    where: tuple[Box, ...]


def front(scope: Scope) -> Front | None:
    """The front page of what is chosen; None: nobody is in it. Made once a selection and kept for all sessions."""
    known, chosen = selected.notes(scope), selected.cut()
    own = tuple(targets(known, chosen.date_to).items())
    written = handling.written(state.engine(), scope)
    return _front(state.current(scope), selected.eyes(scope), chosen, known.rebases(), own, written)


@state.lets_go
@st.cache_resource(show_spinner=False, max_entries=200)
def _front(
    data: state.Data,
    scope: Scope,
    chosen: Cut,
    rebases: tuple[Rebase, ...],
    own: tuple[tuple[str, float], ...],
    written: tuple[int, int],
) -> Front | None:
    assessed = selected.judged(data, scope, chosen)
    summary = summarise(assessed, chosen, data.centers)
    if not summary.youths:
        return None
    readings, targets = selected.read(data, scope, chosen, rebases), dict(own)
    soon = due_soon.due_soon(assessed, chosen)
    centers = [name for name in data.centers if chosen.centers is None or name in chosen.centers]
    listed = handled.listed(scope, chosen)
    return Front(
        blocks.strip(strip(summary, readings, targets, listed, soon)),
        (_overdue(summary), _soon(soon, centers), _unexpected(readings), _behind(readings, targets)),
        tuple(
            (theme, tuple(tile.make(BY_KEY[key], theme, readings, targets.get(key)) for key in KEY_MEASURES[theme.key]))
            for theme in THEMES
        ),
        _caption(targets),
        _where(summary),
    )


def show(front: Front) -> None:
    """Draw the front page."""
    blocks.show(front.strip)
    with st.grid(4, min_column_width=270, key="foerst"):
        for box in front.first:
            box.show(st.header)
    for theme, tiles in front.themes:
        _show_theme(theme, tiles)
    st.caption(front.caption)
    st.header("Hvor ligger afvigelserne?", anchor=False)
    for column, box in zip(st.columns(2, gap="small"), front.where, strict=True):
        with column:
            box.show(st.subheader)


def _caption(targets: Mapping[str, float]) -> str:
    own = "Ubrudt linje og »mål«: kommunens eget mål. " if targets else ""
    return (
        f"Prikket linje og »landet«: fokusrevisionen, december 2021. Et benchmark, ikke et mål. {own}"
        "Rombe: uden for det forventede."
    )


def _overdue(summary: Summary) -> Box:
    links = []
    for key, count, oldest in summary.overdue.head(FIRST).iter_rows():
        words = f"{texts.counts(count, 'sag', 'sager')}, ældste {texts.days(oldest)} over"
        query = {"regel": key, "udfald": "overdue", "sagsstatus": "open", "tid": "alle"}
        links.append(Link(navigation.DEVIATIONS, f"**{BY_KEY[key].breach}** {words}", query))
    nothing = "" if links else "Ingen overskredne frister i åbne sager."
    return Box("foerst_naas", "Kan stadig gøres", nothing, tuple(links))


def _soon(soon: pl.DataFrame, centers: Sequence[str]) -> Box:
    """What falls due by rule, and per centre; where there is one centre only, per team."""
    key, title = "foerst_snart", "Forfalder snart"
    if soon.is_empty():
        return Box(key, title, "Ingen frister forfalder de næste 14 dage.")
    by, order = ("center", centers) if len(centers) > 1 else ("team", ())
    return Box(
        key,
        title,
        links=tuple(
            Link(navigation.DUE_SOON, words, {"frist": rule}) for rule, words in said_soon.by_rule(soon, FIRST)
        ),
        picture=blocks.bars(said_soon.bars(soon, by, order), said_soon.CAPTION),
        last=(Link(navigation.DUE_SOON, f"Se {texts.counts(soon.height, 'frist', 'frister')}"),),
    )


def _unexpected(readings: Readings) -> Box:
    found = figures.unexpected(readings)
    nothing = ""
    if not found:
        judged = sum(points["low"].null_count() < points.height for points in readings.points.values())
        nothing = texts.nothing_unexpected(judged, len(readings.points))
    links = tuple(
        Link(
            navigation.theme_file(theme_of(measure)),
            f"**:{COLOURS[signal.tone]}[{signal.sign}] {measure.title}** {texts.sentence(signal.text)}",
        )
        for measure, signal in found
    )
    more = links[FIRST:]
    label = texts.counts(len(more), "nøgletal mere", "nøgletal mere")
    return Box("foerst_uventet", "Uventet udvikling", nothing, links[:FIRST], more=more, more_label=label)


def behind(readings: Readings, targets: Mapping[str, float]) -> list[Gap]:
    """Those behind their own target, farthest first; then those behind the country that are not named yet."""
    short, worse = behind_targets(readings, targets)[0], behind_country(readings)[0]
    named = {gap.measure for gap in short}
    return [*short, *(gap for gap in worse if gap.measure not in named)]


def _behind(readings: Readings, targets: Mapping[str, float]) -> Box:
    found, nothing = behind(readings, targets), ""
    if not found:
        judged = behind_targets(readings, targets)[1] + behind_country(readings)[1]
        nobody = f"Ingen nøgletal er tydeligt dårligere end {'mål eller land' if targets else 'landet'}."
        nothing = nobody if judged else "For få sager til at sammenligne."
    links = (
        Link(navigation.theme_file(theme_of(gap.measure)), f"**{gap.measure.title}** {gap.words}")
        for gap in found[:FIRST]
    )
    return Box("foerst_landet", "Længst fra mål og land" if targets else "Længst efter landet", nothing, tuple(links))


def theme_of(measure: Measure) -> Theme:
    """The theme that a measure belongs to."""
    return next(theme for theme in THEMES if measure in theme.measures)


def _show_theme(theme: Theme, tiles: Sequence[Tile]) -> None:
    """The theme's tiles and the way to its page."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key=f"tema_{theme.key}"
    ):
        st.header(theme.title, anchor=False, width="content")
        navigation.onward(navigation.theme_file(theme), f"Alle {len(theme.measures)} nøgletal")
    with st.grid(4, min_column_width=250, key=f"fliser_{theme.key}"):
        for one in tiles:
            one.show()


def _where(summary: Summary) -> tuple[Box, ...]:
    """Where the deviations lie: per centre for each hundred youths, and per rule."""
    caption = "Afvigelser pr. 100 unge i centret. Rækkefølgen er organisationens, ikke en rangliste."
    centers = Box("hvor_center", "Pr. center", picture=blocks.bars(by_center(summary.by_center), caption))
    key, title = "hvor_regel", "Pr. regel"
    if not summary.deviations:
        return centers, Box(key, title, "Ingen afvigelser i udsnittet.")
    more = len(summary.by_rule) - RULES
    caption = "Antal afvigelser" + (f", de {RULES} regler med flest; {more} har færre." if more > 0 else ".")
    every = texts.counts(summary.deviations, "afvigelse", "afvigelser")
    label = f"Se {'alle ' if summary.deviations > 1 else ''}{every}"
    bars = blocks.bars(by_rule(summary.by_rule), caption)
    return centers, Box(key, title, picture=bars, last=(Link(navigation.DEVIATIONS, label),))


def by_center(rows: pl.DataFrame) -> list[blocks.Bar]:
    """Each centre's deviations per hundred youths; on fewer than ten youths the counts only, without a bar."""
    bars = []
    columns = ("center", "youths", "deviations", "per_hundred")
    for center, youths, count, per_hundred in rows.select(columns).iter_rows():
        said = f"{texts.number(count)} hos {texts.number(youths)} unge"
        enough = youths >= texts.UNCERTAIN
        bars.append(
            blocks.Bar(
                texts.center(center),
                per_hundred if enough else 0,
                f"{texts.number(per_hundred)} ({said})" if enough else said,
                "god",
            )
        )
    return bars


def by_rule(rows: pl.DataFrame) -> list[blocks.Bar]:
    """The rules with the most deviations."""
    found = rows.head(RULES).select("measure", "deviations").iter_rows()
    return [blocks.Bar(BY_KEY[key].breach, count, texts.number(count), "god") for key, count in found]
