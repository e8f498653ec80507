"""Ledelsestilsyn: what a round shows of each question beside the register, and how far two agree. No Streamlit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from data_access import reviews
from data_access.reviews import ANSWERED
from data_access.tables import Scope
from metrics import review
from metrics.assess import BY_KEY
from metrics.review import Agreement, Registered, Result
from ui import texts
from ui.review import standing
from ui.review.answers import TITLES
from ui.review.sample import stratum
from ui.review.standing import LEFT_OUT, Standing, progress


@dataclass(frozen=True)
class Line:
    """One question's result beside the register's figure for the same frame; the two are never put together."""

    measure: str
    title: str
    result: Result
    registered: Registered
    weighted: bool
    """Strata were not read alike, and the rate is another than that of the cases counted together."""

    @property
    def said(self) -> str:
        """`71 % (22 af 31)`; nothing judged: `intet svar endnu`, or `intet grundlag` where it was no case's concern."""
        if not self.result.base or self.result.rate is None:
            return texts.NO_BASE if self.result.not_covered + self.result.cannot_tell else "intet svar endnu"
        if self.result.base < texts.FEW:
            return texts.counted(self.result.yes, self.result.base)
        share = texts.percent(self.result.rate)
        return f"{share} ({'vægtet, ' if self.weighted else ''}{texts.counted(self.result.yes, self.result.base)})"

    @property
    def sure(self) -> str:
        """`usikkerhed 58–82 % af 312 sager`; empty where too few are judged."""
        if self.result.base < texts.FEW or self.result.low is None or self.result.high is None:
            return ""
        whole = texts.counts(self.result.population, "sag", "sager")
        if self.result.low == self.result.high:
            return f"alle {whole} er læst"
        return f"{texts.uncertainty(self.result.low, self.result.high)} af {whole}"

    @property
    def beside(self) -> str:
        """`registeret 64 % (200 af 312)`."""
        return f"registeret {texts.rate_with_base(self.registered.met, self.registered.base)}"


def lines(now: Standing) -> list[Line]:
    """The result of each question of a round, without the cases that are `left_out`. Only for who sees all of it."""
    strata = now.cases.select("case_id", "stratum")
    first = now.open.filter(pl.col("reviewer") == 1).join(strata, on="case_id")
    read = now.cases.join(first, on="case_id", how="semi")
    said = [json.loads(each) for each in read["registered"]]
    found = []
    for measure in now.round.measures:
        registered = Registered(*now.round.registered.get(measure, (0, 0, 0)))
        covered_read = sum(measure in each for each in said)
        sizes = now.round.frame_sizes
        result = review.result(first, measure, sizes, registered.covered, covered_read)
        weighted = result.base > 0 and texts.percent(result.rate) != texts.percent(result.yes / result.base)
        title = BY_KEY[measure].title if measure in BY_KEY else measure
        found.append(Line(measure, title, result, registered, weighted))
    return found


def unread_strata(now: Standing) -> str:
    """`Endnu ikke læst: Nord og Syd.`; empty where every stratum has been read in."""
    read = set(now.cases.filter(pl.col("case_id").is_in(list(now.read)))["stratum"])
    left = [stratum(now.round.strata, name) for name in now.round.frame_sizes if name not in read]
    return f"Ingen sager er læst endnu i {' og '.join(left)}." if left and now.round.strata != "none" and read else ""


RESULT_HEADINGS = (
    "Spørgsmål",
    "Tilsyn",
    "Usikkerhed",
    "Ja",
    "Nej",
    "Ikke relevant",
    "Kan ikke afgøres",
    "Registeret",
    "Uden registrering",
)


def table(found: Sequence[Line]) -> pl.DataFrame:
    """The results in words and numbers, one row a question."""
    rows = [
        (
            line.title,
            line.said,
            line.sure.removeprefix("usikkerhed ") or texts.NONE,
            line.result.yes,
            line.result.no,
            line.result.not_covered,
            line.result.cannot_tell,
            line.beside.removeprefix("registeret "),
            line.registered.covered - line.registered.base,
        )
        for line in found
    ]
    kinds = [pl.String, pl.String, pl.String, pl.Int64, pl.Int64, pl.Int64, pl.Int64, pl.String, pl.Int64]
    return pl.DataFrame(rows, schema=dict(zip(RESULT_HEADINGS, kinds, strict=True)), orient="row")


def latest(engine: Any, scope: Scope, measure: str) -> str:
    """The newest result of a measure in one line, for who sees all centres; empty where there is none.

    A finished round comes before one that is being read.
    """
    if not scope.may("review") or scope.centers is not None or BY_KEY[measure].source != "tilsyn":
        return ""
    begun = ""
    for round_ in reviews.rounds(engine, scope):
        if measure not in round_.measures:
            continue
        now = standing.read(engine, scope, round_)
        [line] = [each for each in lines(now) if each.measure == measure]
        if not line.result.base:
            continue
        sure = f", {line.sure}" if line.sure else ""
        without = f", {LEFT_OUT}" if now.left_out else ""
        words = f"Seneste tilsyn: {line.said}{sure}, {round_.title}{without}"
        if now.finished:
            return f"{words}."
        begun = begun or f"{words}; foreløbigt, {progress(now)}."
    return begun


# --- two reviewers ------------------------------------------------------------------------------------


def pairs(now: Standing) -> pl.DataFrame:
    """case_id, measure, first, second, first_note, second_note: what two have answered to the same."""
    first, second = (
        now.open.filter(pl.col("reviewer") == number).select("case_id", "measure", "answer", "note")
        for number in (1, 2)
    )
    both = first.join(second, on=["case_id", "measure"], suffix="_2").sort("case_id", "measure")
    return both.rename({"answer": "first", "note": "first_note", "answer_2": "second", "note_2": "second_note"})


def agreement(both: pl.DataFrame) -> Agreement:
    """How far two agree, from rows of `pairs`."""
    return review.agreement(both.select("first", "second").rows())


def agreement_words(found: Agreement) -> str:
    """`Samme svar i 88 % (35 af 40). Kappa 0,74 …`; of too few: `for få`."""
    if not found.enough:
        return f"for få til at gøre enigheden op ({texts.counts(found.pairs, 'svar', 'svar')} af to)"
    said = f"samme svar i {texts.rate_with_base(found.same, found.pairs)}"
    if found.kappa is None:
        return f"{said}; kappa kan ikke regnes ud, når alle svar er ens"
    return f"{said}, kappa {texts.number(found.kappa, 2)}"


def disagreements(both: pl.DataFrame) -> pl.DataFrame:
    """Where two did not answer alike, in words."""
    words = dict(ANSWERED)
    return both.filter(pl.col("first") != pl.col("second")).select(
        pl.col("case_id").alias("Sag"),
        pl.col("measure").replace(TITLES).alias("Spørgsmål"),
        pl.col("first").replace(words).alias("Førstelæser"),
        pl.col("second").replace(words).alias("Andenlæser"),
        pl.concat_str(
            pl.when(pl.col("first_note") != "").then("first_note"),
            pl.when(pl.col("second_note") != "").then("second_note"),
            separator=" · ",
            ignore_nulls=True,
        ).alias("Noter"),
    )
