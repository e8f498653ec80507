"""Every deadline with its dates: how long, from when, by which law, and whether anybody has checked it.

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
    """First trigger date it applies to; None = as far back as there are cases."""
    valid_to: dt.date | None = None
    """Last trigger date it applies to; None = until the next version."""
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
        """The last day in time, by the version in force on the trigger day; null where none is in force.

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
    inside = trigger.is_not_null()
    if version.valid_from:
        inside &= trigger >= version.valid_from
    if version.valid_to:
        inside &= trigger <= version.valid_to
    return inside


def _after(version: Version, trigger: pl.Expr) -> pl.Expr:
    if version.unit == "days":
        return trigger.dt.offset_by(f"{version.length}d")
    if version.unit == "months":
        return trigger.dt.offset_by(f"{version.length}mo")
    return trigger.dt.month_start().dt.offset_by(f"{version.length}mo").dt.month_end()


def _local(days: int, why: str) -> Limit:
    return Limit((Version(days, "days", why),), local=True)


FIRST_INTERVIEW = Limit(
    (
        Version(7, "days", "LAB § 31 (før 2020: samme frist i den tidligere lov)"),
        Version(7, "days", "Lov nr. 1750 af 29. december 2025", dt.date(2026, 7, 1), checked=False),
    )
)
TEST = Limit((Version(1, "months", "BEK nr. 2636/2021 § 48, stk. 2"),))
GUIDANCE_225 = Limit(
    (
        Version(
            0,
            "days",
            "Aktivlovens § 13 f; ophævet ved lov nr. 1655/2024",
            dt.date(2016, 4, 1),
            dt.date(2025, 6, 30),
        ),
    )
)
FINAL_VISITATION = Limit((Version(3, "months", "BEK om en aktiv beskæftigelsesindsats § 6, stk. 3"),))
EFFECTUATION = Limit((Version(3, "whole_months", "Aktivlovens § 35, stk. 3"),))

COURSE_OFFERED = _local(30, "LAB § 93 giver retten til kurset; fristen er lokal")
COORDINATOR_GUIDANCE = _local(30, "LAB giver retten; fristen er lokal")
DROPOUT_CONTACT = _local(14, "Lov nr. 2590/2021 giver pligten; fristen er lokal")
BREAK_ASSESSMENT = _local(30, "Aktivlovens regler om sanktion ved afbrud; fristen er lokal")
DECISION = _local(14, "Aktivlovens §§ 35-37; fristen er lokal")
GUIDE_ASSESSMENT = _local(60, "KUI-loven giver pligten; fristen er lokal")
ORDER_DEADLINE = _local(90, "Fokusrevisionen advarer mod lange frister; grænsen er lokal")
