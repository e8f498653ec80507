"""A declaration's mark: it changes when what is counted does, and not otherwise."""

import datetime as dt
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from metrics.limits import Life, Limit, Version
from metrics.measure import Measure, Within, mark, national
from metrics.measures import MEASURES

DAY = pl.col("day")
PLAIN = Measure(
    key="svar",
    title="Svar til tiden",
    of="cases",
    must=Within("done", trigger="asked_on", limit=Limit((Version(7, "days", "§ 1"),))),
    rule="Der er svaret.",
    base="Alle.",
    why="Det er rart.",
    legal_basis="§ 1",
    population=pl.col("asked"),
)
MUST = PLAIN.must
assert isinstance(MUST, Within)
LIMIT = MUST.limit
assert LIMIT

CHANGED: dict[str, dict[str, Any]] = {
    "a version more": {
        "must": replace(MUST, limit=Limit((*LIMIT.versions, Version(7, "days", "§ 2", dt.date(2027, 1, 1)))))
    },
    "another length": {"must": replace(MUST, limit=Limit((Version(8, "days", "§ 1"),)))},
    "another unit": {"must": replace(MUST, limit=Limit((Version(7, "months", "§ 1"),)))},
    "another law of the version": {"must": replace(MUST, limit=Limit((Version(7, "days", "§ 9"),)))},
    "another date": {"must": replace(MUST, done="held_on")},
    "what it needs": {"must": replace(MUST, needs=DAY.is_not_null())},
    "another population": {"population": pl.col("asked") & pl.col("open")},
    "another value in it": {"population": pl.col("asked").is_in(["ja", "måske"])},
    "another life": {"life": Life(valid_to=dt.date(2026, 12, 31))},
    "the sentence": {"rule": "Der er svaret i tide."},
    "the base": {"base": "Alle, der spørger."},
    "the law": {"legal_basis": "§ 2"},
    "other facts": {"of": "youths"},
}
SAME: dict[str, dict[str, Any]] = {
    "nothing": {},
    "the key": {"key": "andet"},
    "the title": {"title": "Andet"},
    "why": {"why": "Andet"},
    "the benchmark": {"benchmarks": (national(92),)},
    "an expression written again": {"population": pl.col("asked")},
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_another_rule_has_another_mark(change: dict[str, Any]) -> None:
    assert mark(replace(PLAIN, **change)) != mark(PLAIN)


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_same_rule_has_the_same_mark_whatever_is_said_beside_it(change: dict[str, Any]) -> None:
    assert mark(replace(PLAIN, **change)) == mark(PLAIN)


def test_each_measure_has_a_mark_of_its_own_the_same_in_every_process() -> None:
    marks = [mark(measure) for measure in MEASURES]
    assert len(set(marks)) == len(MEASURES)
    assert all(len(each) == 12 and int(each, 16) >= 0 for each in marks)
    said = "from metrics.measures import MEASURES; from metrics.measure import mark; print([mark(m) for m in MEASURES])"
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", said],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert run.stdout.strip() == str(marks)
