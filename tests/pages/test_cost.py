"""What a click costs when nothing new has to be computed: counted and not timed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from tests.pages.conftest import Open
from tests.pages.test_access import HEAD
from tests.policy import table

COORDINATOR = "Ungekoordinator"
COSTS = """
url        | role        | asked | computed | elements | kilobytes
           | coordinator | 7     | 0        | 200      | 80
           | head        | 7     | 0        | 200      | 80
screening  | coordinator | 7     | 0        | 150      | 140
screening  | head        | 7     | 0        | 150      | 140
afvigelser | coordinator | 6     | 40       | 60       | 140
"""
"""The most of each: statements to the database, computations of polars, elements of the page, and their size."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement != "BEGIN":
            asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows each time polars is asked to compute something."""
    found: list[str] = []
    for way in ("collect", "_collect_eager"):  # of lazy frames, and of others
        real = getattr(pl.LazyFrame, way)

        def noted(*given: Any, _way: str = way, _real: Any = real, **how: Any) -> Any:
            found.append(_way)
            return _real(*given, **how)

        monkeypatch.setattr(pl.LazyFrame, way, noted)
    pl.DataFrame({"a": [1]}).filter(pl.col("a") == 1).lazy().collect()
    assert len(found) == 2
    return found


def elements(node: Node) -> Iterator[Node]:
    """All that a page is made of."""
    yield node
    if isinstance(node, Block):
        for child in node.children.values():
            yield from elements(child)


def warm(app: AppTest) -> AppTest:
    """Run until nothing is new."""
    for _ in range(2):
        app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("cost", table(COSTS), ids=lambda cost: f"{cost['url']}-{cost['role']}")
def test_a_click_without_anything_new_asks_and_computes_little(
    open_page: Open, computed: list[str], cost: dict[str, str]
) -> None:
    app = warm(open_page(cost["url"] or "", role=HEAD if cost["role"] == "head" else COORDINATOR))
    computed.clear()
    with statements() as asked:
        app.run()
    every = list(elements(app._tree))
    size = sum(len(each.proto.SerializeToString()) for each in every if getattr(each, "proto", None) is not None)
    found = {"asked": len(asked), "computed": len(computed), "elements": len(every), "kilobytes": size // 1000}
    assert {name: count for name, count in found.items() if count > int(cost[name])} == {}, found
    assert found["elements"] > 40  # it is the page, and not a word instead of it
