"""What a benchmark found, and the goals that it is held up to.

Each module that measures has `measure(sizes, folder) -> list[Measured]`: `sizes` = which of S, M and L, `folder` =
where made municipalities are kept from one run to the next (`benchmarks.sizes`).
Source: the goals P1 to P15 of `performance.md` of the design.
"""

from dataclasses import dataclass

MODULES = {
    "P1": "engine",
    "P2": "peers",
    "P3": "peers",
    "P4": "engine",
    "P5": "engine",
    "P6": "kept",
    "P7": "reading",
    "P8": "users",
    "P9": "users",
    "P10": "users",
    "P11": "users",
    "P12": "users",
    "P13": "engine",
    "P14": "import_million",
    "P15": "report",
    "log": "access_log",
}
"""Goal -> the module here that measures it; the access log has a limit of its own."""


@dataclass(frozen=True)
class Measured:
    """One figure beside its target."""

    goal: str
    """P1 to P15, or `log`."""
    what: str
    """In a few Danish words, with the size."""
    value: float
    unit: str
    """s, ms, MB, GB, or × for a ratio."""
    target: str
    """As it is shown: `<= 15 ms`."""
    met: bool | None
    """None: not measured here, and `what` says why."""


def at_most(goal: str, what: str, value: float, limit: float, unit: str) -> Measured:
    """A figure that is to be small."""
    return Measured(goal, what, value, unit, f"<= {limit:g} {unit}", value <= limit)


def at_least(goal: str, what: str, value: float, limit: float, unit: str) -> Measured:
    """A figure that is to be large."""
    return Measured(goal, what, value, unit, f">= {limit:g} {unit}", value >= limit)


def not_here(goal: str, what: str, target: str) -> Measured:
    """A figure that needs something that is not on this machine; `what` says what."""
    return Measured(goal, what, float("nan"), "", target, None)
