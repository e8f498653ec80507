"""The method in words and in invented examples, counted by the same rules as the figures. Knows no Streamlit.

What each measure, outcome and date means stands in `ui/definitions.py`; here is why.
"""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from metrics import statistics, trend, waiting
from metrics.measure import BASE, DEVIATIONS
from metrics.measures.screening import THEME
from ui import blocks, charts, texts

ROW_TO_FIGURE = (
    "**Leverance.** Kommunen leverer et fuldt udtræk af hver tabel. En række med fejl bliver afvist med en grund, som "
    "står på Datagrundlag; resten læses ind.",
    "**Kendt.** Intet bliver overskrevet: en rettet række er en ny udgave ved siden af den gamle. Derfor kan et tal "
    "regnes igen, som det var kendt en tidligere dag.",
    "**Vurderet.** Reglen siger, hvem den gælder for, hvilken dag fristen løber fra, og hvad der skal være sket. "
    "Reglen er den, der gjaldt dén dag, også når loven er ændret siden.",
    "**Udfald.** Hver enhed (en sag, en samtale, en udeblivelse …) får ét udfald, og alle udfald tilsammen er alle "
    "enheder: ingen forsvinder.",
    f"**Andel.** Grundlaget er dem, reglen kan bedømmes for: {', '.join(texts.OUTCOMES[o].lower() for o in BASE)}. "
    "Andelen er de overholdte (eller dem, hvor svaret er ja) af grundlaget. De øvrige udfald står som antal ved siden "
    "af: de siger ikke, om reglen blev holdt.",
)
"""How a row becomes a figure, a step each; Markdown."""

WHY_BASE = (
    "En procent uden sit antal lover mere, end den kan holde. De fire streger nedenfor er alle 80 %, men kun den "
    "nederste er sikker: jo færre sager, jo mere af tallet er tilfælde. Det er ikke en fejl i data, og det er heller "
    "ikke en undskyldning; det er, hvad så få sager kan bære."
)

DEVIATION_IS = (
    f"Afvigelser er udfaldene {', '.join(texts.OUTCOMES[o].lower() for o in DEVIATIONS)}. Listen bag tallet er præcis "
    "dem, tallet er talt af.",
    "En afvigelse er **et spørgsmål**: blev det gjort for sent, blev det ikke gjort, eller blev det ikke skrevet ned? "
    "Kun den, der kender sagen, kan svare.",
    "En afvigelse er **ikke en dom** over den unge, medarbejderen eller centret. Intet tal opgøres pr. medarbejder, og "
    "centre bliver ikke rangordnet.",
    "En sag, der endnu kan nås, er ingen afvigelse; det er en sag med en dokumenteret god grund heller ikke.",
    "At mærke en afvigelse som forklaret ændrer ikke tallet. Det gør kun en rettelse i kilden.",
)
"""What a deviation is and is not, a sentence each; Markdown."""

CANNOT = (
    "**Om indsatsen virker.** Tallene viser, om noget er gjort til tiden, og hvad der skete bagefter, ikke hvad der "
    "var årsagen. De unge, der får en ungeguide, er andre unge end dem, der ikke gør.",
    "**Om samtalen var god.** Registeret kender datoen. Kvalitet skal læses i sagerne: det er ledelsestilsynets "
    "opgave, og dets tal står ved siden af registerets og blandes aldrig med dem.",
    "**Om noget er gjort, men ikke skrevet ned.** De to ser ens ud i data. Manglende registrering viser, hvor tomme "
    "felter og sene registreringer gør tallet usikkert.",
    "**Hvilket center der er bedst.** Centrene har forskellige unge. Forskellen til de øvrige står med usikkerhed, og "
    "kategori og alder viser, om det er sagerne, der er forskellige.",
    "**Hvordan landet ser ud i dag.** Landstallene er fra december 2021, og loven er ændret siden. De er en "
    "målestok, ikke et mål.",
)
"""What the figures do not say, a paragraph each; Markdown."""

SOURCES = (
    "**Loven.** Lov om en aktiv beskæftigelsesindsats (LAB) og bekendtgørelser efter den, aktivloven, KUI-loven og "
    "forvaltningsloven. Hjemlen står ved hvert nøgletal; hvad ingen har slået efter, er mærket »afventer bekræftelse«.",
    "**Fokusrevisionen.** STAR's fokusrevision af ungeindsatsen fra december 2021 (offentliggjort 2022) er "
    "sammenligningsgrundlaget. Den regner dem med en gyldig grund med i grundlaget; hvor vi sammenligner os med "
    "sådan et tal, bruger vi samme opgørelse.",
    "**Usikkerhed.** Andele: Wilson (1927). Forskellen på to andele: Newcombe (1998). Stikprøver af sager: "
    "den hypergeometriske fordeling, som hos Buonaccorsi (1987).",
    "**Forventet bånd.** Den betabinomiale forudsigelse med Jeffreys' udgangspunkt. Køen: Wheeler (1993).",
    "**Ventetid.** Kaplan og Meier (1958); sager, der slutter uden: Aalen og Johansen (1978).",
    "**Små tal og opslag.** Databeskyttelsesforordningen artikel 5 og 32 og databeskyttelsesloven § 11.",
)
"""Where it comes from; Markdown."""


# --- from a row to a figure ---------------------------------------------------------------------------

VIEW_DATE = dt.date(2025, 3, 31)


@dataclass(frozen=True)
class Row:
    """One invented case: when the youth asked for help, was met, and left; and what comes of it on `VIEW_DATE`."""

    enquiry: dt.date
    interview: dt.date | None
    closed: dt.date | None
    outcome: str


def _march(day: int) -> dt.date:
    return dt.date(2025, 3, day)


ROWS = (
    Row(_march(3), _march(10), None, "met"),
    Row(_march(10), _march(12), None, "met"),
    Row(_march(12), _march(13), None, "met"),
    Row(_march(13), _march(18), None, "met"),
    Row(_march(4), _march(13), None, "late"),
    Row(_march(17), None, None, "overdue"),
    Row(_march(11), None, _march(14), "lapsed"),
    Row(_march(27), None, None, "pending"),
)
"""Eight cases that are judged by the first interview."""

_FIRST_INTERVIEW = THEME.measures[0]


def rows() -> list[dict[str, str]]:
    """The invented cases as a table."""
    assert _FIRST_INTERVIEW.limit
    enquiries = pl.Series([row.enquiry for row in ROWS])
    due = pl.select(_FIRST_INTERVIEW.limit.due(pl.lit(enquiries))).to_series()
    return [
        {
            "Henvendelse": texts.date(row.enquiry),
            "Frist": texts.date(day),
            "Det skete": _happened(row),
            "Udfald": texts.OUTCOMES[row.outcome] + ("" if row.outcome in BASE else " (ikke i grundlaget)"),
        }
        for row, day in zip(ROWS, due, strict=True)
    ]


def _happened(row: Row) -> str:
    if row.interview:
        return f"samtale {texts.date(row.interview)}"
    return f"afsluttet {texts.date(row.closed)}" if row.closed else texts.NONE


def said_of_rows() -> str:
    """What the invented cases come to."""
    based = [row for row in ROWS if row.outcome in BASE]
    met = sum(row.outcome == "met" for row in based)
    away = len(ROWS) - len(based)
    return (
        f"{_FIRST_INTERVIEW.title}, opgjort pr. {texts.date(VIEW_DATE)}: **{texts.rate_with_base(met, len(based))}**. "
        f"{texts.counts(away, 'sag', 'sager')} er ikke i grundlaget: den ene sluttede inden fristen, den anden kan "
        "stadig nås. Havde vi talt dem, der er hurtige, med før fristen, ville de nyeste måneder se for gode ud."
    )


# --- how much chance there is in a figure -------------------------------------------------------------

SIZES = (5, 10, 50, 500)


def spans() -> str:
    """The same rate of ever more cases, with its interval, as HTML."""
    found = [(base * 4 // 5, base, statistics.interval(base * 4 // 5, base)) for base in SIZES]
    return blocks.spans(
        [
            blocks.Span(
                texts.counts(base, "sag", "sager"),
                texts.rate_with_base(met, base),
                met / base,
                *ends,
                sure=base >= texts.UNCERTAIN,
                beside=texts.uncertainty(*ends),
            )
            for met, base, ends in found
            if ends
        ],
        "Samme andel af flere og flere sager, med 95 %-usikkerhed",
    )


# --- what a month was expected to give ----------------------------------------------------------------

MONTHS = (
    *((13, 14), (12, 14), (12, 13), (14, 15), (11, 12), (13, 15), (11, 12), (15, 16), (12, 13), (13, 14), (11, 12)),
    *((14, 16), (13, 15), (11, 13), (14, 14), (13, 15), (6, 14), (12, 14), (15, 16), (1, 4), (12, 13), (14, 15)),
    *((11, 12), (13, 14)),
)
"""(met, base) of 24 invented months. In the 17th something went wrong, and the 20th has few cases."""
FIRST_MONTH = dt.date(2024, 1, 1)


def months() -> pl.DataFrame:
    """The invented months with what was to be expected of each, as `charts.trend` draws them."""
    met, base = zip(*MONTHS, strict=True)
    level_met, level_base = sum(met[: trend.BASELINE]), sum(base[: trend.BASELINE])
    fewest, most = statistics.expected(base, level_met, level_base)
    first = pl.col("month")
    return (
        pl.DataFrame({"met": met, "base": base, "fewest": fewest, "most": most})
        .with_columns(month=pl.lit(FIRST_MONTH).dt.offset_by(pl.format("{}mo", pl.int_range(pl.len()))))
        .with_columns(
            to=first.dt.month_end(),
            rate=pl.col("met") / pl.col("base"),
            level=pl.lit(level_met / level_base),
            low=pl.col("fewest") / pl.col("base"),
            high=pl.col("most") / pl.col("base"),
            signal=pl.when(pl.col("met") < pl.col("fewest"))
            .then(pl.lit("low"))
            .when(pl.col("met") > pl.col("most"))
            .then(pl.lit("high")),
            segment=pl.lit(0),
            preliminary=pl.lit(False),
            run=pl.lit(False),
            target=pl.lit(None, pl.Float64),
        )
    )


def months_chart() -> tuple[charts.Chart, str]:
    """The picture of the invented months, and what it shows in words."""
    drawn = months()
    return charts.trend(drawn), said_of_months(drawn)


def said_of_months(drawn: pl.DataFrame) -> str:
    """What the invented months show: how a month of few cases differs from one of many."""
    level = drawn["level"][0]
    [odd] = drawn.filter(pl.col("signal").is_not_null()).rows(named=True)
    few = drawn.row(by_predicate=pl.col("base") == drawn["base"].min(), named=True)
    signal = texts.signal(odd["signal"], odd["month"], odd["to"], 1, 1, odd["met"], odd["base"])
    return (
        f"De første {trend.BASELINE} måneder giver et forventet niveau på {texts.percent(level)}. Med "
        f"{texts.number(odd['base'])} sager ventes {texts.expected(odd['low'], odd['high'])}, så her står: "
        f"**{signal}**. Se efter en årsag. {texts.sentence(texts.month(few['month']))} med "
        f"{texts.counted(few['met'], few['base'])} er en lavere andel, men ikke uventet: med "
        f"{texts.number(few['base'])} sager ventes {texts.expected(few['low'], few['high'])}. De andre måneder "
        "svinger, som tal gør, når intet er ændret. Dem skal ingen forklare."
    )


# --- those who still wait -----------------------------------------------------------------------------

WAITED = ((3, "had"), (4, "had"), (5, "had"), (6, "had"), (8, "had"), (9, "had"), (12, "had"))
WAITING = ((11, "waits"), (16, "waits"), (20, "waits"), (24, "waits"), (9, "ended"))
"""(days, what became of it) of twelve invented youths."""


def _curve() -> pl.DataFrame:
    days, became = zip(*WAITED, *WAITING, strict=True)
    said = pl.Series(became)
    return statistics.cumulative(pl.Series(days), said == "had", said == "ended")


def wait_chart() -> tuple[charts.Chart, str]:
    """The curve of the invented youths, and what it shows in words."""
    curve = _curve()
    return charts.wait_curve(curve.select("day", "had", "low", "high"), 7), said_of_waits()


def said_of_waits() -> str:
    """What the invented youths' waits come to, and what the mean of those who are through would have said."""
    median, _, _ = statistics.median_wait(_curve())
    assert median is not None
    through = [days for days, _ in WAITED]
    still = [days for days, became in WAITING if became == "waits"]
    mean = sum(through) / len(through)
    return (
        f"{texts.number(len(WAITED) + len(WAITING))} unge henvender sig. {texts.number(len(through))} har haft deres "
        f"samtale efter {texts.number(mean, 1)} dage i gennemsnit, og det lyder godt. Men "
        f"{texts.number(len(still))} venter stadig, den længste i {texts.days(max(still))}, og én sag sluttede uden. "
        f"Tæller de med, har **halvdelen ventet højst {texts.days(median)}**. Et gennemsnit af dem, der er færdige, "
        "bliver pænere, jo flere der venter; det gør tallet her ikke."
    )


WAIT_RULES = (
    "Den, der stadig venter, tæller med så længe, vi har set vedkommende vente, og bliver hverken regnet som nået "
    "eller glemt.",
    "Den, hvis sag slutter uden samtale, tæller som aldrig nået. Ellers blev tallet bedre af, at unge forsvinder.",
    f"Med under {texts.UNCERTAIN} forløb er der ingen kurve; så står de enkeltvis. En kø på under "
    f"{waiting.JUDGED_FROM} i gennemsnit bliver ikke bedømt.",
)
"""How a wait is counted, a sentence each."""


# --- what is published --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One line of what is published: who, the true count, and whether it is shown."""

    name: str
    met: int
    base: int
    hidden: bool


PLACES = (
    Place("Nord", 18, 25, False),
    Place("Syd", 14, 22, True),
    Place("Øst", 2, 20, True),
    Place("Hele kommunen", 34, 67, False),
)
"""An invented measure, as it would be published with a threshold of five."""


def places() -> list[dict[str, str]]:
    """The invented measure as the house knows it, and as it is published."""
    hidden = texts.sentence(texts.HIDDEN)
    return [
        {
            "Center": place.name,
            "Inde i huset": texts.rate_with_base(place.met, place.base),
            "Offentliggjort": f"{hidden} (grundlag {place.base})"
            if place.hidden
            else texts.rate_with_base(place.met, place.base),
        }
        for place in PLACES
    ]


PUBLISHED = (
    "Øst skjules, fordi 2 unge kan være til at kende. Så må Syd også skjules: ellers kunne enhver trække Nord og Syd "
    "fra hele kommunen og stå tilbage med 2. Syd er ikke skjult, fordi der er noget galt, og ordet siger ikke hvem "
    "af de to der er den lille.",
    "Det samme gælder fra måned til måned og mellem tal, der bygger på de samme unge. Programmet prøver selv at "
    "regne det skjulte ud af alt, der er offentliggjort, og skjuler mere, til det ikke kan.",
    "Inde i huset ser den, der må se sagerne, de rigtige tal.",
)
"""Why something is hidden in the example, a sentence each."""
