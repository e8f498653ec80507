"""Each fault of the list can be planted where it says, its test exists, and every row of the bar has a fault."""

import ast
from collections import Counter

import pytest

from tests import mutants
from tests.mutants import ROOT, ROWS, Mutant

MUTANTS = mutants.listed()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.row} {mutant.claim}")
def test_a_mutant_can_be_planted_and_its_test_exists(mutant: Mutant) -> None:
    whole = (ROOT / mutant.file).read_text("utf-8")
    assert whole.count(mutant.old) == 1
    assert mutants.planted(mutant) != whole
    if mutant.file.endswith(".py"):
        ast.parse(mutants.planted(mutant))
    file, _, test = mutant.test.partition("::")
    functions = {n.name for n in ast.parse((ROOT / file).read_text("utf-8")).body if isinstance(n, ast.FunctionDef)}
    assert test.partition("[")[0] in functions


def test_every_row_of_the_bar_has_a_fault_or_a_reason() -> None:
    planted = {mutant.row for mutant in MUTANTS} | set(mutants.walked())
    assert planted | set(mutants.elsewhere()) == set(ROWS)
    assert not planted & set(mutants.elsewhere())


def test_each_claim_stands_once() -> None:
    assert [claim for claim, times in Counter(mutant.claim for mutant in MUTANTS).items() if times > 1] == []


def test_the_faults_of_the_walk_are_named_by_their_row() -> None:
    import tests.walk.planted as walk

    named = [fault for faults in mutants.walked().values() for fault in faults]
    assert sorted(named) == sorted(walk.FAULTS)
