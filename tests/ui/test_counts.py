"""Counts as rows: parts of a whole have their share and their sum; what is no part of a whole has neither."""

import polars as pl
import pytest

from metrics.measures import DISTRIBUTIONS
from ui import counts


@pytest.mark.parametrize(
    ("key", "whole"), [("target_group", True), ("guides", True), ("target_flow", False), ("k_meetings", False)]
)
def test_only_parts_of_a_whole_are_added_up(key: str, whole: bool) -> None:
    [figure] = [figure for figure in DISTRIBUTIONS if figure.key == key]
    rows = pl.DataFrame({"label": ["Første", "Anden"], "count": [30, 10]})
    said = counts.table(figure, rows)
    assert ("I alt" in said) is whole
    assert ("75" in said) is whole
    assert "30" in said
