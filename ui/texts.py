"""Every Danish sentence, number and date that a user reads is made here, so that it is said one way only.

Knows no Streamlit. Wording of rates by the size of their base, and of comparisons: `semantics.md` §6 of the
design.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import ceil, floor
from types import MappingProxyType
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal

from data_access.models import CATEGORIES
from metrics.limits import Life, Version
from metrics.measure import Benchmark, Measure

DANISH = "da_DK"
SPACE = "\u00a0"
"""Keeps a number and its unit on one line."""
MINUS = "\u2212"
NONE = "–"
"""Stands for a value that is not there."""

NO_BASE = "intet grundlag"
UNCHECKED = "afventer bekræftelse"
"""Said of law that nobody has looked up yet, or that is only expected."""
HIDDEN = "skjult"
"""Stands for every number that is hidden, whatever the reason: another word would tell the reason."""
FEW, UNCERTAIN = 5, 10
"""A base below FEW gives no percentage; below UNCERTAIN it is given with its interval, and never judged."""

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "met": "Overholdt",
        "unmet": "Nej",
        "late": "For sent",
        "overdue": "Overskredet",
        "missing": "Ikke dokumenteret",
        "excused": "Undtaget",
        "lapsed": "Bortfaldet",
        "pending": "Ikke forfalden",
        "unknown": "Mangler data",
    }
)
"""Outcome -> Danish label."""
OUTCOME_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "met": "Gjort senest på fristdagen, eller pligten er opfyldt.",
        "unmet": "Andel uden pligt: svaret er nej. Tæller aldrig som afvigelse.",
        "late": "Gjort, men efter fristen.",
        "overdue": "Fristen er passeret, og det er ikke gjort.",
        "missing": "Pligten har ingen frist, og den er ikke dokumenteret opfyldt.",
        "excused": "En gyldig grund er dokumenteret senest på fristdagen.",
        "lapsed": "Sagen sluttede inden fristen.",
        "pending": "Fristen er ikke passeret på opgørelsesdagen.",
        "unknown": "En oplysning, som reglen kræver, mangler eller er umulig.",
    }
)
"""Outcome -> what it means, in one sentence."""
COUNTED_OUTCOMES: Mapping[str, str] = MappingProxyType({**OUTCOMES, "met": "Ja"})
"""The labels for a share without a duty, where `met` only means yes."""

NO_CATEGORY = "Ikke visiteret"
NO_CENTER = "Uden center"


@lru_cache(10_000)
def number(value: float, decimals: int = 0) -> str:
    """1203 -> `1.203`; with decimals `1.203,5`. A half is rounded up, as people do by hand."""
    exact = Decimal(repr(round(value, 9)))  # 0.285 * 100 is a hair below 28.5
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(rounded, format=pattern, locale=DANISH)).replace("-", MINUS)


def percent(share: float | None) -> str:
    """0.92 -> `92 %`. Only everything is 100 % and only nothing is 0 %: 0.997 -> `99,7 %`."""
    if share is None:
        return NO_BASE
    hundredths = share * 100
    if 0 < hundredths < 0.5 or 99.5 <= hundredths < 100:
        tenths = min(max(round(hundredths, 1), 0.1), 99.9)
        return f"{number(tenths, 1)}{SPACE}%"
    return f"{number(hundredths)}{SPACE}%"


def counted(met: int, base: int) -> str:
    """`23 af 25`."""
    return f"{number(met)} af {number(base)}"


def rate_value(met: int, base: int) -> str:
    """The large figure: `92 %`; on a base of 1–4 `3 af 4`; on none `intet grundlag`."""
    if base == 0:
        return NO_BASE
    return counted(met, base) if base < FEW else percent(met / base)


def rate_note(met: int, base: int, low: float | None = None, high: float | None = None) -> str:
    """Beside the large figure: `23 af 25`; on a base of 5–9 with its uncertainty; on fewer why no percentage."""
    if base == 0:
        return ""
    if base < FEW:
        return "for få til en procent"
    if base < UNCERTAIN and low is not None and high is not None:
        return f"{counted(met, base)} · {uncertainty(low, high)}"
    return counted(met, base)


def rate_with_base(met: int, base: int) -> str:
    """`92 % (23 af 25)`; on a base of 1–4 `3 af 4`; on none `intet grundlag`."""
    value = rate_value(met, base)
    return value if base < FEW else f"{value} ({counted(met, base)})"


def uncertainty(low: float, high: float) -> str:
    """`usikkerhed 45–94 %`, from the ends of the 95 % interval; only nothing is 0 and only everything is 100."""
    return f"usikkerhed {_end(low)}–{_end(high)}{SPACE}%"


def _end(share: float) -> str:
    return percent(share).removesuffix(f"{SPACE}%")


def bounds(met: int, base: int, unknown: int) -> str:
    """What the rate may be when the unknown are counted in: `mellem 70 % og 82 %`."""
    return f"mellem {percent(met / (base + unknown))} og {percent((met + unknown) / (base + unknown))}"


def points(change: float, *, short: bool = False) -> str:
    """A change in percentage points: 8.2 -> `+8,2 procentpoint`, in short `+8,2 pp`; none -> `uændret`."""
    size = number(abs(change), 1)
    if size == "0,0":
        return "uændret"
    return f"{'+' if change > 0 else MINUS}{size}{SPACE}{'pp' if short else 'procentpoint'}"


def date(day: dt.date | None) -> str:
    """`22-11-2026`."""
    return f"{day:%d-%m-%Y}" if day else NONE


def long_date(day: dt.date) -> str:
    """`22. november 2026`."""
    return str(format_date(day, "d. MMMM y", locale=DANISH))


def month(day: dt.date) -> str:
    """`marts 2025`."""
    return str(format_date(day, "MMMM y", locale=DANISH))


def days(count: int) -> str:
    """`1 dag`, `3 dage`."""
    return counts(count, "dag", "dage")


def counts(count: int, one: str, many: str) -> str:
    """A number and its noun: `1 afvigelse`, `1.203 afvigelser`."""
    return f"{number(count)}{SPACE}{one if count == 1 else many}"


def period(date_from: dt.date, date_to: dt.date) -> str:
    """`23-11-2025 til 22-11-2026`."""
    return date(date_from) if date_from == date_to else f"{date(date_from)} til {date(date_to)}"


def ages(band: tuple[int, int] | None) -> str:
    """A band of whole years: `18–24 år`; those outside all bands are `Andre aldre`."""
    return "Andre aldre" if band is None else f"{band[0]}–{band[1]} år"


def sentence(text: str) -> str:
    """The same text with a capital first letter."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Text that Markdown shows as it stands: for what a source wrote, wherever Streamlit reads Markdown.

    An address becomes no link: a word joiner, which is not seen, stands where one would begin.
    """
    joined = re.sub(r"(?i)(@|https?(?=:)|www(?=\.))", "\\1\u2060", text)
    marked = re.sub(r"([\\`*_{}\[\]()#+!|<>~:$-])", r"\\\1", joined)
    return re.sub(r"^(\s*\d+)\.", r"\1\\.", marked)  # else "1. kvartal" is the first line of a list


def category(code: str | None) -> str:
    """Danish name of a visitation category."""
    return NO_CATEGORY if code is None else CATEGORIES.get(code, code)


def center(name: str | None) -> str:
    """A centre's name, also for those that have none."""
    return name or NO_CENTER


def outcome(code: str, *, duty: bool = True) -> str:
    """Danish name of an outcome; without a duty `met` is only a yes."""
    return (OUTCOMES if duty else COUNTED_OUTCOMES)[code]


def rule_version(version: Version) -> str:
    """One version of a deadline: `7 dage fra 01-01-2020 (LAB § 31)`, and whether it is checked."""
    since = f" fra {date(version.valid_from)}" if version.valid_from else ""
    unchecked = "" if version.checked else f", {UNCHECKED}"
    return f"{version.words()}{since} ({version.legal_basis}{unchecked})"


def rule_ended(life: Life) -> str:
    """`Reglen gjaldt til 30-06-2025.`, or that it is only expected to end; nothing where it has no end."""
    if not life.valid_to:
        return ""
    if life.checked:
        return f"Reglen gjaldt til {date(life.valid_to)}."
    return f"Reglen ventes ophævet {date(life.valid_to)} ({UNCHECKED})."


def rule_life(life: Life) -> str:
    """When a rule that has an end is in force, what ends it, and what that means for the figure."""
    since = f"gjaldt fra {date(life.valid_from)}" if life.valid_from else "gjaldt"
    ended = rule_ended(life).removesuffix(".").replace("gjaldt", since)
    return f"{ended}: {life.legal_basis}. Hvad der begynder uden for reglens tid, er ikke med."


def benchmark(against: Benchmark) -> str:
    """A figure to compare with and its source, which rate it stands beside, and why it may not be compared at all."""
    said = f"{percent(against.rate)} ({against.source})"
    if against.audit:
        said += ", sammenlignes med revisionens opgørelse, hvor gyldige grunde tæller med i grundlaget"
    return f"{said}; ikke sammenlignelig: {against.not_comparable}" if against.not_comparable else said


Tone = Literal["good", "bad", "neutral"]
Standing = Literal["above", "below", "same", "few", "not_comparable"]
_STANDINGS: Mapping[Standing, tuple[str, str]] = MappingProxyType(
    {
        "above": ("tydeligt over", "↑"),
        "below": ("tydeligt under", "↓"),
        "same": ("kan ikke skelnes", "≈"),
        "few": ("for få sager til at sammenligne", NONE),
        "not_comparable": ("ikke sammenlignelig", "≠"),
    }
)
"""How a rate stands to another -> the words that all pages use, and their sign."""


@dataclass(frozen=True)
class Verdict:
    """How a rate stands to another: words, sign and tone, never a colour alone."""

    standing: Standing
    tone: Tone
    against: str
    """What it is compared with, as it is said after "over": `landet`, `målet`, `de øvrige centre`."""
    reason: str = ""
    """Why the two may not be compared."""

    @property
    def short(self) -> str:
        """For a badge: `Tydeligt over`."""
        return sentence(_STANDINGS[self.standing][0])

    @property
    def text(self) -> str:
        """In full: `tydeligt over landet`, `kan ikke skelnes fra målet`."""
        words = _STANDINGS[self.standing][0]
        if self.standing == "few":
            return words
        if self.standing == "not_comparable":
            return f"{words} med {self.against}: {self.reason}"
        return f"{words} {'fra ' if self.standing == 'same' else ''}{self.against}"

    @property
    def sign(self) -> str:
        """The sign beside the words."""
        return {"good": "✓", "bad": "!", "neutral": _STANDINGS[self.standing][1]}[self.tone]


def verdict(
    base: int,
    low: float | None,
    high: float | None,
    benchmark: float,
    *,
    lower_is_better: bool = False,
    not_comparable: str | None = None,
    against: str = "landet",
) -> Verdict:
    """Judge a rate against a benchmark by its unrounded 95 % interval [`low`, `high`], all as fractions.

    Nothing is judged on a base below ten, and nothing that counts something else than the benchmark does.
    """
    if not_comparable:
        return Verdict("not_comparable", "neutral", against, not_comparable)
    if base < UNCERTAIN or low is None or high is None:
        return Verdict("few", "neutral", against)
    if low > benchmark:
        return Verdict("above", "bad" if lower_is_better else "good", against)
    if high < benchmark:
        return Verdict("below", "good" if lower_is_better else "bad", against)
    return Verdict("same", "neutral", against)


def difference(now: int, other: int, low: float | None, high: float | None, against: str) -> Verdict:
    """Judge a difference of two rates with the bases `now` and `other` by its interval, as fractions; no tone."""
    if min(now, other) < UNCERTAIN or low is None or high is None:
        return Verdict("few", "neutral", against)
    return Verdict("above" if low > 0 else "below" if high < 0 else "same", "neutral", against)


def difference_points(value: float, low: float, high: float) -> str:
    """A difference with its interval: `−12,0 procentpoint (usikkerhed −20 til −4)`. Takes fractions."""
    ends = f"{_signed(low * 100)} til {_signed(high * 100)}"
    size = points(value * 100).replace("uændret", f"0,0{SPACE}procentpoint")
    return f"{size} (usikkerhed {ends})"


def _signed(value: float) -> str:
    """With a sign; an end that is not quite nothing does not read as nothing."""
    said = number(value)
    if said == "0" and abs(value) >= 0.05:
        said = number(value, 1)
    return f"+{said}" if value > 0 and said != "0" else said


def others(rate: str, verdict: Verdict, value: float | None, low: float | None, high: float | None) -> str:
    """A centre beside the other centres together: `De øvrige 71 % (60 af 85): tydeligt under, −12,0 procentpoint …`."""
    said = f"De øvrige centre: {rate}. "
    if verdict.standing == "few" or value is None or low is None or high is None:
        return said + sentence(verdict.text) + "."
    words = {"above": "Tydeligt over dem", "below": "Tydeligt under dem", "same": "Kan ikke skelnes fra dem"}
    return f"{said}{words[verdict.standing]}: {difference_points(value, low, high)}."


def unknowns(met: int, base: int, unknown: int, units: int) -> str:
    """What so many without data may mean: `Der mangler data for 20 af 100. …`."""
    return (
        f"Der mangler data for {counted(unknown, units)}. Alt efter hvad de viser sig at være, "
        f"er andelen {bounds(met, base, unknown)}."
    )


def audited(met: int, base: int) -> str:
    """The audit's way of counting: `Revisionens opgørelse, hvor de undtagne bliver i grundlaget: 29 % (29 af 100).`"""
    return f"Revisionens opgørelse, hvor de undtagne bliver i grundlaget: {rate_with_base(met, base)}."


def registered(known: int, units: int) -> str:
    """How often the field that a judgement is read from is filled in at all."""
    return f"En faglig vurdering, læst i det registrerede felt: feltet er udfyldt i {rate_with_base(known, units)}."


def quarter(day: dt.date) -> str:
    """`1. kvartal 2025`."""
    return f"{(day.month + 2) // 3}. kvartal {day.year}"


def point(first: dt.date, months: int) -> str:
    """The month, quarter or year that a point of a trend is, by its first day and its length in months."""
    if months == 12:
        return str(first.year)
    return month(first) if months == 1 else quarter(first)


POINTS: Mapping[int, tuple[str, str, str]] = MappingProxyType(
    {1: ("måned", "måneder", "måneden"), 3: ("kvartal", "kvartaler", "kvartalet"), 12: ("år", "år", "året")}
)
"""Length of a point in months -> what it is called: one, many, the one."""


_SIDES: Mapping[str, str] = MappingProxyType({"low": "lavere end forventet", "high": "højere end forventet"})


def signal(side: str, first: dt.date, last: dt.date, points: int, months: int, met: int, base: int) -> str:
    """A signal in words: `lavere end forventet i marts 2025: 6 af 14`; a run `… 8 måneder i træk (…)`.

    `first` and `last` are the first day of the first point and the last day of the last, each `months` long.
    """
    words = _SIDES[side]
    if points == 1:
        return f"{words} i {stretch(first, last, months)}: {counted(met, base)}"
    span = f"{point(first, months)} til {point(last, months)}"
    passed = (last.year - first.year) * 12 + last.month - first.month + 1
    row = "i træk" if passed <= points * months else "med få eller ingen imellem"
    return f"{words} {number(points)} {POINTS[months][1]} {row} ({span}): {counted(met, base)}"


def level(rate: float, first: dt.date, last: dt.date, months: int, wanted: int) -> str:
    """The level that months are held against: `Forventet niveau: 87 %, talt januar 2024 til december 2024.`"""
    said = f"Forventet niveau: {percent(rate)}, talt {month(first)} til {month(last)}"
    if first.replace(day=1) == last.replace(day=1):
        said = f"Forventet niveau: {percent(rate)}, talt i {month(first)}"
    short = f"; foreløbigt, kun {counts(months, 'måned', 'måneder')} af {number(wanted)}" if months < wanted else ""
    return f"{said}{short}."


def preliminary(first: dt.date, last: dt.date, ahead: int, units: str, months: int = 1) -> str:
    """What is still to come: `November 2026 er foreløbig: 12 sager er ikke forfaldne endnu.`

    `first` and `last` are the first days of the first and the last point, each `months` long.
    """
    begun, ended = point(first, months), point(last, months)
    which = f"{ended} er foreløbig{'' if months == 1 else 't'}"
    if begun != ended:
        which = f"{begun} til {ended} er foreløbige"
    waits = f": {number(ahead)} {units} er ikke forfaldne endnu" if ahead > 1 else ""
    waits = ": 1 er ikke forfalden endnu" if ahead == 1 else waits
    return f"{sentence(which)}{waits}."


def trend(
    title: str, latest: tuple[str, int, int] | None, signals: list[str], months: int = 1, *, judged: bool = True
) -> str:
    """What a trend shows, for those who do not see it. `latest` = the newest whole point with its met and base.

    `judged`: some of it was held against what was to be expected.
    """
    said = f"{title}. "
    if latest is not None:
        said += f"{sentence(latest[0])}: {rate_with_base(latest[1], latest[2])}. "
    none = (
        f"Ingen {POINTS[months][1]} falder uden for det forventede."
        if judged
        else "Intet forventet niveau at vurdere mod."
    )
    said += f"{sentence('; '.join(signals))}." if signals else none
    return f"{said} De samme tal står under Tallene som tabel."


def reached(share_day: int | None, low: int | None, high: int | None, units: int) -> tuple[str, str]:
    """The median wait and what stands beside it: `("12 dage", "usikkerhed 9–15 dage")`."""
    if not units:
        return NO_BASE, ""
    if units < UNCERTAIN:
        return "for få", f"kun {counts(units, 'forløb', 'forløb')}; se dem enkeltvis"
    if share_day is None:
        return "ikke nået", "under halvdelen er nået dertil"
    ends = f"{NONE if low is None else number(low)}–{number(high)}{SPACE}dage" if high is not None else ""
    open_ended = f"mindst {days(low)}" if low is not None else "kendes ikke"
    return days(share_day), f"usikkerhed {ends or open_ended}"


def change_between(
    before: tuple[int, int], after: tuple[int, int], value: float | None, low: float | None, high: float | None
) -> str:
    """Before against after, as (met, base), with the difference and its interval as fractions."""
    said = f"Fra {rate_with_base(*before)} til {rate_with_base(*after)}"
    few = min(before[1], after[1])
    if not few or value is None or low is None or high is None:
        return f"{said}. Der er ikke et grundlag på begge sider af datoen."
    if few < UNCERTAIN:
        return f"{said}. For få sager til at sammenligne."
    words = "Tydeligt højere" if low > 0 else "Tydeligt lavere" if high < 0 else "Ingen tydelig ændring"
    return f"{said}. {words}: {difference_points(value, low, high)}."


def signal_short(side: str, first: dt.date, last: dt.date, points: int, months: int) -> str:
    """A signal for a tile: `lavere end forventet i okt. 2026`; a run `lavere end forventet i 8 mdr.`"""
    if points > 1:
        return f"{_SIDES[side]} i {number(points)}{SPACE}{_SHORT[months]}"
    when = format_date(first, "MMM y", locale=DANISH) if months == 1 else stretch(first, last, months)
    return f"{_SIDES[side]} i {when.replace('kvartal', _SHORT[3])}"


_SHORT: Mapping[int, str] = MappingProxyType({1: "mdr.", 3: "kvt.", 12: "år"})


def signal_sign(side: str, tone: Tone) -> str:
    """The sign beside a signal, so that it is never told by colour alone; without a good side, which way it went."""
    return {"good": "✓", "bad": "!", "neutral": "↓" if side == "low" else "↑"}[tone]


def set_rate(rate: float) -> str:
    """A rate that somebody has set: `95 %`; with a decimal where it has one: `92,5 %`."""
    hundredths = round(rate * 100, 1)
    return f"{number(hundredths, 0 if hundredths == round(hundredths) else 1)}{SPACE}%"


def target(rate: float | None) -> str:
    """The municipality's own target: `mål 95 %`, or `intet mål`."""
    return "intet mål" if rate is None else f"mål {set_rate(rate)}"


def saved_target(title: str, rate: float | None, valid_from: dt.date) -> str:
    """What was saved: `Gemt: mål 95 % for Første samtale inden 1 uge fra 01-01-2027.`"""
    return f"Gemt: {target(rate)} for {title} fra {date(valid_from)}."


def saved_event(title: str, on: dt.date, concerns: str, *, rebase: bool) -> str:
    """What was saved: `Gemt: Ny leder, 01-07-2026 (Organisation · Alle nøgletal · Hele kommunen).`"""
    anew = " Det forventede niveau bliver talt forfra fra den måned." if rebase else ""
    return f"Gemt: {title}, {date(on)} ({concerns}).{anew}"


def movement(first: tuple[str, int, int], last: tuple[str, int, int]) -> str:
    """From the first point to the last, each with its met and base: `Udvikling: 70 % (7 af 10) i maj 2025, …`."""
    begun, ended = (f"{rate_with_base(met, base)} i {when}" for when, met, base in (first, last))
    return f"Udvikling: {begun}, {ended}."


def expected(low: float | None, high: float | None) -> str:
    """What a point was expected to be, as fractions: `70–98 %`; `–` where nothing is known to expect it from."""
    return NONE if low is None or high is None else f"{number(low * 100)}–{number(high * 100)}{SPACE}%"


def stretch(first: dt.date, last: dt.date, months: int) -> str:
    """A point in a table: `2025`; by its months where it is cut short: `juli 2026 til november 2026`."""
    begins = (first.month - 1) % months == 0
    ends = last.month % months == 0 and (last.year, last.month - months) == (first.year, first.month - 1)
    return point(first, months) if begins and ends else f"{month(first)} til {month(last)}"


def joined(months: int, rare: str) -> str:
    """Why months are shown together: `Vist pr. kvartal, fordi der er så få afvigelser.`"""
    return f"Vist pr. {POINTS[months][0]}, fordi der er så få {rare}."


def unjudged(fewest: int, units: str, since: dt.date, until: dt.date) -> str:
    """Why no level is expected: `Intet forventet niveau endnu: ingen hel måned fra maj 2024 har haft 3 sager.`

    For what ends before levels begin: `Forventede niveauer tælles fra maj 2024.`
    """
    if until < since:
        return f"Forventede niveauer tælles fra {month(since)}."
    return f"Intet forventet niveau endnu: ingen hel måned fra {month(since)} har haft {number(fewest)} {units}."


def event(place: int, on: dt.date, title: str, kind: str) -> str:
    """A dated event as it is numbered in a picture: `1. 01-03-2026 Ny organisering (Organisation)`."""
    said = f"{number(place)}. {date(on)} {title}"
    return said if title.casefold() == kind.casefold() else f"{said} ({kind})"


def decision(place: int, on: dt.date, title: str, state: str, where: str) -> str:
    """A decision as it is numbered in a picture: `2. 05-10-2026 Beslutning: Én fælles plan (I gang · Hele kommunen)`.

    `where` = what it is followed in, whatever is chosen on the page.
    """
    return f"{number(place)}. {date(on)} Beslutning: {title} ({state} · {where})"


def decided(decisions: list[tuple[dt.date, str]]) -> str:
    """The decisions that a trend marks, for those who do not see it: `Beslutninger: 05-10-2026 Én fælles plan.`"""
    said = "; ".join(f"{date(on)} {title}" for on, title in decisions)
    return f"{'Beslutning' if len(decisions) == 1 else 'Beslutninger'}: {said}."


def comment(month_: dt.date, text: str) -> tuple[str, str]:
    """What is said of a measure in a month: its heading, and the words."""
    return f"Bemærkning til {month(month_)}, hele kommunen", text


def rule_days(measure: Measure) -> dict[dt.date, str]:
    """Where a trend breaks: `Regel ændret` on the first day counted so, `Regel ophørt` on the first day without it."""
    said = dict.fromkeys(measure.rule_breaks(), "Regel ændret")
    if measure.life.gone_on:
        said[measure.life.gone_on] = "Regel ophørt" if measure.life.checked else "Ventes ophævet"
    return said


def rule_changed(version: Version, counted: dt.date) -> str:
    """`Regel ændret: 7 dage fra 01-07-2026 (LAB § 31)`; the first day that counts so is said where it is later."""
    said = f"Regel ændret: {rule_version(version)}"
    assert version.valid_from
    late = counted.replace(day=1) > version.valid_from
    return f"{said}. De første frister efter den nye regel udløber {date(counted)}" if late else said


def rule_between(day: dt.date) -> str:
    """Why two sides of a date may not be quite alike: the rule changed on `day`."""
    return f"Reglen blev ændret {date(day)}: de to sider er ikke målt efter helt samme regel."


def alike(rate: float) -> str:
    """What a centre's kind of youths have in the whole municipality: `lignende unge 71 %`."""
    return f"lignende unge {percent(rate)}"


def unplaced(count: int, base: int) -> str:
    """Why categories do not explain a difference: having none may follow from what is measured."""
    return (
        f"Ikke regnet ud: {counted(count, base)} var ikke visiteret, og det kan være en følge af selve det, "
        "som tallet måler."
    )


def of_period(note: str, what: str) -> str:
    """Beside a figure, which of them it counts: `120 af 140 · frister i perioden`."""
    return f"{note} · {what} i perioden" if note else f"ingen {what} i perioden"


def waited_by(sure: str, units: int) -> str:
    """Beside a median wait, whose it is: `usikkerhed 9–15 dage · 140 ventetider i perioden`."""
    if units < UNCERTAIN:
        return sure or "ingen ventetider i perioden"
    return f"{sure} · {counts(units, 'ventetid', 'ventetider')} i perioden"


def waiting_now(oldest: int | None) -> str:
    """Beside the number who wait: `længst i 41 dage · uanset perioden`."""
    return "uanset perioden" if oldest is None else f"længst i {days(oldest)} · uanset perioden"


def waits(title: str, median: int | None, low: int | None, high: int | None, units: int) -> str:
    """What a curve of waiting times shows, for those who do not see it."""
    value, sure = reached(median, low, high, units)
    half = f"Halvdelen har ventet højst {value} ({sure})" if median is not None else sentence(sure)
    return (
        f"{title}: {counts(units, 'ventetid', 'ventetider')} i perioden. {half}. "
        "De samme tal står under Tallene som tabel."
    )


def beyond(day: int, count: int, units: int) -> str:
    """What a curve leaves out: `Vist til 14 dage; 3 af 72 ventede længere.`"""
    return f"Vist til {days(day)}; {counted(count, units)} ventede længere."


def took(count: int) -> str:
    """One wait that is over: `tog 12 dage`."""
    return f"tog {days(count)}"


def ended_without(count: int) -> str:
    """One wait whose case ended first: `sagen sluttede efter 9 dage, før det skete`."""
    return f"sagen sluttede efter {days(count)}, før det skete"


def still_waits(count: int, due: dt.date | None, *, over: bool) -> str:
    """One wait that goes on: `har ventet 41 dage · frist 12-03-2026, overskredet`."""
    return f"har ventet {days(count)} · frist {date(due)}{', overskredet' if over else ''}"


def listed(shown: int, every: int) -> str:
    """How many of those who wait are in the list: `De 10, der har ventet længst, af 58.`"""
    return f"De {number(shown)}, der har ventet længst, af {number(every)}."


def all_overdue(count: int) -> str:
    """The link to those over their deadline: `Se alle 4 over fristen`."""
    return "Se den over fristen" if count == 1 else f"Se alle {number(count)} over fristen"


def expected_count(low: float, high: float) -> str:
    """Whole numbers within two limits: 6.6 and 16.3 -> `7–16`."""
    first, last = ceil(low), floor(high)
    if first > last:  # between two whole numbers
        return f"{number(low, 1)}–{number(high, 1)}"
    return number(first) if first == last else f"{number(first)}–{number(last)}"


def queue_side(side: str) -> str:
    """`flere end forventet`, `færre end forventet`: of those who wait."""
    return f"{'færre' if side == 'low' else 'flere'} end forventet"


def queue_signal(side: str, day: dt.date, waiting: int) -> str:
    """A month end on which the queue is not as expected: `Flere end forventet i juni 2026: 76`."""
    return f"{sentence(queue_side(side))} i {month(day)}: {number(waiting)}"


def queue(title: str, day: dt.date, waiting: int, overdue: int, low: float | None, high: float | None) -> str:
    """What a queue through time shows, for those who do not see it; `waiting` on the last `day` of it."""
    return f"{title}: {number(waiting)} ventede {date(day)}, heraf {number(overdue)} over fristen. " + expected_queue(
        low, high, day
    )


def expected_queue(low: float | None, high: float | None, last: dt.date) -> str:
    """Beside a queue through time: `Forventet: 7–16. Det sidste punkt er pr. 22-11-2026.`"""
    within = "For få i kø til at vurdere udsving"
    if low is not None and high is not None:
        within = f"Forventet: {expected_count(low, high)}"
    return f"{within}. Det sidste punkt er pr. {date(last)}."


def waits_for_category(unplaced: int, base: int) -> str:
    """A warning beside the categories: `58 af 398 har ingen kategori …`."""
    return (
        f"{counted(unplaced, base)} har ingen kategori endnu. Kategorien gives først ved visitationen, så den, der når "
        "frem for sent, tæller ikke med i en kategori: læs kategorierne her med varsomhed."
    )


def no_level_before(since: dt.date) -> str:
    """Why a level cannot be counted anew from a day: `Det forventede niveau begynder først i maj 2024. …`"""
    return (
        f"Det forventede niveau begynder først i {month(since)}. Vælg en senere dato, eller gem hændelsen uden "
        "flueben: så er den et mærke."
    )


def nothing_unexpected(judged: int, every: int) -> str:
    """That nothing falls outside the expected, and of how many that can be said."""
    if not judged:
        return "Udviklingen kan ikke vurderes for det valgte: der er intet forventet niveau at holde den op mod."
    if judged == every:
        return "Ingen nøgletal falder uden for det forventede."
    return f"Ingen af de {number(judged)} nøgletal, der kan vurderes, falder uden for det forventede."
