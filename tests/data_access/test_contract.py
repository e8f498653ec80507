"""The supplier's document says what the models say."""

from pathlib import Path

from data_access.contract import BEGIN, END, contract_markdown, with_contract
from data_access.models import DELIVERED, sources

DOCUMENT = Path(__file__).parents[2] / "docs" / "leverance.md"


def test_the_document_is_up_to_date() -> None:
    """Write it again with `uv run ungeoverblik docs`."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert BEGIN in document
    assert END in document
    assert with_contract(document) == document


def test_every_table_column_and_code_is_described() -> None:
    text = contract_markdown()
    for model in DELIVERED:
        assert f"### `{model.extract}`" in text
        for source in sources(model).values():
            assert f"| `{source.name}` |" in text
            assert all(f"`{code}` {label}" in text for code, label in source.codes.items())
