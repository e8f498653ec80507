"""How the parts of a promise are said: by the size of their base, beside target and country, centre by centre."""

import polars as pl
import pytest

from metrics.assess import BY_KEY
from metrics.promises import PROMISES
from ui import navigation, promises, texts

CELLS = [
    ((0, 0), "<span>intet grundlag</span>"),
    ((3, 4), "<b>3 af 4</b>"),
    ((4, 5), "<b>80 %</b> <span>(4 af 5)</span><small>Usikkerhed 40–99 %</small>"),
    ((23, 25), "<b>92 %</b> <span>(23 af 25)</span><small>Usikkerhed 40–99 %</small>"),
]


@pytest.mark.parametrize(("counts", "said"), CELLS)
def test_a_rate_is_said_by_the_size_of_its_base(counts: tuple[int, int], said: str) -> None:
    ends = (0.4, 0.99) if counts[1] else (None, None)
    assert promises.cell(*counts, *ends).replace(texts.SPACE, " ") == said


def test_the_centres_keep_their_order_and_those_without_one_are_last() -> None:
    frames = [pl.DataFrame({"center": ["Syd", "Nord"]}), pl.DataFrame({"center": ["Syd", "Nord", None, "Vest"]})]
    assert promises.places(frames) == ["Syd", "Nord", "Vest", None]
    assert promises.places([pl.DataFrame({"center": ["Syd"]})]) == []


@pytest.mark.parametrize("key", [key for promise in PROMISES for key in promise.parts])
def test_each_part_leads_to_its_place_on_its_theme_page(key: str) -> None:
    link = promises.link(key, "center=B%C3%B8rn&periode=I+år")
    url = link.partition("?")[0].removeprefix('<a href="')
    place = next(place for place in navigation.PLACES if place.url == url)
    assert place.file.startswith("pages/leadership/")
    assert f"&amp;periode=I+år#{key}" in link
    assert BY_KEY[key].title in link
