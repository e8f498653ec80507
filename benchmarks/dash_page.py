"""The tiles of the overview with the filter of centres, as a Dash page on the same frames: to be held up against.

    uv run --group bench python -m benchmarks.dash_page PORT

What the dashboard keeps between clicks is kept here too: the figures of a selection and its tiles, made once.
"""

import logging
import sys
from functools import cache
from html.parser import HTMLParser
from typing import Any

from dash import Dash, Input, Output, dcc, html

from data_access import database, tables
from data_access.tables import FULL_SCOPE
from metrics.assess import BY_KEY, assess
from metrics.measures import THEMES
from metrics.summary import summarise
from ui import blocks, figures, filters, overview, tile

NAMES = {"class": "className", "aria-hidden": "aria-hidden"}


class Components(HTMLParser):
    """HTML as the components of Dash that say the same."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.top: list[Any] = []
        self._open: list[list[Any]] = [self.top]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a component, but one that holds nothing."""
        named = {NAMES.get(name, name): value for name, value in attrs if name != "style"}
        made = getattr(html, tag.capitalize())([], **named)
        self._open[-1].append(made)
        if tag not in ("img", "br"):
            self._open.append(made.children)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Words."""
        self._open[-1].append(data)


def main() -> None:
    """Serve."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    engine = database.connect()
    view_date, centers = tables.newest_extract(engine), tuple(tables.centers(engine))
    first = tables.first_extract(engine)
    assert view_date is not None
    assert first is not None
    since, every = figures.history_from(first), filters.selection(view_date, centers, {})
    days = figures.days_read(every, view_date, since)
    assessed = assess(tables.read(engine, FULL_SCOPE, None), view_date, sorted(days))

    @cache
    def shown(center: str) -> list[Any]:
        cut = filters.selection(view_date, centers, {filters.CENTER: center})
        readings, summary = figures.read(assessed, cut, centers, since), summarise(assessed, cut, centers)
        parts = [
            html.Div(Components(tile.html(BY_KEY[key], readings)).top)
            for theme in THEMES
            for key in overview.KEY_MEASURES[theme.key]
        ]
        bars = (overview.by_center(summary.by_center), overview.by_rule(summary.by_rule))
        return [*parts, *(html.Div(Components(blocks.bars(rows, "Afvigelser")).top) for rows in bars)]

    app = Dash(__name__)
    names = [filters.ALL_CENTERS, *centers]
    app.layout = html.Div(
        [
            dcc.Dropdown(names, names[0], id="center", clearable=False, searchable=False),
            html.Div(shown(names[0]), id="tiles", style={"display": "grid", "gridTemplateColumns": "repeat(4, 1fr)"}),
        ]
    )
    app.callback(Output("tiles", "children"), Input("center", "value"))(shown)
    app.run(host="127.0.0.1", port=int(sys.argv[1]), debug=False)


if __name__ == "__main__":
    main()
