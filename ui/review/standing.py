"""Ledelsestilsyn: a round as it stands for a user: what is read, what is left, and of whom. Knows no Streamlit."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access import reviews
from data_access.reviews import Round
from data_access.tables import Scope
from ui import texts

UNREAD, SECOND_READ, WAITS, DONE = "unread", "second", "waits", "done"
"""What a case is to a user: to be read, to be read as the second, waiting for a second, or read."""
NOBODY = ""
LEFT_OUT = "uden de sager, du selv mangler at læse som andenlæser"
"""Said of a result that not every case read is in."""
STATES: Mapping[str, str] = MappingProxyType(
    {UNREAD: "Skal læses", SECOND_READ: "Mangler en andenlæser", WAITS: "Venter på andenlæser", DONE: "Læst"}
)


@dataclass(frozen=True, eq=False)
class Standing:
    """A round with what a user may see of its cases and answers now."""

    round: Round
    cases: pl.DataFrame
    """As `reviews.CASES`."""
    answers: pl.DataFrame
    """As `reviews.ANSWERS`."""
    whole: bool
    """The user sees all cases; else those of own centres."""

    @property
    def read(self) -> frozenset[str]:
        """The cases that somebody has read."""
        return frozenset(self.answers.filter(pl.col("reviewer") == 1)["case_id"])

    @property
    def open(self) -> pl.DataFrame:
        """The answers that the user may know what comes of; not those that the user may still be the second to give."""
        return self.answers.filter(~pl.col("blind"))

    @property
    def left_out(self) -> bool:
        """Some cases count in no result shown to the user, who may still be the second to read them."""
        return self.open.height < self.answers.height

    @property
    def places(self) -> int:
        """The cases to be read in all."""
        return self.cases.height

    @property
    def deleted(self) -> int:
        """Drawn cases that have been deleted since; known to who sees all."""
        return self.round.size - self.cases.height if self.whole else 0

    @property
    def finished(self) -> bool:
        """Every case has been read."""
        return self.places > 0 and len(self.read) == self.places

    def to_read(self, user: str) -> dict[str, str]:
        """Case -> what it is to a user (key of `STATES`), in the order drawn."""
        by: dict[tuple[str, int], str] = {
            (case, reviewer): who
            for case, reviewer, who in self.answers.select("case_id", "reviewer", "saved_by").rows()
        }
        states = {}
        for case, second in self.cases.select("case_id", "second").iter_rows():
            first = by.get((case, 1))
            if first is None:
                states[case] = UNREAD
            elif second and (case, 2) not in by:
                states[case] = WAITS if first == user else SECOND_READ
            else:
                states[case] = DONE
        return states


def read(engine: Any, scope: Scope, round_: Round) -> Standing:
    """Read a round's cases and answers for a user. Raises as `reviews.cases`."""
    cases, answers = reviews.cases(engine, scope, round_.id), reviews.answers(engine, scope, round_.id)
    return Standing(round_, cases, answers, scope.centers is None)


def progress(now: Standing) -> str:
    """`23 af 40 sager læst`, and how many of them are left for a second reviewer."""
    where = "" if now.whole else " fra dine centre"
    said = f"{texts.counted(len(now.read), now.places)} sager{where} læst"
    waits = sum(what in (SECOND_READ, WAITS) for what in now.to_read(NOBODY).values())
    return f"{said}, {texts.number(waits)} venter på en andenlæser" if waits else said


def gone_words(now: Standing) -> str:
    """That drawn cases have been deleted since; empty where none has."""
    if not now.deleted:
        return ""
    which = "1 af de udtrukne sager er" if now.deleted == 1 else f"{texts.number(now.deleted)} af de udtrukne sager er"
    return f"{which} slettet siden. Svarene om dem er slettet med dem og tæller ikke med."
