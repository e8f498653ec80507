"""What leaves the house: nobody works out a hidden number, whatever was published before; and most of it is shown."""

import datetime as dt
import time
from collections.abc import Sequence
from itertools import permutations, product
from operator import add, le
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from data_access.database import connect
from data_access.tables import FULL_SCOPE, centers, read
from metrics.assess import assess
from metrics.disclosure import (
    COUNT_SCHEMA,
    ENTWINED,
    FIGURES,
    KEPT_INSIDE,
    PARTS_OF_A_SUM,
    SAME_BASE,
    SCHEMA,
    attack,
    counts,
    enough_per_center,
    protect,
    protect_counts,
    tables,
)
from metrics.measures import MEASURES
from tests import town
from tests.metrics.test_compare import judged
from tests.policy import table

OCTOBER = dt.date(2026, 10, 1)
V = dt.date(2026, 11, 22)
CENTERS = ("Nord", "Syd", "Øst", "Vest")
KEYS = ("decided", "heard", "literacy_test", "final_visitation", "first_interview")
"""Measures of a period that have nothing to do with each other."""


def window(month: int) -> tuple[dt.date, dt.date]:
    """The 12 months up to the end of the month with this number, January 2024 being 0."""
    first, last = pl.select(
        pl.date(2024, 1, 1).dt.offset_by(f"{month - 11}mo"),
        pl.date(2024, 1, 1).dt.offset_by(f"{month}mo").dt.month_end().alias("last"),
    ).row(0)
    return first, last


def published(text: str, month: int = 0, measure: str = "decided") -> pl.DataFrame:
    """The fixed table of one measure: `center | met | base`; the whole follows by itself. `-` = without a centre."""
    first, last = window(month)
    lines = [(row["center"], int(row["met"]), int(row["base"])) for row in table("center | met | base\n" + text)]
    rows = [(measure, first, last, None if name == "-" else name, False, met, base) for name, met, base in lines]
    whole = sum(met for _, met, _ in lines), sum(base for _, _, base in lines)
    return pl.DataFrame([*rows, (measure, first, last, None, True, *whole)], schema=SCHEMA, orient="row")


def shown(frame: pl.DataFrame) -> list[str]:
    """Every cell as it is read: met/base, `x` for what is hidden."""
    return [
        "/".join("x" if count is None else str(count) for count in counts)
        for counts in frame.select("met", "base").rows()
    ]


# --- the fixed table ----------------------------------------------------------------------------------


def fixed(text: str, centers: Sequence[str] = CENTERS, month: dt.date = OCTOBER) -> pl.DataFrame:
    return tables(judged(text, V), month, centers)


def cell(frame: pl.DataFrame, measure: str, center: str | None, *, whole: bool = False) -> tuple[int, int]:
    [found] = (
        frame.filter(
            (pl.col("measure") == measure) & pl.col("center").eq_missing(pl.lit(center)) & (pl.col("whole") == whole)
        )
        .select("met", "base")
        .rows()
    )
    return found


YEAR = """
    center | on         | outcome | times
    Nord   | 2025-10-31 | met     | 50
    Nord   | 2025-11-01 | met     | 3
    Nord   | 2026-10-31 | late    | 2
    Nord   | 2026-11-01 | met     | 70
    Syd    | 2026-05-01 | overdue | 4
    Syd    | 2026-05-01 | excused | 9
    Syd    | 2026-05-01 | unknown | 9
           | 2026-05-01 | met     | 1
"""


@pytest.mark.parametrize(
    ("center", "whole", "counts"),
    [
        ("Nord", False, (3, 5)),
        ("Syd", False, (0, 4)),
        ("Øst", False, (0, 0)),
        (None, False, (1, 1)),
        (None, True, (4, 10)),
    ],
)
def test_a_table_counts_twelve_whole_months_and_nothing_but_the_base(
    center: str | None, whole: bool, counts: tuple[int, int]
) -> None:
    frame = fixed(YEAR)
    assert frame.schema == SCHEMA
    assert cell(frame, "decided", center, whole=whole) == counts


def test_a_table_has_the_same_lines_for_every_measure_in_organisational_order() -> None:
    frame = fixed(YEAR)
    lines = [*((name, False) for name in CENTERS), (None, False), (None, True)]
    published = [measure.key for measure in MEASURES if measure.key not in KEPT_INSIDE]
    assert frame["measure"].unique(maintain_order=True).to_list() == published
    assert len(published) == len(MEASURES) - len(KEPT_INSIDE)
    assert frame.select("center", "whole").rows() == lines * len(published)


def test_a_centre_that_is_not_listed_still_counts() -> None:
    frame = fixed(YEAR, centers=["Syd"])
    assert cell(frame, "decided", "Nord") == (3, 5)
    assert frame["center"].unique(maintain_order=True).to_list() == ["Syd", "Nord", None]


def test_a_stock_measure_is_counted_on_the_last_day_of_the_month() -> None:
    frame = fixed("""
        center | measure | on         | outcome | times
        Nord   | mentor  | 2026-09-30 | met     | 9
        Nord   | mentor  | 2026-10-31 | met     | 6
        Nord   | mentor  | 2026-10-31 | unmet   | 2
    """)
    assert cell(frame, "mentor", None, whole=True) == (6, 8)
    days = frame.group_by("measure").agg(pl.col("from", "to").unique()).rows_by_key("measure", unique=True)
    assert days["mentor"] == ([dt.date(2026, 10, 31)], [dt.date(2026, 10, 31)])
    assert days["decided"] == ([dt.date(2025, 11, 1)], [dt.date(2026, 10, 31)])


def test_a_leap_year_gives_no_day_twice() -> None:
    frame = tables(judged("on | outcome\n2025-01-01 | met", dt.date(2025, 3, 5)), dt.date(2025, 2, 28), CENTERS)
    assert frame.filter(measure="decided")["from"].unique().to_list() == [dt.date(2024, 3, 1)]


@pytest.mark.parametrize(
    ("text", "month", "reason"),
    [
        (YEAR, dt.date(2026, 11, 1), "not over"),
        ("measure | on | outcome\nmentor | 2026-09-30 | met", OCTOBER, "no stock measure"),
    ],
)
def test_what_cannot_be_counted_yet_is_refused(text: str, month: dt.date, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fixed(text, month=month)


# --- what is hidden -----------------------------------------------------------------------------------

POLICY = """
    why                                                 | cells                         | shown
    nothing is small                                    | 20/30 10/20 7/12              | 20/30 10/20 7/12 37/62
    0 and everything are no small counts                | 30/30 0/20 7/12               | 30/30 0/20 7/12 37/62
    1-4 is hidden, and the smallest other centre with it| 20/30 3/20 7/12               | 20/30 x/20 x/12 30/62
    so is a complement of 1-4                           | 20/30 17/20 7/12              | 20/30 x/20 x/12 44/62
    5 is shown                                          | 20/30 5/20 7/12               | 20/30 5/20 7/12 32/62
    two that are small hide each other                  | 20/30 3/20 2/12               | 20/30 x/20 x/12 25/62
    but not where they hold too little together         | 20/30 1/20 0/12 0/9           | x/30 x/20 0/12 0/9 21/71
    a small base is hidden, and another base with it    | 20/30 3/3 7/12                | 20/30 x/x x/x 30/45
    where one centre has everything the whole is hidden | 3/12                          | x/12 x/12
    an empty cell is shown                              | 20/30 3/20 7/12 0/0           | 20/30 x/20 x/12 0/0 30/62
    a small whole is hidden with its centre             | 1/20 0/30 0/12                | x/20 0/30 0/12 x/62
"""


@pytest.mark.parametrize("row", table(POLICY), ids=lambda row: row["why"])
def test_what_is_hidden(row: dict[str, str]) -> None:
    lines = [f"C{n} | {each.replace('/', ' | ')}" for n, each in enumerate(row["cells"].split())]
    frame = protect(published("\n".join(lines)))
    assert shown(frame) == row["shown"].split()
    assert frame["hidden"].to_list() == ["x" in each for each in shown(frame)]
    assert frame["rate"].is_null().to_list() == ["x" in each or each == "0/0" for each in shown(frame)]
    assert not attack([frame])["narrowed"].any()


@pytest.mark.parametrize(("threshold", "hidden"), [(3, "3/20"), (4, "x/20"), (5, "x/20")])
def test_the_limit_is_configuration(threshold: int, hidden: str) -> None:
    frame = protect(published("A | 20 | 40\nB | 3 | 20\nC | 7 | 14"), threshold=threshold)
    assert shown(frame)[1] == hidden


@pytest.mark.parametrize(
    ("base", "threshold", "divided"), [(14, 5, False), (15, 5, True), (15, 6, False), (18, 6, True)]
)
def test_a_measure_about_few_is_published_for_the_whole_only(base: int, threshold: int, *, divided: bool) -> None:
    """Two centres and those without one are three lines; the whole alone decides."""
    frame = published(f"A | 0 | {base - 7}\nB | 7 | 7\n- | 0 | 0")
    other = published("A | 20 | 40\nB | 8 | 20\n- | 0 | 0", measure="heard")
    kept = enough_per_center(pl.concat([frame, other]), threshold)
    assert kept.filter(measure="heard").equals(other)
    assert kept.filter(measure="decided").equals(frame if divided else frame.filter("whole"))


ALONE = """
    why                                   | whole | shown
    nothing is small                      | 6/14  | 6/14
    everything and nothing are no counts  | 0/9   | 0/9
    a count of 1-4 is hidden              | 3/14  | x/14
    a complement is                       | 12/14 | x/14
    a small base is                       | 3/3   | x/x
    nobody                                | 0/0   | 0/0
"""


@pytest.mark.parametrize("row", table(ALONE), ids=lambda row: row["why"])
def test_what_is_hidden_of_the_whole_alone(row: dict[str, str]) -> None:
    met, base = row["whole"].split("/")
    frame = protect(published(f"A | {met} | {base}").filter("whole"))
    assert shown(frame) == [row["shown"]]
    assert not attack([frame])["narrowed"].any()


def test_measures_of_the_same_units_hide_the_same_bases() -> None:
    frame = protect(
        pl.concat(
            [
                published("A | 20 | 40\nB | 3 | 3\nC | 7 | 14\nD | 9 | 18", measure="mentor"),
                published("A | 8 | 40\nB | 0 | 3\nC | 14 | 14\nD | 1 | 18", measure="mentor_unregistered"),
            ]
        )
    )
    bases = [group["base"].to_list() for _, group in frame.group_by("measure", maintain_order=True)]
    assert bases[0] == bases[1] == [40, None, None, 18, 75]


def test_a_count_that_is_the_base_of_another_measure_is_hidden_in_both() -> None:
    frame = protect(
        pl.concat(
            [
                published("A | 20 | 40\nB | 8 | 20\nC | 7 | 14", measure="undocumented"),
                published("A | 10 | 20\nB | 3 | 8\nC | 2 | 7", measure="sanctioned_of_undocumented"),
                published("A | 20 | 40\nB | 9 | 20\nC | 8 | 14", measure="sanctioned_of_all"),
            ]
        )
    )
    assert [group["hidden"].to_list() for _, group in frame.group_by("measure")] == [[False, True, True, False]] * 3
    assert frame["base"].is_null().to_list() == frame["hidden"].to_list()


def test_measures_with_the_same_numbers_are_known_to_have_them(sqlite_template: Path, tmp_path: Path) -> None:
    engine = connect(town.delivered(sqlite_template, tmp_path, cases=700))  # in few cases numbers meet by chance
    known = read(engine, FULL_SCOPE)
    last = dt.date(2026, 10, 31)
    frame = tables(assess(known, town.TODAY, [last]), last, centers(engine))
    engine.dispose()
    linked = [set(group) for group in (*SAME_BASE, *ENTWINED)]
    numbers = {
        measure: (rows["base"].to_list(), rows["met"].to_list(), (rows["base"] - rows["met"]).to_list())
        for (measure,), rows in frame.group_by("measure", maintain_order=True)
        if rows["base"].max() >= 15  # type: ignore[operator]
    }
    same = [
        {one, other}
        for one, other in permutations(numbers, 2)
        if numbers[one][0] in numbers[other] and {one, other} not in [group & {one, other} for group in linked]
    ]
    assert len(numbers) > 15
    assert same == []


# --- the attack ---------------------------------------------------------------------------------------


def test_the_attack_says_what_can_be_deduced() -> None:
    frame = published("A | 20 | 30\nB | 3 | 20\nC | 7 | 12").with_columns(
        met=pl.when(pl.col("center").is_in(["B", "C"])).then(None).otherwise("met")
    )
    assert attack([frame]).select("center", "count", "smallest", "largest", "narrowed").rows() == [
        ("B", "met", 0, 10, False),
        ("B", "complement", 10, 20, False),
        ("C", "met", 0, 10, False),
        ("C", "complement", 2, 12, False),
    ]


def test_a_number_without_a_limit_has_no_largest_value() -> None:
    frame = published("A | 20 | 30\nB | 3 | 4").with_columns(
        pl.when(pl.col("whole") | (pl.col("center") == "B")).then(None).otherwise(pl.col("met", "base")).name.keep()
    )
    assert attack([frame]).filter("whole").select("count", "smallest", "largest").rows() == [
        ("met", 20, None),
        ("complement", 10, None),
        ("base", 30, None),
    ]


def test_two_values_with_a_gap_between_them_are_narrowed() -> None:
    """Half of a base that is even: what lies between its smallest and its largest value is not possible."""
    frame = published("A | 1 | 2\nB | 0 | 0").with_columns(
        pl.when("whole").then(pl.col("met", "base")).name.keep(),
        rate=pl.when(pl.col("center") == "A").then(0.5),
    )
    found = attack([frame]).filter((pl.col("center") == "A") & (pl.col("count") == "base"))
    assert found.select("smallest", "largest", "narrowed").rows() == [(0, 2, True)]
    assert Tries([frame]).values()[window(0)[1], "A", "base"] == {0, 2}


# --- a second attacker, who knows nothing of the first ------------------------------------------------

Vector = tuple[int, ...]
Line = dict[str, Any]


class Tries:
    """Tries every number in every month and centre of one measure, the same centres in every table.

    Where the whole is hidden it is tried up to `most`. Months that lie in the same windows are tried as one.
    """

    def __init__(self, frames: Sequence[pl.DataFrame], most: int = 3) -> None:
        self.lines: dict[str | None, list[Line]] = {}
        self.whole: list[Line] = []
        for frame in frames:
            for line in frame.to_dicts():
                (self.whole if line["whole"] else self.lines.setdefault(line["center"], [])).append(line)
        for center, lines in self.lines.items():  # what a table of the whole alone says of a centre: nothing
            known = {line["to"]: line for line in lines}
            nothing = {"center": center, "met": None, "base": None}
            self.lines[center] = [known.get(whole["to"], {**whole, **nothing}) for whole in self.whole]
        beyond = most + max(line["base"] or 0 for lines in self.lines.values() for line in lines)
        seen = [line["met"] is not None and line["base"] is not None for line in self.whole]
        self.met = [line["met"] if known else beyond for line, known in zip(self.whole, seen, strict=True)]
        self.rest = [
            line["base"] - line["met"] if known else beyond for line, known in zip(self.whole, seen, strict=True)
        ]
        months = pl.date_range(
            min(line["from"] for line in self.whole), max(line["to"] for line in self.whole), "1mo", eager=True
        )
        self.stretches = {tuple(int(w["from"] <= day <= w["to"]) for w in self.whole) for day in months}

    def counts(self, most: list[int]) -> set[Vector]:
        """What the windows can come to, one number a window."""
        reached = {tuple(0 for _ in most)}
        for stretch in self.stretches:
            longer = {
                tuple(before + count * inside for before, inside in zip(have, stretch, strict=True))
                for have in reached
                for count in range(max(most) + 1)
            }
            reached = {have for have in longer if all(map(le, have, most))}
        return reached

    def ways(self, lines: list[Line]) -> set[Vector]:
        """What the windows of one centre can hold: the met of each, then the not met of each."""
        mets, rests = self.counts(self.met), self.counts(self.rest)
        return {met + rest for met, rest in product(mets, rests) if all(map(agrees, lines, met, rest))}

    def values(self) -> dict[tuple[dt.date, str | None, str], set[int]]:
        """The values that every number of every centre can have."""
        ways = {center: self.ways(lines) for center, lines in self.lines.items()}
        months = len(self.whole)
        found: dict[tuple[dt.date, str | None, str], set[int]] = {}
        for center, own in ways.items():
            others = {tuple(0 for _ in range(2 * months))}
            for other, theirs in ways.items():
                if other != center:
                    together = {tuple(map(add, a, b)) for a, b in product(others, theirs)}
                    others = {way for way in together if all(map(le, way, [*self.met, *self.rest]))}
            for way in own:
                if any(self.fits(tuple(map(add, way, rest))) for rest in others):
                    for line, met, rest in zip(self.whole, way[:months], way[months:], strict=True):
                        for count, value in (("met", met), ("complement", rest), ("base", met + rest)):
                            found.setdefault((line["to"], center, count), set()).add(value)
        return found

    def fits(self, way: Vector) -> bool:
        """Whether the centres together give the whole."""
        months = len(self.whole)
        return all(map(agrees, self.whole, way[:months], way[months:]))


def agrees(line: Line, met: int, rest: int) -> bool:
    """Whether these numbers can stand behind a published line, its rate being whole per cent."""
    rate, base = line.get("rate"), met + rest
    near = rate is None or line["met"] is not None or abs(met - rate * base) <= 0.005 * base
    return line["met"] in (None, met) and line["base"] in (None, base) and near


def small_town(seed: int, months: int, centers: int = 3) -> list[pl.DataFrame]:
    """So few youths that every possibility can be tried."""
    chance = np.random.default_rng(seed)
    met, rest = (chance.poisson(0.1, (centers, 11 + months)) for _ in range(2))
    rows = []
    for month in range(months):
        counts = [
            (int(m[month : month + 12].sum()), int(r[month : month + 12].sum())) for m, r in zip(met, rest, strict=True)
        ]
        rows.append(published("\n".join(f"C{n} | {m} | {m + r}" for n, (m, r) in enumerate(counts)), month))
    return rows


@pytest.mark.parametrize(("months", "towns"), [(1, 40), (2, 20)])
def test_the_attack_agrees_with_one_that_tries_everything(months: int, towns: int) -> None:
    compared = 0
    for seed in range(towns):
        frames: list[pl.DataFrame] = []
        for frame in small_town(seed, months):
            frames.append(protect(frame, frames, threshold=3))
        whole_shown = all(frame.filter("whole")["met"].item() is not None for frame in frames)
        if months > 1 and not whole_shown:
            continue  # without an end there is too much to try
        tried = Tries(frames).values()
        for line in attack(frames).filter(~pl.col("whole")).to_dicts():
            values = tried[line["to"], line["center"], line["count"]]
            assert len(values) >= 3, (seed, line, values)
            assert line["smallest"] == min(values)
            if whole_shown:
                assert line["largest"] == max(values)
                compared += 1
    assert compared > 20


@pytest.mark.parametrize("seed", range(30))
def test_the_attack_finds_just_what_trying_everything_finds(seed: int) -> None:
    """Also where numbers are hidden badly: any of them, with or without their bases and their rates."""
    chance = np.random.default_rng(seed)
    [frame] = small_town(seed, 1)
    hidden = pl.Series(chance.random(len(frame)) < 0.6) & ~frame["whole"]
    bases = hidden & pl.Series(chance.random(len(frame)) < 0.5)
    rated = pl.Series(chance.random(len(frame)) < 0.5)
    frame = frame.with_columns(
        met=pl.when(~hidden).then("met"),
        base=pl.when(~bases).then("base"),
        rate=pl.when(rated & (pl.col("base") > 0)).then(pl.col("met") / pl.col("base")),
    )
    tried = Tries([frame]).values()
    for line in attack([frame]).to_dicts():
        values = tried[line["to"], line["center"], line["count"]]
        assert (line["smallest"], line["largest"], line["narrowed"]) == (min(values), max(values), len(values) < 3)


@pytest.mark.parametrize("seed", range(12))
def test_what_a_month_of_the_whole_alone_says_of_its_centres_is_attacked_too(seed: int) -> None:
    first, second = small_town(seed, 2)
    alone = seed % 2
    frames = [first, second.filter("whole")] if alone else [first.filter("whole"), second]
    met = pl.when(pl.col("whole") | (pl.col("center") != "C0")).then("met")
    frames = [frame.with_columns(met=met) for frame in frames]
    tried = Tries(frames).values()
    found = attack(frames).filter(~pl.col("whole"))
    assert set(found["to"]) == {window(0)[1], window(1)[1]}
    for line in found.to_dicts():
        values = tried[line["to"], line["center"], line["count"]]
        assert (line["smallest"], line["largest"], line["narrowed"]) == (min(values), max(values), len(values) < 3)


def test_the_fast_attack_finds_the_same_cells() -> None:
    """Of a base that is shown it does not say the complement too."""
    cell, seen = ["measure", "to", "center", "whole"], 0
    for seed in range(8):
        months = [only_small_ones_hidden(month) for month in municipality(seed, 198, months=1)]
        fast, found = attack(months, only_narrowed=True), attack(months).filter("narrowed")
        assert fast["narrowed"].all()
        assert fast.select(cell).unique().sort(cell).equals(found.select(cell).unique().sort(cell))
        seen += len(fast)
    assert seen > 5


# --- municipalities -----------------------------------------------------------------------------------


def municipality(
    seed: int, youths: int, months: int, measures: int = len(KEYS), centers: int = 4
) -> list[pl.DataFrame]:
    """The fixed tables of consecutive months: every measure covers a part of the youths of a year, in some places."""
    chance = np.random.default_rng([seed, youths])
    share = chance.dirichlet(np.full(centers, 4.0))
    met, rest = [], []
    for _ in range(measures):
        covered = youths * chance.uniform(0.3, 1) * share / 12
        rate = np.clip(chance.uniform(0.2, 0.95) + chance.normal(0, 0.05, centers), 0, 1)
        each = chance.poisson(covered[:, None], (centers, 11 + months))
        met.append(chance.binomial(each, rate[:, None]))
        rest.append(each - met[-1])
    names = [f"C{n}" for n in range(centers)]
    tables = []
    for month in range(months):
        part = slice(month, month + 12)
        tables.append(
            pl.concat(
                published(
                    "\n".join(
                        f"{name} | {m[n, part].sum()} | {m[n, part].sum() + r[n, part].sum()}"
                        for n, name in enumerate(names)
                    )
                    + "\n- | 0 | 0",
                    month,
                    key,
                )
                for key, m, r in zip(KEYS[:measures], met, rest, strict=True)
            )
        )
    return tables


def in_turn(months: Sequence[pl.DataFrame], threshold: int = 5) -> list[pl.DataFrame]:
    """Each month protected as it is published, after those before it."""
    frames: list[pl.DataFrame] = []
    for month in months:
        frames.append(protect(month, frames, threshold))
    return frames


def numbers_shown(frames: Sequence[pl.DataFrame]) -> float:
    """The part of the numbers (met and base of every cell that has units) that is shown; the fixed table's own."""
    cells = pl.concat(frames).filter((pl.col("base") > 0) | pl.col("base").is_null())
    return 1 - (cells["met"].null_count() + cells["base"].null_count()) / (2 * len(cells))


MUNICIPALITIES = [(seed, youths) for youths in (20, 60, 198, 700, 2_000) for seed in range(8)]


@pytest.mark.parametrize(("seed", "youths"), MUNICIPALITIES)
def test_nobody_works_out_a_hidden_number(seed: int, youths: int) -> None:
    months = municipality(seed, youths, months=4, measures=2)
    frames = in_turn(months)
    for month, frame in zip(months, frames, strict=True):
        counts = month.with_columns(hidden=frame["hidden"]).filter(~pl.col("hidden"))
        for count in (counts["met"], counts["base"], counts["base"] - counts["met"]):
            assert not count.is_between(1, 4).any()
    found = attack(frames)
    assert found.filter("narrowed").to_dicts() == []


@pytest.mark.parametrize("seed", [0, 1])
def test_nobody_works_out_a_number_where_small_measures_are_not_divided(seed: int) -> None:
    months = [enough_per_center(month) for month in municipality(seed, 45, months=4, measures=4)]
    divided = [month.filter(~pl.col("whole"))["measure"].n_unique() for month in months]
    assert 0 < sum(divided) < 4 * 4
    assert not attack(in_turn(months))["narrowed"].any()


def test_most_numbers_are_shown_of_198_youths_in_four_centres() -> None:
    assert min(numbers_shown([protect(municipality(seed, 198, 1)[0])]) for seed in range(20)) >= 0.6


@pytest.mark.parametrize(("seed", "cases"), [(2, 1_100), (5, 1_100), (8, 1_197)])
def test_most_numbers_are_shown_of_198_youths_of_the_demo(
    seed: int, cases: int, sqlite_template: Path, tmp_path: Path
) -> None:
    """The whole catalogue, with what few have too: sanctions, transitions, breaks."""
    month, month_before = dt.date(2026, 10, 31), dt.date(2026, 9, 30)
    engine = connect(town.delivered(sqlite_template, tmp_path, seed=seed, cases=cases, profile="rebild", deliveries=0))
    known = read(engine, FULL_SCOPE)
    year = (pl.col("closed_on") >= dt.date(2025, 11, 1)).fill_null(True) & (pl.col("first_enquiry_on") <= month)
    assert known["cases"].filter(year).collect()["person"].n_unique() == pytest.approx(198, abs=2)
    assessed = assess(known, town.TODAY, [month, month_before])
    of_month = [enough_per_center(tables(assessed, day, centers(engine))) for day in (month_before, month)]
    engine.dispose()
    assert of_month[1]["center"].n_unique() == 4 + 1
    frames = in_turn(of_month)
    assert [numbers_shown([frame]) >= 0.6 for frame in frames] == [True, True]
    assert not attack(frames, only_narrowed=True).height


# --- faults that the attack must find -----------------------------------------------------------------


def only_small_ones_hidden(month: pl.DataFrame) -> pl.DataFrame:
    """The fault: nothing is hidden beside what is small."""
    met, base = pl.col("met"), pl.col("base")
    small = met.is_between(1, 4) | (base - met).is_between(1, 4)
    return month.with_columns(
        met=pl.when(~small).then("met"), base=pl.when(~base.is_between(1, 4)).then("base"), hidden=small
    )


def test_secondary_hiding_is_needed() -> None:
    months = municipality(3, 198, months=1)
    assert attack([only_small_ones_hidden(months[0])])["narrowed"].any()
    assert not attack(in_turn(months))["narrowed"].any()


def test_a_rate_gives_its_count_away() -> None:
    months = municipality(3, 198, months=1)
    [frame] = in_turn(months)
    rate = months[0]["met"] / months[0]["base"]
    told = attack([frame.with_columns(rate=pl.when(pl.col("hidden")).then(rate).otherwise("rate"))])
    assert told.filter("narrowed").height > told.height / 2
    assert not attack([frame])["narrowed"].any()


@pytest.mark.parametrize("seed", [3, 6])
def test_the_months_before_are_needed(seed: int) -> None:
    months = municipality(seed, 60, months=6, measures=2)
    assert attack([protect(month) for month in months])["narrowed"].any()
    assert not attack(in_turn(months))["narrowed"].any()


# --- corrections --------------------------------------------------------------------------------------

SMALL = "A | 20 | 40\nB | 3 | 20\nC | 7 | 14\nD | 9 | 18"
GROWN = "A | 20 | 40\nB | 5 | 20\nC | 7 | 14\nD | 9 | 18"


def test_what_was_hidden_once_stays_hidden_in_a_correction() -> None:
    first = protect(published(SMALL))
    second = protect(published(GROWN), [first])
    assert shown(first) == ["20/40", "x/20", "x/14", "9/18", "39/92"]
    assert shown(second) == ["20/40", "x/20", "x/14", "9/18", "41/92"]
    assert shown(protect(published(GROWN))) == ["20/40", "5/20", "7/14", "9/18", "41/92"]


def test_a_correction_is_protected_beside_the_other_months_and_not_beside_what_it_replaces() -> None:
    """The first version shows what the second hides: it is of another truth, and no way of hiding could mend it."""
    first = protect(published("A | 20 | 40\nB | 6 | 20\nC | 7 | 14\nD | 9 | 18"))
    second = protect(published(SMALL), [first])
    assert shown(second) == shown(protect(published(SMALL)))


def test_the_older_version_of_a_month_does_not_keep_the_others_apart() -> None:
    """A month that follows a correction is attacked together with all that agrees, also what is before the error."""
    leaking = only_small_ones_hidden(published(SMALL))
    error = published(SMALL.replace("20 | 40", "30 | 90"), month=1)
    right = published(SMALL, month=1).with_columns(hidden=pl.lit(True), met=pl.lit(None, pl.Int64), rate=pl.lit(None))
    with_it = attack([leaking, error, right])
    without = attack([leaking, right])
    key = ["measure", "to", "center", "whole", "count"]
    both = without.join(with_it, on=key, nulls_equal=True, suffix="_with")
    assert len(both) == len(without)
    assert both.filter(
        (pl.col("smallest") != pl.col("smallest_with")) | (pl.col("largest") != pl.col("largest_with"))
    ).is_empty()


@pytest.mark.parametrize("seed", range(3))
def test_nothing_can_be_worked_out_of_months_one_of_which_was_corrected(seed: int) -> None:
    months = municipality(seed, 60, months=4, measures=2)
    chance = np.random.default_rng(seed)
    some = (pl.col("met") > 3) & pl.col("center").is_not_null() & pl.Series(chance.random(len(months[1])) < 0.5)
    parts = months[1].with_columns(met=pl.when(some).then(pl.col("met") - 2).otherwise("met"))
    summed = parts.filter(~pl.col("whole")).group_by("measure").agg(sum=pl.col("met").sum())
    corrected = (
        parts.join(summed, on="measure", how="left", maintain_order="left")
        .with_columns(met=pl.when("whole").then("sum").otherwise("met"))
        .drop("sum")
    )
    given: list[pl.DataFrame] = []
    for month in (months[0], months[1], months[2], corrected, months[3]):
        given.append(protect(month, given))
    assert not attack([given[0], given[2], given[3], given[4]])["narrowed"].any()
    assert not (given[1]["hidden"] & ~given[3]["hidden"]).any()


def test_tables_that_contradict_each_other_are_attacked_one_by_one() -> None:
    first = only_small_ones_hidden(published(SMALL))
    second = protect(published(GROWN.replace("20 | 40", "21 | 41")), [first])
    found = attack([first, second])
    assert found.filter("narrowed").select("center", "count", "smallest", "largest").rows() == [
        ("B", "met", 3, 3),
        ("B", "complement", 17, 17),
    ]
    assert found.height == 2 + 2 * second["met"].null_count()


@pytest.mark.parametrize("months", [1, 3])
def test_a_table_that_does_not_add_up_is_refused(months: int) -> None:
    frames = [protect(published(SMALL, month)) for month in range(months)]
    wrong = frames[-1].with_columns(base=pl.when(pl.col("center") == "A").then(10_000).otherwise("base"))
    with pytest.raises(ValueError, match="do not add up"):
        attack([*frames[:-1], wrong])


def test_what_earlier_months_gave_away_does_not_hide_all_that_follows() -> None:
    leaking = only_small_ones_hidden(published(SMALL))
    frame = protect(published(SMALL, month=1), [leaking])
    assert shown(frame) == ["20/40", "x/20", "x/14", "9/18", "39/92"]


def test_a_centre_that_was_not_there_before_had_nobody() -> None:
    counts = pl.when(pl.col("center").ne_missing("B")).then(pl.col("met", "base")).name.keep()
    first = published("A | 20 | 40\nB | 8 | 20").with_columns(counts)
    found = attack([first, published("A | 20 | 40\nB | 8 | 20\nC | 6 | 11", month=1)])
    assert found.select("center", "smallest", "largest").rows() == [("B", 8, 8), ("B", 12, 12), ("B", 20, 20)]


def test_the_answer_is_the_same_every_time() -> None:
    months = municipality(1, 198, months=2)
    assert pl.concat(in_turn(months)).equals(pl.concat(in_turn(months)))


def test_a_month_of_sixty_measures_takes_seconds() -> None:
    months = [
        pl.concat(
            part.with_columns(measure=pl.format("{}-{}", "measure", pl.lit(seed))) for seed, part in enumerate(each)
        )
        for each in zip(*(municipality(seed, 198, months=2) for seed in range(12)), strict=True)
    ]
    before = protect(months[0])
    begun = time.process_time()
    protect(months[1], [before])
    assert time.process_time() - begun < 10


# --- counts -------------------------------------------------------------------------------------------


def counted(sizes: Sequence[int], figure: str = "target_group") -> pl.DataFrame:
    """One distribution with these counts for its values, in their order."""
    values = list(FIGURES[figure].labels)[: len(sizes)]
    rows = [(figure, OCTOBER, OCTOBER, value, size) for value, size in zip(values, sizes, strict=True)]
    return pl.DataFrame(rows, schema=COUNT_SCHEMA, orient="row")


def cells_of(**bases: int | None) -> pl.DataFrame:
    """A published month in which these measures have such a base for the whole municipality."""
    rows = [(key, OCTOBER, OCTOBER, None, True, None, base) for key, base in bases.items()]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def read_off(frame: pl.DataFrame) -> str:
    """The counts as they are read, `x` for what is hidden."""
    assert (frame["hidden"] == frame["count"].is_null()).all()
    return " ".join("x" if count is None else str(count) for count in frame["count"])


HIDING = """
    counts         | base | shown
    0 40 20 0 0    | 60   | 0 40 20 0 0
    0 40 20 0 0    | 50   | 0 40 20 0 0
    3 40 20 0 0    | 63   | x 40 x 0 0
    3 40 20 4 0    | 67   | x 40 20 x 0
    1 40 20 2 0    | 63   | x 40 x x 0
    3 0 0 0 0      | 0    | x x x x x
    3 2 0 0 0      | 5    | x x 0 0 0
    4 40 0 0 0     | 44   | x x 0 0 0
    0 40 20 0 0    |      | 0 x x 0 0
    0 40 20 0 0    | 57   | 0 x x 0 0
    6 40 20 0 0    | 64   | x 40 x 0 0
    0 40 0 0 0     | 38   | x x 0 0 0
    0 0 0 0 0      | 0    | 0 0 0 0 0
"""


@pytest.mark.parametrize("row", table(HIDING), ids=lambda row: f"{row['counts']} of {row['base']}")
def test_few_are_hidden_and_what_they_could_be_worked_out_from(row: dict[str, str]) -> None:
    """`base` is that of "Ungeguide vurderet": who is in the target group and not in it, is not due yet."""
    sizes = [int(size) for size in row["counts"].split()]
    cells = cells_of(guide_assessed=int(row["base"]) if row["base"] else None)
    assert read_off(protect_counts(counted(sizes), cells)) == row["shown"]


GROUPS = """
    counts     | target | group | shown
    60 9 20 7  | 50     | 20    | 60 9 20 7
    60 3 20 2  | 60     | 20    | 60 x 20 x
    60 57 20 7 | 60     | 20    | 60 x 20 7
    60 9 20 7  | 58     | 20    | x 9 20 7
    60 9 20 7  |        | 20    | x 9 20 7
    60 9 20 7  | 60     |       | 60 9 x 7
    4 0 0 0    | 0      | 0     | x x 0 0
"""


@pytest.mark.parametrize("row", table(GROUPS), ids=lambda row: row["shown"])
def test_a_group_is_hidden_where_its_size_would_tell_what_is_hidden_elsewhere(row: dict[str, str]) -> None:
    target, group = (int(row[name]) if row[name] else None for name in ("target", "group"))
    sizes = [int(size) for size in row["counts"].split()]
    both = pl.concat([counted([0, sizes[0], 0, 0, 0]), counted(sizes, "intervention_group")])
    found = protect_counts(both, cells_of(guide_assessed=target, long_plan=group))
    assert read_off(found.filter(figure="intervention_group")) == row["shown"]


def test_what_was_hidden_once_stays_hidden_in_a_count_too() -> None:
    first = protect_counts(counted([3, 40, 20, 0, 0]), cells_of())
    assert read_off(protect_counts(counted([9, 40, 20, 0, 0]), cells_of(), [first])) == "x 40 x 0 0"
    assert read_off(protect_counts(counted([9, 40, 20, 0, 0]), cells_of())) == "9 40 20 0 0"


@pytest.mark.parametrize("figure", PARTS_OF_A_SUM)
def test_no_hidden_count_can_be_worked_out_of_the_sum(figure: str) -> None:
    chance = np.random.default_rng(7)
    for threshold in (3, 5, 9):
        for _ in range(200):
            sizes = [int(size) for size in chance.integers(0, chance.integers(2, 16), 5)]
            found = protect_counts(counted(sizes, figure), cells_of(guide_assessed=sum(sizes)), (), threshold)
            assert not found["count"].is_between(1, threshold - 1).any()
            hidden = found["hidden"].sum()
            left = sum(sizes) - (found["count"].sum() or 0)
            if hidden == 0 or hidden == len(sizes):
                continue  # then the sum is not told either
            possible = (
                {each for each in product(range(left + 1), repeat=hidden) if sum(each) == left} if left < 9 else set()
            )
            assert hidden > 1
            assert left >= threshold
            assert left >= 9 or all(len({each[place] for each in possible}) >= 3 for place in range(hidden))


def test_the_counts_of_a_month_and_of_a_half_year(sqlite_template: Path, tmp_path: Path) -> None:
    """No base of a measure that is published is counted a second time, but for those that `protect_counts` looks at."""
    engine = connect(town.delivered(sqlite_template, tmp_path))
    known = read(engine, FULL_SCOPE)
    places = centers(engine)
    engine.dispose()
    june, july = dt.date(2026, 6, 30), dt.date(2026, 7, 31)
    assessed = assess(known, town.TODAY, [june, july])
    found = counts(assessed, june)
    assert found.schema == COUNT_SCHEMA
    assert found["figure"].unique(maintain_order=True).to_list() == list(FIGURES)
    monthly = [key for key, figure in FIGURES.items() if not figure.half_yearly]
    assert counts(assessed, july)["figure"].unique(maintain_order=True).to_list() == monthly
    days = {figure: (first, last) for figure, first, last in found.select("figure", "from", "to").iter_rows()}
    assert days["target_group"] == (june, june)
    assert days["k_meetings"] == days["after_start_3"] == (dt.date(2026, 1, 1), june)
    bases = {(m, base) for m, base in tables(assessed, june, places).filter("whole").select("measure", "base").rows()}
    size = {(f, v): c for f, v, c in found.select("figure", "value", "count").iter_rows()}
    target = sum(count for (figure, _), count in size.items() if figure == "target_group")
    assert size["intervention_group", "maalgruppe"] == target > 0
    assert ("long_plan", size["intervention_group", "indsatsgruppe"]) in bases
    assert 0 < dict(bases)["guide_assessed"] <= target
    sums = found.group_by("figure").agg(pl.col("count").sum()).filter(pl.col("figure").is_in(PARTS_OF_A_SUM))
    others = {base for measure, base in bases if measure != "guide_assessed" and base > 20}
    assert not others & set(sums["count"])


def test_starts_are_counted_whether_supported_or_not() -> None:
    assert {part.key for part in FIGURES["after_start_6"].of} == {"after_start_with_6", "after_start_without_6"}
    assert FIGURES["after_start_6"].title == "6 måneder efter start"
    assert all(figure.of[0].labels == part.labels for figure in FIGURES.values() for part in figure.of)


@pytest.mark.parametrize("month", [dt.date(2026, 11, 1), dt.date(2026, 9, 1)])
def test_counts_of_a_month_that_cannot_be_counted_are_refused(month: dt.date) -> None:
    stock = judged("center | measure | on | outcome | times\nNord | mentor | 2026-10-31 | met | 7", V)
    with pytest.raises(ValueError, match=r"over on|judged on"):
        counts(stock, month)
