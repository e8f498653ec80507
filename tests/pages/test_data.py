"""Om tallene and Datagrundlag: the catalogue is whole, and what is late or rejected is said."""

import datetime as dt

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import deliveries, tables
from data_access.database import connect
from data_access.models import DELIVERED
from metrics.measures import DISTRIBUTIONS, MEASURES, WAITS
from tests.pages.conftest import Open
from tests.town import TODAY
from ui import data_quality, definitions, texts


@pytest.fixture(scope="module")
def engine(town_url: str) -> sa.Engine:
    return connect(town_url)


def test_the_catalogue_has_every_measure_and_count(open_page: Open) -> None:
    app = open_page("om-tallene")
    assert not app.exception
    labels = [box.label for box in app.expander]
    for each in (*MEASURES, *WAITS, *DISTRIBUTIONS):
        assert sum(label.startswith(f"**{each.title}**") for label in labels) == 1, each.title


def test_a_theme_in_the_address_narrows_the_catalogue(open_page: Open) -> None:
    app = open_page("om-tallene", tema=["screening"])
    always = ["Udfald", "Datoer", "Usikkerhed", "Udvikling, sammenligning og ventetid"]
    assert [header.value for header in app.header] == ["Screening", *always]


def test_a_search_that_finds_nothing_says_so(open_page: Open) -> None:
    app = open_page("om-tallene")
    app.text_input(key="soeg").set_value("findesikke").run()
    assert app.info[0].value.startswith("Ingen nøgletal med de ord.")


@pytest.mark.parametrize(
    ("themes", "words", "title"),
    [
        ((), "225", "Vejledt om 225-timersreglen"),
        ((), "PARTSHØRT", "Partshørt før afgørelse"),
        (("sanctions",), "tredje kalendermåned", "Sanktion effektueret inden 3 hele kalendermåneder"),
        ((), "ventetid samtale", "Ventetid til første samtale"),
    ],
)
def test_a_measure_is_found_by_its_words(themes: tuple[str, ...], words: str, title: str) -> None:
    found = [each.title for _, measures, counts in definitions.found(themes, words) for each in (*measures, *counts)]
    assert title in found
    assert len(found) < 12


def test_every_outcome_is_explained() -> None:
    assert [row["Udfald"] for row in definitions.outcomes()] == list(texts.OUTCOMES.values())


def test_the_newest_delivery_of_every_table_is_shown(open_page: Open, engine: sa.Engine) -> None:
    app = open_page("datagrundlag")
    assert not app.exception
    newest = deliveries.newest_per_table(engine, tables.FULL_SCOPE)
    table = app.dataframe[0].value
    assert list(table["extract"]) == [data_quality.TABLES[model.extract] for model in DELIVERED]
    for count in deliveries.COUNTS:
        assert list(table[count]) == newest[count].to_list()
    assert app.text[0].value.startswith(f"Seneste leverance: leverance-{TODAY}, udtrukket 22-11-2026")
    assert len(app.dataframe[1].value) == deliveries.imports(engine, tables.FULL_SCOPE).height == 2


def test_rejected_rows_are_shown_with_what_to_do(open_page: Open, engine: sa.Engine) -> None:
    app = open_page("datagrundlag")
    rejected = deliveries.rejections(engine, tables.FULL_SCOPE, 2)
    assert rejected.height > 0
    shown = app.dataframe[2].value
    assert list(shown.columns) == ["file", "row", "column", "reason", "advice"]
    assert len(shown) == rejected.height
    app.selectbox(key="leverance").select(1).run()
    assert len(app.dataframe[2].value) == deliveries.rejections(engine, tables.FULL_SCOPE, 1).height


@pytest.mark.parametrize(
    "read",
    [
        deliveries.imports,
        deliveries.newest_per_table,
        lambda engine, scope: deliveries.rejections(engine, scope, 1),
    ],
)
def test_without_a_scope_there_is_nothing(engine: sa.Engine, read: object) -> None:
    with pytest.raises(tables.NoScope):
        read(engine, None)  # type: ignore[operator]


FRESHNESS = [
    (dt.date(2026, 11, 22), "Frisk", "i dag"),
    (dt.date(2026, 11, 21), "Frisk", "i går"),
    (dt.date(2026, 11, 19), "Frisk", "for 3 dage siden"),
    (dt.date(2026, 10, 18), "Frisk", "for 35 dage siden"),
    (dt.date(2026, 10, 17), "Ældre end 35 dage", "for 36 dage siden"),
    (None, "Aldrig leveret", None),
]


@pytest.mark.parametrize(("extracted", "status", "age"), FRESHNESS)
def test_a_table_older_than_35_days_is_late(extracted: dt.date | None, status: str, age: str | None) -> None:
    row = dict.fromkeys(deliveries.NEWEST) | {"table": "plans", "extract": "planer", "extract_date": extracted}
    newest = pl.DataFrame([row], schema=deliveries.NEWEST | {"extract": pl.String()})
    fresh = data_quality.freshness(newest, dt.date(2026, 11, 22))
    assert fresh.select("extract", "status").row(0) == ("Planer", status)
    assert (fresh["age"][0] or "").replace(texts.SPACE, " ") == (age or "")
    said, well = data_quality.verdict(fresh)
    assert well is (status == "Frisk")
    assert ("Planer" in said) is not well


@pytest.mark.parametrize(("rejected", "words"), [(0, ""), (1, "1 række er afvist"), (1203, "1.203 rækker er afvist")])
def test_rejected_rows_are_no_green_verdict(rejected: int, words: str) -> None:
    fresh = pl.DataFrame({"extract": ["Planer"], "status": [data_quality.FRESH], "rejected": [rejected]})
    said, well = data_quality.verdict(fresh)
    assert words in said
    assert well is (rejected == 0)


def test_the_contract_is_called_the_standard_format(open_page: Open, engine: sa.Engine) -> None:
    assert set(open_page("datagrundlag").dataframe[1].value["source"]) == {"Standardformatet"}
    newest, taken = (read(engine, tables.FULL_SCOPE) for read in (deliveries.newest_per_table, deliveries.imports))
    assert data_quality.sources(newest, taken) == {str(model.__tablename__): "Standardformatet" for model in DELIVERED}


def test_what_is_missing_stands_in_one_place(open_page: Open) -> None:
    links = [link.label for link in open_page("datagrundlag").get("page_link")]
    assert "Se tomme felter og sene registreringer" in links
    administrator = open_page("datagrundlag", role="Administrator")
    assert not administrator.get("page_link")


def test_every_table_has_a_plain_name() -> None:
    assert list(data_quality.TABLES) == [model.extract for model in DELIVERED]


@pytest.mark.parametrize("role", ["Ungekoordinator", "Styregruppe", "Administrator", "Databeskyttelse"])
def test_the_method_is_for_everybody_and_leads_to_the_definitions(open_page: Open, role: str) -> None:
    app = open_page("metoden", role=role, purpose=False)
    assert not app.exception
    assert [header.value for header in app.header] == [
        "Fra en række til et tal",
        "Hvorfor antallet altid står ved siden af",
        "Hvad en afvigelse er, og hvad den ikke er",
        "Hvad der er uventet",
        "Dem, der stadig venter",
        "Hvorfor noget er skjult",
        "Hvad tallene ikke kan sige",
        "Kilder",
    ]
    assert [link.label for link in app.get("page_link")] == ["Om tallene"]
    assert len(app.get("vega_lite_chart")) == 2
