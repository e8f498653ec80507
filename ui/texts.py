"""Every Danish sentence, number and date that a user reads is made here, so that it is said one way only.

Knows no Streamlit. Wording of rates by the size of their base, and of comparisons: `semantics.md` §6 of the
design.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal

from data_access.models import CATEGORIES
from metrics.limits import Version
from metrics.measure import Benchmark

DANISH = "da_DK"
SPACE = "\u00a0"
"""Keeps a number and its unit on one line."""
MINUS = "\u2212"
NONE = "–"
"""Stands for a value that is not there."""

NO_BASE = "intet grundlag"
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
    """`usikkerhed 45–94 %`, from the ends of the 95 % interval."""
    return f"usikkerhed {number(low * 100)}–{number(high * 100)}{SPACE}%"


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


def sentence(text: str) -> str:
    """The same text with a capital first letter."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Text that Markdown shows as it stands: for what a source wrote, wherever Streamlit reads Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~:$-])", r"\\\1", text)


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
    """One version of a deadline: `7 dage fra 01-01-2020 til 30-06-2026 (LAB § 31)`, and whether it is checked."""
    since = f" fra {date(version.valid_from)}" if version.valid_from else ""
    until = f" til {date(version.valid_to)}" if version.valid_to else ""
    unchecked = "" if version.checked else ", afventer bekræftelse"
    return f"{version.words()}{since}{until} ({version.legal_basis}{unchecked})"


def benchmark(against: Benchmark) -> str:
    """A figure of the focus audit, which rate it is compared with, and why it may not be compared at all."""
    said = f"{percent(against.rate)} (fokusrevisionen, december 2021)"
    if against.audit:
        said += ", sammenlignes med revisionens opgørelse, hvor gyldige grunde tæller med i grundlaget"
    return f"{said}; ikke sammenlignelig: {against.not_comparable}" if against.not_comparable else said


Tone = Literal["good", "bad", "neutral"]


@dataclass(frozen=True)
class Verdict:
    """How a rate stands to a benchmark: words and tone, never a colour alone."""

    text: str
    tone: Tone


def verdict(
    base: int,
    low: float | None,
    high: float | None,
    benchmark: float,
    *,
    lower_is_better: bool = False,
    not_comparable: str | None = None,
    area: str = "landet",
) -> Verdict:
    """Judge a rate against a benchmark by its unrounded 95 % interval [`low`, `high`], all as fractions.

    Nothing is judged on a base below ten, and nothing that counts something else than the benchmark does.
    """
    if not_comparable:
        return Verdict(f"ikke sammenlignelig: {not_comparable}", "neutral")
    if base < UNCERTAIN or low is None or high is None:
        return Verdict("for få sager til at sammenligne", "neutral")
    if low > benchmark:
        return Verdict(f"tydeligt over {area}", "bad" if lower_is_better else "good")
    if high < benchmark:
        return Verdict(f"tydeligt under {area}", "good" if lower_is_better else "bad")
    return Verdict(f"kan ikke skelnes fra {area}", "neutral")
