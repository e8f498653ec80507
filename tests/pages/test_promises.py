"""De fire løfter: the same figures as on the theme pages, no score, and words for what is not measured."""

import re

import sqlalchemy as sa

from data_access import tables
from data_access.database import connect
from metrics.assess import Cut, assess, figures, year_before
from metrics.promises import PROMISES
from tests.pages.conftest import Open
from tests.pages.test_access import HEAD
from tests.town import TODAY
from ui import texts

KEYS = [key for promise in PROMISES for key in promise.parts]


def shown(app: object) -> dict[str, list[str]]:
    """Key of a part -> its cells as text, all centres together first."""
    found = {}
    for block in app.get("html"):  # type: ignore[attr-defined]
        for row in re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", block.proto.body):
            [key] = re.findall(r"#(\w+)\"", row)
            cells = re.findall(r"<td data-sted=\"(.*?)\"><div>(.*?)</div></td>", row)
            found[key] = [re.sub(r"<small>.*", "", cell) for _, cell in cells]
    return {key: [re.sub(r"<.*?>", "", cell) for cell in cells] for key, cells in found.items()}


def wanted(engine: sa.Engine, centers: tuple[str, ...] | None = None) -> dict[str, str]:
    assessed = assess(tables.read(engine, tables.FULL_SCOPE), TODAY)
    rows = figures(assessed, Cut(year_before(TODAY), TODAY, centers)).to_dicts()
    return {row["measure"]: texts.rate_with_base(row["met"], row["base"]) for row in rows if row["measure"] in KEYS}


def test_every_part_has_the_figure_of_its_theme_page(open_page: Open, town_url: str) -> None:
    app = open_page("loefter")
    assert not app.exception
    engine = connect(town_url)
    found = shown(app)
    assert {key: cells[0] for key, cells in found.items()} == wanted(engine)
    for place, center in enumerate(tables.centers(engine), start=1):
        assert {key: cells[place] for key, cells in found.items()} == wanted(engine, (center,))
    engine.dispose()


def test_each_promise_says_what_it_cannot_measure(open_page: Open) -> None:
    app = open_page("loefter")
    assert [header.value for header in app.header] == [promise.title for promise in PROMISES]
    captions = [caption.value for caption in app.caption]
    assert [sum(promise.unmeasured in caption for caption in captions) for promise in PROMISES] == [1, 1, 1, 1]
    assert any("ikke lagt sammen" in each.value for each in app.markdown)


def test_a_head_sees_own_centre_only(open_page: Open, town_url: str) -> None:
    engine = connect(town_url)
    found = shown(open_page("loefter", role=HEAD))
    assert found == {key: [said] for key, said in wanted(engine, ("Center Børn og Unge",)).items()}
    engine.dispose()


def test_an_empty_selection_says_so(open_page: Open) -> None:
    app = open_page("loefter", periode="Vælg selv", fra_til=["2010-01-01", "2010-01-02"])
    assert shown(app) == {}
    assert app.info[0].value.startswith("Ingen sager i udsnittet")
