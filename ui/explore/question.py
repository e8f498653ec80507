"""Udforsk: what can be asked, and what an address asks for, held up against what there is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metrics.assess import BY_KEY
from metrics.explore import (
    AGE,
    CATEGORY,
    CENTER,
    COUNTED,
    DIMENSIONS,
    HANDED_OVER,
    MONTH,
    START,
    TEAM,
    Question,
)
from metrics.measure import Within
from metrics.measures import THEMES
from ui import filters, tile

MEASURE, ROWS, COLUMNS, NUMBER, SHOW = "noegletal", "raekker", "kolonner", "tal", "vis"
"""The choices of the page: their names in the address."""
BY_OUTCOME = "outcome"
"""What stands in the columns where no dimension does: the outcomes, or the values of a distribution."""
LABELS: Mapping[str, str] = MappingProxyType(
    {
        CENTER: "Center",
        CATEGORY: "Kategori",
        AGE: "Alder",
        MONTH: "Måned",
        START: "Sagens startmåned",
        TEAM: "Team",
        HANDED_OVER: "Overdraget undervejs",
        BY_OUTCOME: "Udfald",
    }
)
"""Dimension -> what it is called."""
NUMBERS: Mapping[str, str] = MappingProxyType({"rate": "Andel", "deviations": "Afvigelser", "units": "Antal"})
"""What stands in the cells of two dimensions."""
SHOWN: Mapping[str, str] = MappingProxyType({"both": "Tabel og diagram", "table": "Tabel", "chart": "Diagram"})
OF_THEME: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        theme.key: MappingProxyType(
            {measure.key: measure.title for measure in theme.measures}
            | {figure.key: figure.title for figure in theme.distributions}
        )
        for theme in THEMES
    }
)
"""Theme -> its measures and distributions with their titles, in the order of the catalogue."""
FIGURES: Mapping[str, str] = MappingProxyType({key: title for of in OF_THEME.values() for key, title in of.items()})
"""Measure or distribution -> its title."""


@dataclass(frozen=True)
class Asked:
    """What is chosen on the page, all of it known."""

    key: str
    """Measure or distribution."""
    rows: str
    """One of `DIMENSIONS`."""
    columns: str
    """Another one, or `BY_OUTCOME`."""
    number: str
    """Key of `NUMBERS`."""
    show: str
    """Key of `SHOWN`."""

    @property
    def counted(self) -> bool:
        """A distribution: counts without a rate."""
        return self.key in COUNTED

    @property
    def crossed(self) -> bool:
        """Two dimensions."""
        return self.columns != BY_OUTCOME

    @property
    def question(self) -> Question:
        """The same for `metrics.explore`."""
        return Question(self.key, self.rows, self.columns if self.crossed else None)


@dataclass(frozen=True)
class There:
    """What one can ask about just now."""

    centers: tuple[str, ...]
    """Those that may be seen, in organisational order."""
    teams: bool
    """Some case has one."""
    view_date: dt.date
    whole: str = filters.ALL_CENTERS
    """What all the centres that may be seen are called together."""
    every_center: bool = True
    """Those are all that the municipality has."""


def theme(key: str) -> str:
    """The theme of a measure or distribution."""
    return next(theme for theme, of in OF_THEME.items() if key in of)


def labels(codes: Sequence[str]) -> dict[str, str]:
    """What some dimensions are called, to choose among."""
    return {code: LABELS[code] for code in codes}


def dimensions(key: str, there: There) -> tuple[str, ...]:
    """What the units of a measure can be divided by here."""
    moved = key in BY_KEY and isinstance(BY_KEY[key].must, Within)
    without = {HANDED_OVER: not moved, TEAM: not there.teams}
    return tuple(dimension for dimension in DIMENSIONS if not without.get(dimension))


def columns(key: str, rows: str, there: There) -> tuple[str, ...]:
    """What may stand in the columns: of a distribution its values only."""
    return (BY_OUTCOME, *(d for d in dimensions(key, there) if d != rows)) if key in BY_KEY else (BY_OUTCOME,)


def numbers(key: str) -> tuple[str, ...]:
    """What may stand in the cells; only a duty has deviations."""
    duty = key in BY_KEY and tile.has_duty(BY_KEY[key])
    return tuple(number for number in NUMBERS if duty or number != "deviations")


def read(given: Mapping[str, Sequence[str]], there: There) -> tuple[Asked, tuple[str, ...]]:
    """What an address asks for, and in Danish what of it there is not and what is shown instead."""
    notes: list[str] = []

    def one(name: str, what: str, labels: Mapping[str, str], known: Sequence[str], usual: str) -> str:
        asked = next(iter(given.get(name, ())), usual)
        if asked in known:
            return asked
        said = labels.get(asked, asked[:60])
        if said:
            notes.append(f"{what} »{said}« kan ikke vælges her. Vist er {labels[usual]}.")
        return usual

    key = one(MEASURE, "Nøgletallet", FIGURES, tuple(FIGURES), next(iter(FIGURES)))
    possible = dimensions(key, there)
    rows = one(ROWS, "Rækkerne", LABELS, possible, CENTER if len(there.centers) > 1 else MONTH)
    beside = one(COLUMNS, "Kolonnerne", LABELS, columns(key, rows, there), BY_OUTCOME)
    number = one(NUMBER, "Tallet", NUMBERS, numbers(key), "rate")
    return Asked(key, rows, beside, number, one(SHOW, "Visningen", SHOWN, tuple(SHOWN), "both")), tuple(notes)
