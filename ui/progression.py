"""The page on wellbeing, progression and results: the message first, then each measure, and what the youths say.

Nothing is counted here: `metrics.progress` follows the youths of the intervention group, `data_access.rounds` holds
what the municipality has read in of surveys and costs.
"""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from data_access import rounds
from data_access.rounds import Costs, Question, Survey
from data_access.tables import Scope
from metrics import progress
from metrics.assess import Assessed, Cut, count_values
from metrics.facts.progression import AFTER
from metrics.measures import progression, support
from metrics.measures.progression import ANCHORS
from metrics.progress import Change, Length, Steps, Window
from metrics.statistics import finite_population
from ui import blocks, charts, filters, measure, navigation, selected, state, texts
from ui.figures import Readings

FIELDS = {
    "kontaktperson": "Kontaktperson eller ungeguide",
    "langsigtet_plan": "Langsigtet plan",
    "who5": "WHO-5 (31 dage)",
    "bip": "BIP (3 måneder)",
    "moede": "Holdt møde (12 måneder)",
    "forsoergelse": "Forsørgelse",
}
"""Field of `metrics.facts.progression.FIELDS` -> its words."""
INDICATORS = {"netvaerk": "Netværk"}
"""Indicator of BIP -> its name, where that is not the code itself."""
BANDS = ("0–35: risiko for depression", "36–50: lav trivsel", "Over 50: god trivsel")
"""Words of `metrics.progress.BANDS`."""
GOING_ON = ("uddannelse", "job")
"""The values of an outcome that the table counts."""
NOT_AN_EFFECT = (
    "Det er ikke en effektmåling: de, der får en ungeguide, er ikke de samme som dem, der ikke gør. "
    "Tallene siger, hvordan det gik, ikke hvad der virkede."
)


def show(scope: Scope) -> None:
    """The whole page in the selection."""
    theme, known = progression.THEME, selected.notes(scope)
    readings = selected.readings(scope, known)
    if not any(readings.now[one.key].units for one in theme.measures):
        filters.nothing_selected()
        return
    assessed, cut = selected.assessed(scope), selected.cut()
    until = cut.last_day(assessed.view_date)
    counted = count_values(assessed, cut, progression.INTERVENTION_GROUP)
    group = dict(counted.select("value", "count").iter_rows())
    changes = [progress.who5(assessed, cut, months) for months in progress.WINDOWS]
    st.markdown(theme.lead)
    blocks.show(blocks.strip(message(group, readings, changes[-1])))
    blocks.show(measure.contents(theme, readings, known, until))
    _wellbeing(changes)
    _steps([progress.bip(assessed, cut, months) for months in progress.WINDOWS])
    for one in theme.measures:
        measure.show(one, theme, scope, readings, known, until)
        if one is progression.FIELD_COVERAGE:
            _fields(progress.fields(assessed, cut), state.current(scope).centers)
    _length(progress.length(assessed, cut))
    _after(assessed, cut)
    _stu(progress.through(assessed, cut, progression.STU.key))
    _contact_changes(assessed, cut)
    for survey in (surveys := rounds.surveys(state.engine(), scope)):
        _survey(survey)
    for costs in (statements := rounds.costs(state.engine(), scope)):
        _costs(costs, whole=scope.centers is None)
    if not surveys or not statements:
        st.caption(
            "Ungeundersøgelser og udgifter vises her, når de er læst ind. Formatet står i docs/leverance.md; "
            "bed driften om at læse filen ind."
        )


def message(group: Mapping[str, int], readings: Readings, change: Change) -> list[tuple[str, str, str]]:
    """What a leader needs first: how many and how young, whether they are measured, which way it goes, and plans."""
    chosen, target = group["indsatsgruppe"], group["maalgruppe"]
    parts = [("Unge i indsatsgruppen", texts.number(chosen), f"{texts.number(target)} i målgruppen")]
    for kind, count in (("indsatsgruppe", chosen), ("maalgruppe", target)):
        young = group[f"{kind}_under_18"]
        name = "indsatsgruppen" if kind == "indsatsgruppe" else "målgruppen"
        parts.append((f"Under 18 år i {name}", texts.rate_value(young, count), texts.rate_note(young, count)))
    for one, title in (
        (progression.WHO5_COVERAGE, "WHO-5 målt hver måned"),
        (progression.BIP_COVERAGE, "BIP målt hvert kvartal"),
        (progression.LONG_PLAN, "Har en langsigtet plan"),
    ):
        figure = readings.now[one.key]
        note = texts.rate_note(figure.met, figure.base, figure.low, figure.high)
        parts.append((title, texts.rate_value(figure.met, figure.base), note))
    months = progress.WINDOWS[-1]
    measured = f"{texts.counted(change.pairs, change.window.youths)} unge målt på to dage"
    parts.append((f"Ændring i WHO-5 på {months} måneder", _points(change.mean), measured))
    return parts


def _points(mean: float | None) -> str:
    """A change of WHO-5: `+4,2 point`; none of too few."""
    if mean is None:
        return "for få"
    sign = "+" if round(mean, 1) > 0 else ""
    return f"{sign}{texts.number(mean, 1)}{texts.SPACE}point"


def _window(window: Window, months: int) -> str:
    return f"Seneste {months} måneder ({texts.period(window.first, window.last)})"


def _wellbeing(changes: Sequence[Change]) -> None:
    with st.container(key="optaelling_who5", border=True):
        st.header("Udvikling i trivsel (WHO-5)", anchor="who5")
        st.caption(
            "Den første og den seneste måling af hver ung, der er i indsatsgruppen på periodens sidste dag. En "
            f"gruppes ændring er mærkbar fra {progress.FELT} point, en enkelt ungs er reel fra {progress.REAL}."
        )
        for column, change, months in zip(st.columns(2, gap="large"), changes, progress.WINDOWS, strict=True):
            with column:
                st.subheader(_window(change.window, months), anchor=False)
                st.markdown("  \n".join(told(change)))
                if change.before is not None and change.now is not None:
                    st.table(banded(change.before, change.now), border="horizontal", hide_index=True)


def told(change: Change) -> list[str]:
    """A change of WHO-5 in sentences: how many it rests on, how large it is, and whether it is felt."""
    youths = change.window.youths
    if not youths:
        return ["Ingen unge i indsatsgruppen på periodens sidste dag."]
    measured = f"{texts.rate_with_base(change.pairs, youths)} af de unge er målt på mindst to dage."
    if youths < texts.FEW:
        measured = f"Kun {texts.number(youths)} i indsatsgruppen."
    if change.mean is None or change.low is None or change.high is None:
        return [measured, "For få til at sige noget om udviklingen."]
    lines = [
        measured,
        f"Gennemsnitlig ændring: **{_points(change.mean)}** "
        f"(usikkerhed {_points(change.low)} til {_points(change.high)}).",
    ]
    if change.pairs < texts.UNCERTAIN:
        lines.append("For få unge til at sige, om ændringen er mærkbar.")
    elif not change.felt:
        lines.append("Det er ikke en mærkbar ændring for gruppen.")
    else:
        way = "fremgang" if change.mean > 0 else "tilbagegang"
        unsure = ", men usikkerheden er så stor, at den kan være tilfældig" if change.low < 0 < change.high else ""
        lines.append(f"Det er en mærkbar {way} for gruppen{unsure}.")
    lines.append(
        f"{texts.number(change.up or 0)} fik det reelt bedre, {texts.number(change.down or 0)} reelt dårligere."
    )
    return lines


def banded(before: Sequence[int], now: Sequence[int]) -> pl.DataFrame:
    """How many youths lay in each band at the first and at the last measurement."""
    counted = zip(BANDS, before, now, strict=True)
    return pl.DataFrame(
        [
            {"Trivsel": texts.plain(band), "Ved første": texts.number(first), "Ved seneste": texts.number(last)}
            for band, first, last in counted
        ]
    )


def _steps(steps: Sequence[Steps]) -> None:
    with st.container(key="optaelling_bip", border=True):
        st.header("Skridt mod job og uddannelse (BIP)", anchor="bip")
        st.caption(
            "Hver ungs seneste værdi på hver indikator, og hvor mange der er gået op eller ned siden deres første "
            "måling i perioden. Indikatorerne lægges ikke sammen."
        )
        for column, step, months in zip(st.columns(2, gap="large"), steps, progress.WINDOWS, strict=True):
            with column:
                st.subheader(_window(step.window, months), anchor=False)
                if step.indicators.is_empty():
                    st.markdown("Ingen målinger af unge i indsatsgruppen.")
                else:
                    st.table(stepped(step), border="horizontal", hide_index=True)


def stepped(steps: Steps) -> pl.DataFrame:
    """Each indicator in words: how many have each value, and which way the pairs went; few are said to be so."""
    values = steps.values["value"].unique().sort().to_list()
    counted = {(indicator, value): count for indicator, value, count in steps.values.iter_rows()}
    rows = []
    for indicator, measured, pairs, up, same, down in steps.indicators.iter_rows():
        few = measured < progress.FEW
        name = INDICATORS.get(indicator, (indicator or "uden navn").capitalize())
        row = {"Indikator": texts.plain(name), "Målt": texts.number(measured)}
        went = f"for få ({texts.number(pairs)})" if up is None else f"{up} / {same} / {down}"
        row["Op / uændret / ned"] = _one_line(went)
        for value in values:
            heading = texts.number(value, 0 if value == int(value) else 1)
            row[heading] = texts.NONE if few else texts.number(counted.get((indicator, value), 0))
        rows.append(row)
    return pl.DataFrame(rows)


def _fields(rows: pl.DataFrame, centers: Sequence[str]) -> None:
    with st.container(key="optaelling_felter", border=True):
        st.header("Udfyldte felter pr. center", anchor="felter")
        if rows.is_empty():
            st.markdown("Ingen unge i indsatsgruppen på periodens sidste dag.")
            return
        st.caption("Unge i indsatsgruppen på periodens sidste dag, for hvem feltet er udfyldt.")
        st.table(filled(rows, centers), border="horizontal", hide_index=True)


def filled(rows: pl.DataFrame, centers: Sequence[str]) -> pl.DataFrame:
    """How many have each field filled, in all and at each centre that has any, in organisational order."""
    known = {(field, center): (met, base) for field, center, met, base in rows.iter_rows()}
    present = set(rows["center"])
    places = [center for center in (*centers, None) if center in present]
    whole = rows.group_by("field").agg(pl.col("met", "base").sum())
    everywhere = {field: (met, base) for field, met, base in whole.iter_rows()}
    lines = []
    for field in rows["field"].unique(maintain_order=True):
        line = {"Felt": FIELDS[field], "I alt": _one_line(texts.rate_with_base(*everywhere[field]))}
        for place in places:
            share = _one_line(texts.rate_with_base(*known.get((field, place), (0, 0))))
            line[texts.plain(texts.center(place))] = share
        lines.append(line)
    return pl.DataFrame(lines)


def _one_line(words: str) -> str:
    """On a telephone a table scrolls sideways: a figure stays on one line."""
    return words.replace(" ", texts.SPACE)


def _length(length: Length) -> None:
    with st.container(key="optaelling_varighed", border=True):
        st.header("Hvor længe varer sagerne?", anchor="varighed")
        st.caption(
            f"Sager, der er begyndt siden {texts.date(length.since)}, fulgt fra den første henvendelse til de blev "
            "afsluttet. De, der stadig er åbne, er fulgt til opgørelsesdagen."
        )
        st.markdown(lasting(length))
        if length.cases >= texts.UNCERTAIN:
            chart = charts.wait_curve(
                length.curve.select("day", "had", "low", "high"), None, "Dage siden første henvendelse"
            )
            words = f"Andel af sagerne, der er afsluttet. {lasting(length)}"
            st.vega_lite_chart(chart.frame, chart.spec, theme=None, key="kurve_varighed", alt=words)


def lasting(length: Length) -> str:
    """How long cases last, in sentences."""
    if not length.cases:
        return "Ingen sager er begyndt i de år."
    still = f"{texts.number(length.still_open)} er stadig åbne" if length.still_open != 1 else "1 er stadig åben"
    said = f"{texts.counts(length.cases, 'sag', 'sager')}; {still}."
    if length.cases < texts.UNCERTAIN:
        return f"{said} For få til at sige, hvor længe de varer."
    if length.median is None:
        return f"{said} Under halvdelen er afsluttet."
    ends = f"{texts.NONE if length.low is None else length.low}–{texts.days(length.high or 0)}"
    if length.high is None:
        ends = "kendes ikke" if length.low is None else f"mindst {texts.days(length.low)}"
    return f"{said} Halvdelen er afsluttet inden for **{texts.days(length.median)}** (usikkerhed {ends})."


def _after(assessed: Assessed, cut: Cut) -> None:
    counted = {
        figure.key: dict(count_values(assessed, cut, figure).select("label", "count").iter_rows())
        for figure in progression.OUTCOMES_AFTER
    }
    with st.container(key="optaelling_bagefter", border=True):
        st.header("I uddannelse eller job bagefter", anchor="bagefter")
        st.caption(
            "Andelen i uddannelse eller job den dag, der er gået 3, 6 og 12 måneder; dagen ligger i den valgte periode."
        )
        st.table(afterwards(counted), border="horizontal", hide_index=True)
        st.markdown(NOT_AN_EFFECT)
        with st.expander("Alle tal: hvad de unge lever af", icon=":material/table:", type="compact"):
            st.table(all_afterwards(counted), border="horizontal", hide_index=True)


def afterwards(counted: Mapping[str, Mapping[str, int]]) -> pl.DataFrame:
    """How many are in education or a job so many months after each beginning. `counted`: key -> label -> count."""
    labels = [progression.OUTCOMES_AFTER[0].labels[value] for value in GOING_ON]
    rows = []
    for anchor, (words, _) in ANCHORS.items():
        row = {"Efter": texts.plain(texts.sentence(words))}
        for months in AFTER:
            counts = counted[f"after_{anchor}_{months}"]
            share = texts.rate_with_base(sum(counts[label] for label in labels), sum(counts.values()))
            row[f"{months} måneder"] = _one_line(share)
        rows.append(row)
    return pl.DataFrame(rows)


def all_afterwards(counted: Mapping[str, Mapping[str, int]]) -> pl.DataFrame:
    """The counts of every value, a row for each beginning and number of months."""
    return pl.DataFrame(
        [
            {"Hvornår": texts.plain(figure.title)}
            | {label: texts.number(count) for label, count in counted[figure.key].items()}
            | {"I alt": texts.number(sum(counted[figure.key].values()))}
            for figure in progression.OUTCOMES_AFTER
        ]
    )


def _stu(rows: pl.DataFrame) -> None:
    with st.container(key="optaelling_stu", border=True):
        st.header(progression.STU.title, anchor="stu")
        if not rows["count"].sum():
            st.markdown("Ingen åbne sager med unge på STU i det seneste år.")
            return
        bars = [blocks.Bar(texts.date(day), count, texts.number(count)) for day, count in rows.iter_rows()]
        blocks.show(blocks.bars(bars, "Åbne sager med unge på STU ved hver måneds udgang og på periodens sidste dag."))


def _contact_changes(assessed: Assessed, cut: Cut) -> None:
    counts = dict(count_values(assessed, cut, support.CONTACT_CHANGES).select("value", "count").iter_rows())
    total = sum(counts.values())
    with st.container(key="optaelling_skift", border=True):
        st.header(support.CONTACT_CHANGES.title, anchor="skift")
        said = texts.rate_with_base(total - counts["0"], total)
        st.markdown(f"Skiftet sagsbehandler mindst én gang på 12 måneder: **{said}** af de åbne sager.")
        navigation.onward(navigation.theme_file(support.THEME), "Se skift og faste kontaktpersoner")


def _survey(survey: Survey) -> None:
    with st.container(key=f"optaelling_undersoegelse_{texts.date(survey.to_on)}_{survey.saved_at:%f}", border=True):
        st.header(texts.plain(survey.title), anchor=False)
        st.markdown(answered(survey))
        rows = [asked(question, survey.invited) for question in survey.questions]
        blocks.show(blocks.spans(rows, "Har svaret i høj grad eller i nogen grad"))
        st.caption(
            "»Ved ikke« tæller med i grundlaget. Usikkerheden gælder, hvis de, der svarede, ligner de andre, der blev "
            "spurgt; det er ikke sikkert."
        )


def answered(survey: Survey) -> str:
    """Who was asked, and how many answered: `45 af 102 svarede (44,1 %).`"""
    when = texts.period(survey.from_on, survey.to_on)
    if not survey.invited:
        return f"{when}. Ingen blev spurgt."
    share = f"{texts.number(100 * survey.answered / survey.invited, 1)}{texts.SPACE}%"
    return f"{when}. {texts.counted(survey.answered, survey.invited)} svarede ({share})."


def asked(question: Question, invited: int) -> blocks.Span:
    """One question: the share that answered to a high or to some degree, with its interval for all who were asked."""
    met, base = question.agreed, question.base
    if base < texts.FEW:
        return blocks.Span(question.text, "for få svar", None, None, None, sure=False)
    said = texts.rate_with_base(met, base)
    low, high = finite_population(met, base, invited)
    return blocks.Span(
        question.text, said, met / base, low, high, sure=base >= texts.UNCERTAIN, beside=texts.uncertainty(low, high)
    )


def _costs(costs: Costs, *, whole: bool) -> None:
    with st.container(key=f"optaelling_udgifter_{texts.date(costs.to_on)}_{costs.saved_at:%f}", border=True):
        st.header(texts.plain(costs.title), anchor=False)
        others = "" if whole else " Andre centres udgifter er ikke med."
        st.caption(f"{texts.period(costs.from_on, costs.to_on)}. Som kommunen har opgjort dem.{others}")
        st.table(priced(costs), border="horizontal", hide_index=True)


def few(line: rounds.Line) -> bool:
    """Whether a cost is of so few youths that what each of them cost is nobody else's business."""
    return 0 < (line.youths or 0) < texts.FEW


def priced(costs: Costs) -> pl.DataFrame:
    """What each kind of offer cost, in kroner, and for each youth where that is known; the sum last."""
    rows = [
        {
            "Tilbud": rounds.OFFERS[line.kind],
            "Center": texts.plain(line.center) if line.center else "Ikke delt",
            "Kroner": texts.number(line.amount),
            "Unge": texts.NONE if line.youths is None else "for få" if few(line) else texts.number(line.youths),
            "Kroner pr. ung": texts.number(line.amount / line.youths) if line.youths and not few(line) else texts.NONE,
        }
        for line in costs.lines
    ]
    total = texts.number(sum(line.amount for line in costs.lines))
    whole = {"Tilbud": "**I alt**", "Center": "", "Kroner": f"**{total}**", "Unge": "", "Kroner pr. ung": ""}
    return pl.DataFrame([*rows, whole])
