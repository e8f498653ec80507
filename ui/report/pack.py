"""What the material for a meeting consists of, as plain values: words and numbers, not how they are drawn."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ui import texts
from ui.decisions import Line, urgent
from ui.moved import Story
from ui.texts import Tone

Kind = Literal["month", "half_year", "year"]

KINDS: Mapping[Kind, tuple[str, str, int]] = MappingProxyType(
    {
        "month": ("Ledelsesinformation om ungeindsatsen", "ledelsesinformation", 1),
        "half_year": ("Nøgletalsrapport om ungeindsatsen", "noegletalsrapport", 6),
        "year": ("Ungeindsatsen ved siden af fokusrevisionen", "fokusrevision", 12),
    }
)
"""What it is called, how its file begins, and the months from one to the next."""

CALLED: Mapping[Kind, str] = MappingProxyType(
    {
        "month": "Månedens materiale",
        "half_year": "Halvårets nøgletal",
        "year": "Året ved siden af fokusrevisionen",
    }
)

Progress = Callable[[int, int, str], None]
"""Told how far it is: so many done, of so many, and with what."""


def quietly(done: int, total: int, label: str) -> None:
    """Tells nobody."""


class NoReport(Exception):
    """There is no such material; the message is Danish and says what there is."""


@dataclass(frozen=True)
class Number:
    """One of the chairman's five, in words."""

    key: str
    title: str
    said: str
    """`64 %`, or the word for what is hidden."""
    base: str
    """`(80 af 125)`; empty where it is not shown."""
    change: str
    """`+5,0 procentpoint siden september: tydeligt bedre`."""
    beside: str
    """`mål 95 % · landet 29 %`."""
    verdict: str
    """`tydeligt under målet`; empty where there is nothing to hold it up to."""
    tone: Tone


@dataclass(frozen=True)
class Shown:
    """One published number: the whole municipality, or a centre."""

    place: str
    met: int | None
    base: int | None
    hidden: bool
    said: str
    note: str

    @property
    def rate(self) -> float | None:
        """As a fraction; None where it is hidden, or of too few to be a rate."""
        return None if self.met is None or not self.base or self.base < texts.FEW else self.met / self.base


@dataclass(frozen=True)
class Point:
    """What was published of a measure for a month."""

    month: dt.date
    whole: Shown | None
    """None: the month, or the measure in it, was not published."""
    segment: int
    """Another where the rule is another."""
    target: float | None


@dataclass(frozen=True)
class Change:
    """What has become of a measure since a month published before."""

    since: str
    """`september`."""
    value: float | None
    """Difference of the rates, as a fraction; None where `words` say why there is none."""
    words: str
    """`tydeligt bedre`, `kan ikke skelnes`; empty where there is nothing to say."""

    @property
    def said(self) -> str:
        """`+5,0 procentpoint siden september: tydeligt bedre`."""
        if self.value is None:
            return f"Siden {self.since}: {self.words}" if self.words else ""
        return texts.sentence(f"{texts.points(self.value * 100)} siden {self.since}") + self._why

    @property
    def short(self) -> str:
        """`+5,0 pp`; else why there is none."""
        return self.words if self.value is None else texts.points(self.value * 100, short=True)

    @property
    def _why(self) -> str:
        return f": {self.words}" if self.words else ""


@dataclass(frozen=True)
class Figure:
    """One measure of a month."""

    key: str
    title: str
    law: str
    whole: Shown
    centers: tuple[Shown, ...]
    """None where it is not divided."""
    points: tuple[Point, ...]
    """The oldest first; the last is the month itself."""
    target: float | None
    country: float | None
    """The country's rate where it may be drawn beside it: counted alike."""
    national: float | None
    """The country's rate, also where it is counted in another way."""
    beside: str
    change: Change | None
    """None: the first published month."""
    verdict: str
    tone: Tone
    comment: str

    @property
    def drawn(self) -> bool:
        """Whether there is a development to draw."""
        return sum(point.whole is not None and point.whole.rate is not None for point in self.points) > 1

    @property
    def alt(self) -> str:
        """What the curve shows, for those who do not see it."""
        said = [
            f"{texts.month(point.month)} {point.whole.said} {point.whole.note}".rstrip()
            for point in self.points
            if point.whole is not None
        ]
        beside = f" {texts.sentence(self.beside)}." if self.beside else ""
        return f"{self.title}, hele kommunen: {', '.join(said)}.{beside}"


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    note: str = ""
    tone: Tone = "neutral"
    value: float | int | None = None
    """The number, for a sheet."""


@dataclass(frozen=True)
class Table:
    """A table with headings; its first column says what each row is about."""

    caption: str
    """Its heading within the part; empty: that of the part says it."""
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: bool = False
    """All columns but the first are numbers."""
    wide: tuple[int, ...] = ()
    """The share of each column of the width; none: as they come."""
    note: str = ""


@dataclass(frozen=True)
class Definition:
    """How a measure is counted."""

    key: str
    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """One part of the material."""

    title: str
    lead: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    """Comments: which measure, and the words."""
    after: tuple[str, ...] = ()
    """Said below the tables."""
    definitions: tuple[Definition, ...] = ()


@dataclass(frozen=True)
class Pack:
    """All of it."""

    kind: Kind
    month: dt.date
    version: int
    made_at: dt.datetime
    """When the month was published, UTC: the files are dated so."""
    title: str
    subtitle: str
    five: tuple[Number, ...]
    signals: tuple[str, ...]
    overlap: str
    """What must be known to read a change; may be empty."""
    themes: tuple[Section, ...]
    moved: Section | None
    moves: tuple[Story, ...]
    """What moved most first."""
    decisions: Section | None
    lines: tuple[Line, ...]
    """The decisions, those that are open first."""
    about: tuple[tuple[str, str], ...]

    @property
    def sections(self) -> tuple[Section, ...]:
        """The parts in order."""
        return (*self.themes, *(part for part in (self.moved, self.decisions) if part))

    @property
    def figures(self) -> tuple[tuple[str, Figure], ...]:
        """Every measure with the part it is in."""
        return tuple((part.title, figure) for part in self.themes for figure in part.figures)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """How every measure in it is counted."""
        return tuple(each for part in self.themes for each in part.definitions)

    @property
    def urgent(self) -> tuple[str, ...]:
        """The decisions that should have been carried out, or soon should be, a sentence each."""
        return tuple(f"{line.title} ({line.who}). {line.by_when}." for line in urgent(self.lines))

    @property
    def name(self) -> str:
        """How its files are named: `ledelsesinformation_2026-10`, with the version where it is corrected."""
        return named(self.kind, self.month, self.version)


def named(kind: Kind, month: dt.date, version: int) -> str:
    """The name of the files, without their ending."""
    corrected = f"_version-{version}" if version > 1 else ""
    return f"{KINDS[kind][1]}_{month:%Y-%m}{corrected}"
