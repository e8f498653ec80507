"""The parts of the material: themes, fields and the audit, how many, what moved, and what was decided."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access import decisions, published
from data_access.published import Publication
from data_access.tables import Scope
from metrics.assess import BY_KEY
from metrics.disclosure import FIGURES
from metrics.measures import THEMES
from ui import figures, texts
from ui import published as months
from ui.decisions import COUNTED, Line, follow, summary
from ui.decisions import lines as in_words
from ui.moved import MEANINGS, PARTS, SURE, UNDIVIDED, Story, frozen, stories
from ui.report.figures import Month, against, named_month
from ui.report.pack import Cell, Change, Definition, Figure, Section, Shown, Table
from ui.targets import WHOLE
from ui.texts import Tone

FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Uddannelse og vejledning": (
            "Er de unge på vej mod en uddannelse, og bliver der fulgt op?",
            (
                "literacy_test",
                "order_at_first",
                "order_followed_up",
                "order_fulfilled",
                "education_focus",
                "plan_goal",
                "duty_assessed",
                "handed_over",
                "dropout_contact",
            ),
        ),
        "Beskæftigelse": (
            "Får de unge samtaler, tilbud og hjælp til job?",
            (
                "first_interview",
                "final_visitation",
                "four_a_year",
                "first_offer",
                "offer_assessed",
                "registered_jobseeker",
                "joblog",
                "cv_available",
                "job_discussed",
            ),
        ),
        "Det sociale område": (
            "Får de unge støtte, også ved siden af et tilbud?",
            (
                "mentor",
                "social_parallel",
                "health_parallel",
                "fixed_contact",
                "coordinator_assigned",
                "guide_assessed",
            ),
        ),
        "Familieområdet": (
            "Familieområdet har ingen nøgletal for sig. Her er det, som det er fælles med de andre om.",
            ("long_plan", "joint_plan", "plan_quality", "coordination", "k_wait", "k_named"),
        ),
    }
)
"""The four fields of a key-figure report -> what is asked, and the measures that answer."""

GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Målgruppe og indsatsgruppe": ("Hvor mange er de?", ("target_group", "intervention_group")),
        "Tilbud og støtte": (
            "Hvilke tilbud er begyndt, og hvor mange har været på et møde? En sag tæller én gang for hver art.",
            ("offers_begun", "k_meetings"),
        ),
        "Resultater": (
            "Hvad lever de unge af, når der er gået 3, 6 og 12 måneder? Tallene siger ikke, hvad der var årsagen.",
            ("after_start", "after_k_meeting", "after_guide"),
        ),
        "Trivsel og parathed": (
            "Målingerne af trivsel (WHO-5) og af vejen mod job og uddannelse (BIP) er mange om hver af nogle få unge. "
            "De bliver derfor ikke offentliggjort, men kan ses i huset på siden Trivsel, progression og resultater.",
            (),
        ),
    }
)
"""The counts of a key-figure report: heading -> what it says, and how the keys of its distributions begin."""

ABREAST = 5
"""So many centres are beside each other in a table."""
HALF_YEARS = 6
"""So many are set beside each other, the newest."""


def theme_parts(every: Mapping[str, Figure], now: Month, places: Sequence[str | None]) -> list[Section]:
    """Every theme of the catalogue with its measures; what is no longer in it comes last."""
    parts = [(theme.title, theme.lead, [measure.key for measure in theme.measures]) for theme in THEMES]
    parts.append(
        ("Udgåede nøgletal", "Nøgletal, der ikke er i kataloget længere.", [k for k in every if k not in BY_KEY])
    )
    return [
        _section(title, lead, [every[key] for key in keys if key in every], now, by_center=True)
        for title, lead, keys in parts
        if any(key in every for key in keys)
    ]


def field_parts(every: Mapping[str, Figure], now: Month) -> list[Section]:
    return [
        _section(title, lead, [every[key] for key in keys if key in every], now, by_center=False)
        for title, (lead, keys) in FIELDS.items()
    ]


def _section(title: str, lead: str, found: Sequence[Figure], now: Month, *, by_center: bool) -> Section:
    tables = [_of_whole(found)]
    divided = [figure for figure in found if figure.centers]
    alone = [figure.title for figure in found if not figure.centers]
    if by_center and divided:
        note = ""
        if alone:
            note = f"Kun vist for hele kommunen, fordi der er for få til at dele op: {'; '.join(alone)}."
        tables += _of_centers(divided, note)
    return Section(
        title,
        (lead,),
        tuple(found),
        tuple(tables),
        tuple((figure.title, figure.comment) for figure in found if figure.comment),
        definitions=tuple(_definition(figure, now) for figure in found),
    )


def _rated(shown: Shown, tone: Tone = "neutral") -> Cell:
    return Cell(shown.said, shown.note, tone, shown.rate)


def _share(rate: float | None) -> Cell:
    return Cell(texts.NONE if rate is None else texts.set_rate(rate), value=rate)


def _of_whole(found: Sequence[Figure]) -> Table:
    rows = tuple(
        (
            Cell(figure.title),
            _rated(figure.whole),
            _changed(figure.change),
            _share(figure.target),
            _country(figure.key),
            Cell(texts.sentence(figure.verdict) or texts.NONE, tone=figure.tone),
        )
        for figure in found
    )
    since = next((f"Siden {figure.change.since}" for figure in found if figure.change), "Ændring")
    headings = ("Nøgletal", WHOLE, since, "Mål", "Landet", "Vurdering")
    return Table(WHOLE, headings, rows, wide=(34, 16, 16, 8, 11, 15))


def _changed(change: Change | None) -> Cell:
    if change is None or not change.short:
        return Cell(texts.NONE)
    return Cell(change.short) if change.value is None else Cell(change.short, change.words, value=change.value)


def _country(key: str) -> Cell:
    measure = BY_KEY.get(key)
    national = figures.national(measure) if measure else None
    if measure is None or national is None:
        return Cell(texts.NONE)
    return Cell(
        texts.percent(national.rate),
        "" if figures.reference(measure) is not None else "opgjort anderledes",
        value=national.rate,
    )


def _of_centers(divided: Sequence[Figure], note: str) -> list[Table]:
    """The centres beside each other, no more of them in a table than there is room for."""
    names = [shown.place for shown in max((figure.centers for figure in divided), key=len)]
    by_name = [{shown.place: shown for shown in figure.centers} for figure in divided]
    tables = []
    for begin in range(0, len(names), ABREAST):
        some = names[begin : begin + ABREAST]
        rows = tuple(
            (Cell(figure.title), *(_rated(here[name]) if name in here else Cell(texts.NONE) for name in some))
            for figure, here in zip(divided, by_name, strict=True)
        )
        part = f" ({begin // ABREAST + 1} af {-(-len(names) // ABREAST)})" if len(names) > ABREAST else ""
        tables.append(Table(f"Centrene{part}", ("Nøgletal", *some), rows, numbers=True, note=note))
    return tables


def _definition(figure: Figure, now: Month) -> Definition:
    kept, measure = now.publication.rules.get(figure.key), BY_KEY.get(figure.key)
    lines = [("Lov", figure.law)] if figure.law else []
    if kept:
        lines = [("Regel", kept.rule), ("Grundlag", kept.base), *lines]
    elif measure:
        lines = [("Regel", measure.rule), ("Grundlag", measure.base), *lines]
    if measure:
        lines += [(f"Sammenligning, {each.area}", texts.benchmark(each)) for each in measure.benchmarks]
        if measure.lower_is_better:
            lines.append(("Læs det sådan", "Lav er bedst."))
    return Definition(figure.key, figure.title, tuple(lines))


def audit_parts(every: Mapping[str, Figure], now: Month) -> list[Section]:
    """Every measure that the focus audit has a figure for, theme by theme."""
    sections = []
    for theme in THEMES:
        found = [every[m.key] for m in theme.measures if m.key in every and m.benchmarks]
        if found:
            plain = _section(theme.title, theme.lead, found, now, by_center=False)
            sections.append(replace(plain, figures=tuple(found), tables=(_beside_audit(found),)))
    return sections


def _beside_audit(found: Sequence[Figure]) -> Table:
    rows = []
    for figure in found:
        measure = BY_KEY[figure.key]
        by_area = {each.area: each for each in measure.benchmarks}
        told = [
            (each.area, verdict)
            for each in by_area.values()
            if (verdict := against(measure, figure.whole, each)) is not None
        ]
        words = " ".join(f"{texts.sentence(verdict.text)}." for _, verdict in told)
        tone: Tone = next((verdict.tone for area, verdict in told if area == "hele landet"), "neutral")
        rows.append(
            (
                Cell(figure.title),
                _rated(figure.whole),
                *(
                    Cell(texts.percent(by_area[area].rate), value=by_area[area].rate)
                    if area in by_area
                    else Cell(texts.NONE)
                    for area in ("hele landet", "Rebild")
                ),
                Cell(words or texts.NONE, tone=tone),
            )
        )
    headings = ("Nøgletal", "Kommunen", "Landet 2021", "Rebild 2021", "Vurdering")
    return Table("", headings, tuple(rows), wide=(32, 16, 11, 11, 30))


WHOLE_ONLY = (
    "Vises kun for dem, der ikke kender enkelte centres egne tal: ellers kunne de andre centres regnes ud af det."
)


def count_parts(counted: Sequence[pl.DataFrame], scope: Scope, ends: Sequence[dt.date]) -> list[Section]:
    """The counts of the half years that end with some months beside each other, by what they are about."""
    if scope.centers:
        return [Section("Målgruppe, indsatsgruppe og resultater", (WHOLE_ONLY,))]
    by_month = [
        {(row["figure"], row["value"]): row["count"] for row in frame.iter_rows(named=True)}
        for frame in counted[-HALF_YEARS:]
    ]
    there = {figure for found in by_month for figure, _ in found}
    headings = ("Antal", *(half_year(month) for month in ends[-HALF_YEARS:]))
    sections = []
    for title, (lead, begins) in GROUPS.items():
        tables = []
        for begin in begins:
            found = [figure for key, figure in FIGURES.items() if key.startswith(begin) and key in there]
            rows = tuple(
                (
                    Cell(label if len(found) == 1 else f"{one.title}: {label[:1].lower()}{label[1:]}"),
                    *(_count(each, one.key, value) for each in by_month),
                )
                for one in found
                for value, label in one.labels.items()
            )
            if rows:
                # what several tell of one after the other: "3 måneder efter start" is of the start
                caption = found[0].title if len(found) == 1 else f"Efter {found[0].title.partition('efter ')[2]}"
                tables.append(Table(caption, headings, rows, numbers=True))
        sections.append(Section(title, (lead,), tables=tuple(tables)))
    return sections


def _count(found: Mapping[tuple[str, str], int | None], key: str, value: str) -> Cell:
    if (key, value) not in found:
        return Cell(texts.NONE)
    count = found[key, value]
    return Cell(texts.HIDDEN) if count is None else Cell(texts.number(count), value=count)


def half_year(month: dt.date) -> str:
    """`1. halvår 2026`, by any month of it."""
    return f"{1 if month.month <= 6 else 2}. halvår {month.year}"


MOVED = "Hvad har flyttet sig"


def published_moves(
    engine: Any, scope: Scope, chosen: Publication, first: pl.DataFrame
) -> tuple[Publication | None, list[Story]]:
    """What moved the whole municipality, as it was published, and the publication that it is counted from."""
    then = months.compared_with(published.versions(engine, scope), chosen.month)
    if then is None or scope.centers:
        return then, []
    before = published.cells(engine, scope, then.month, version=then.version)
    told = published.moves(engine, scope, chosen.month, chosen.version)
    found = stories(told, frozen(before, None), frozen(first, None))
    return then, [story for story in found if story.parts]


def moved_part(
    scope: Scope, chosen: Publication, then: Publication | None, found: Sequence[Story], every: Mapping[str, Figure]
) -> Section:
    """What moved as a table: a row a measure, each part with what it did to the rate."""
    if then is None:
        return Section(MOVED, ("Det er den første offentliggjorte måned: der er intet at se den ved siden af.",))
    if scope.centers:
        return Section(MOVED, (WHOLE_ONLY,))
    since = named_month(then.month, chosen.month)
    if not found:
        return Section(MOVED, (f"Intet nøgletal, der er vist i begge måneder, har flyttet sig siden {since}.",))
    rows = tuple(
        (
            Cell(every[story.key].title),
            _pair(story.then),
            _pair(story.now),
            Cell(texts.NONE if story.change is None else texts.points(story.change * 100, short=True)),
            Cell(_parts(story)),
        )
        for story in found
    )
    now = texts.sentence(named_month(chosen.month, chosen.month))
    headings = ("Nøgletal", texts.sentence(since), now, "Ændring", "Hvad der flyttede det")
    lead = (
        f"Hver ændring i hele kommunen siden {since}, delt efter årsag; de største først, og dem med under {SURE} i "
        "grundlaget til sidst. I parentes: hvad årsagen lagde til eller trak fra tæller og grundlag.",
    )
    kinds = {part.key for story in found for part in story.parts}
    after = " ".join(f"{PARTS[key]}: {MEANINGS[key]}" for key in PARTS if key in kinds)
    return Section(MOVED, lead, tables=(Table("", headings, rows, wide=(28, 13, 13, 11, 35)),), after=(after,))


def _pair(counted: tuple[int, int]) -> Cell:
    said, opens, rest = texts.rate_with_base(*counted).partition(" (")
    return Cell(said, f"({rest}" if opens else "", value=counted[0] / counted[1] if counted[1] >= texts.FEW else None)


def _parts(story: Story) -> str:
    """`Nye sager +3,1 pp (+3 af +5); Rettet −0,4 pp (−1 af 0).`, or that it is too few to say."""
    if story.why == UNDIVIDED:
        return UNDIVIDED
    said = []
    for part in story.parts:
        share = "" if part.share is None else f" {texts.points(part.share * 100, short=True)}"
        said.append(f"{PARTS[part.key]}{share} ({part.counts})")
    return f"{'; '.join(said)}."


DECIDED = "Beslutninger og opfølgning"


def lines_of(engine: Any, scope: Scope, now: Month, frames: Mapping[dt.date, pl.DataFrame]) -> tuple[Line, ...]:
    """The decisions made when the month was published, each as it stood when the next one was; the newest first."""
    after = [
        each.published_at
        for each in published.versions(engine, scope)
        if each.month > now.publication.month and each.number > now.publication.number
    ]
    until = min(after, default=None)
    stood = [
        each if until is None else replace(each, steps=tuple(step for step in each.steps if step.saved_at < until))
        for each in decisions.decisions(engine, scope)
        if until is None or each.saved_at < until
    ]
    lines = in_words(stood, follow(frames), months.published_on(now.publication))
    return tuple(sorted(lines, key=lambda line: (not line.open, -line.on.toordinal(), -line.number)))


def decisions_part(lines: Sequence[Line], publication: Publication) -> Section:
    """What was decided, on the day the month was published."""
    if not lines:
        return Section(DECIDED, ("Der er ikke skrevet beslutninger endnu.",))
    rows = tuple(
        (
            Cell(line.title, line.why),
            Cell(line.who, line.by_when, "bad" if line.due == "over" else "neutral"),
            Cell(line.state, line.note),
            Cell(line.aims or texts.NONE, line.since),
        )
        for line in lines
    )
    table = Table("", ("Beslutning", "Hvem og hvornår", "Status", "Mål og udvikling"), rows, wide=(32, 18, 18, 32))
    return Section(
        DECIDED,
        (f"Set fra {texts.date(months.published_on(publication))}: {summary(lines)}",),
        tables=(table,),
        after=(COUNTED,),
    )
