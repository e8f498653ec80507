"""Every rule with its dates: how long a deadline is, from when to when, by which law, and whether it is checked.

The version in force on the trigger date applies. A local limit is the municipality's own choice, not law.
Source: `domain.md` §1.2 and §1.4 of the design; the legal basis of each version is given beside it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import polars as pl

Unit = Literal["days", "months", "whole_months"]


@dataclass(frozen=True)
class Version:
    """One length of a limit, from a day on."""

    length: int
    unit: Unit
    legal_basis: str
    valid_from: dt.date | None = None
    """First trigger date it applies to, until the next version's; None = as far back as there are cases."""
    checked: bool = True
    """False: shown as "afventer bekræftelse"."""

    def words(self) -> str:
        """The length in Danish: `7 dage`, `1 måned`, `3 hele kalendermåneder`."""
        nouns = {
            "days": ("dag", "dage"),
            "months": ("måned", "måneder"),
            "whole_months": ("hel kalendermåned", "hele kalendermåneder"),
        }
        one, many = nouns[self.unit]
        return f"{self.length} {one if self.length == 1 else many}"


@dataclass(frozen=True)
class Limit:
    """A deadline through time: its versions, oldest first."""

    versions: tuple[Version, ...]
    local: bool = False

    def due(self, trigger: pl.Expr) -> pl.Expr:
        """The last day in time, by the version in force on the trigger day; null without a trigger.

        1 week is 7 days; months are added with end-of-month clamping (31 January + 1 month = 28/29 February).
        """
        due = pl.lit(None, dtype=pl.Date)
        for version in self.versions:
            due = pl.when(_in_force(version, trigger)).then(_after(version, trigger)).otherwise(due)
        return due

    def changes(self) -> list[dt.date]:
        """The days on which the rule changed: where a chart breaks."""
        return [version.valid_from for version in self.versions[1:] if version.valid_from]


def _in_force(version: Version, trigger: pl.Expr) -> pl.Expr:
    return trigger >= version.valid_from if version.valid_from else trigger.is_not_null()


def _after(version: Version, trigger: pl.Expr) -> pl.Expr:
    if version.unit == "days":
        return trigger.dt.offset_by(f"{version.length}d")
    if version.unit == "months":
        return trigger.dt.offset_by(f"{version.length}mo")
    return trigger.dt.month_start().dt.offset_by(f"{version.length}mo").dt.month_end()


@dataclass(frozen=True)
class Life:
    """From when to when a rule is in force. What begins outside it is not covered; history stays."""

    valid_from: dt.date | None = None
    """First day; None = as far back as there are cases."""
    valid_to: dt.date | None = None
    """Last day; None = still in force."""
    legal_basis: str = ""
    """What ends it."""
    checked: bool = True
    """False: the end is only expected, and shown as "afventer bekræftelse"."""

    def covers(self, day: pl.Expr) -> pl.Expr:
        """Whether the rule was in force on a day."""
        inside = day.is_not_null()
        if self.valid_from:
            inside &= day >= self.valid_from
        if self.valid_to:
            inside &= day <= self.valid_to
        return inside

    @property
    def gone_on(self) -> dt.date | None:
        """The first day without the rule."""
        return self.valid_to + dt.timedelta(days=1) if self.valid_to else None


ALWAYS = Life()


def _local(days: int, why: str) -> Limit:
    return Limit((Version(days, "days", why),), local=True)


FIRST_INTERVIEW = Limit(
    (
        Version(7, "days", "LAB § 31 (før 2020: samme frist i den tidligere lov)"),
        Version(7, "days", "Lov nr. 1750 af 29. december 2025", dt.date(2026, 7, 1), checked=False),
    )
)
TEST = Limit((Version(1, "months", "BEK nr. 2636/2021 § 48, stk. 2"),))
GUIDANCE_225 = Limit((Version(0, "days", "Aktivlovens § 13 f"),))
FINAL_VISITATION = Limit((Version(3, "months", "BEK om en aktiv beskæftigelsesindsats § 6, stk. 3"),))
CONTACT_COURSE = Limit((Version(6, "months", "LAB § 31, stk. 3, og § 32"),))
FIRST_OFFER = Limit(
    (
        Version(1, "months", "LAB § 105", checked=False),
        Version(6, "months", "Lov nr. 1750 af 29. december 2025", dt.date(2026, 7, 1), checked=False),
    )
)
CV_AVAILABLE = Limit((Version(21, "days", "LAB §§ 22-23"),))
EFFECTUATION = Limit((Version(3, "whole_months", "Aktivlovens § 35, stk. 3"),))

COURSE_OFFERED = _local(30, "LAB § 93 giver retten til kurset; fristen er lokal")
COORDINATOR_GUIDANCE = _local(30, "LAB giver retten; fristen er lokal")
DROPOUT_CONTACT = _local(14, "Lov nr. 2590/2021 giver pligten; fristen er lokal")
BREAK_ASSESSMENT = _local(30, "Aktivlovens regler om sanktion ved afbrud; fristen er lokal")
DECISION = _local(14, "Aktivlovens §§ 35-37; fristen er lokal")
GUIDE_ASSESSMENT = _local(60, "KUI-loven giver pligten; fristen er lokal")
ORDER_DEADLINE = _local(90, "Fokusrevisionen advarer mod lange frister; grænsen er lokal")
GOAL_DEADLINE = _local(90, "Fokusrevisionen fandt meget lange frister; grænsen er lokal")
K_MEETING = _local(14, "Der er K-møde hver 14. dag; fristen er lokal")

GUIDANCE_225_LIFE = Life(dt.date(2016, 4, 1), dt.date(2025, 6, 30), "lov nr. 1655/2024")
CONTACT_COURSE_LIFE = Life(dt.date(2020, 1, 1), dt.date(2026, 6, 30), "lov nr. 1750 af 29. december 2025")
UNTIL_2027 = Life(valid_to=dt.date(2026, 12, 31), legal_basis="politisk aftale af 9. april 2025", checked=False)

JOBLOG_DAYS = 30
"""Within how many days a job log is in use; local."""
