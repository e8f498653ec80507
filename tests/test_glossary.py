"""One word per concept: every table, code and outcome has one English and one Danish word in GLOSSARY.md."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlmodel import SQLModel

from data_access import models
from metrics.measure import OUTCOMES

GLOSSARY = (Path(__file__).parent.parent / "GLOSSARY.md").read_text("utf-8")


class Entry(NamedTuple):
    section: str
    english: str
    danish: str
    code: str
    basis: str


def entries(markdown: str) -> list[Entry]:
    """The rows of the glossary's tables, each with the heading it stands under."""
    section, found = "", []
    for line in markdown.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| `"):
            english, danish, code, basis = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
            found.append(Entry(section, english, danish, code, basis))
    return found


ENTRIES = entries(GLOSSARY)
TABLES = {
    mapper.class_.__name__
    for mapper in SQLModel._sa_registry.mappers  # type: ignore[attr-defined]
    if mapper.class_.__module__ == models.__name__
}
CODE_LISTS = {
    name: codes for name, codes in vars(models).items() if name.isupper() and isinstance(codes, Mapping) and codes
}


def repeated(words: list[str]) -> list[str]:
    return [word for word, times in Counter(word.casefold() for word in words).items() if times > 1]


def test_no_english_word_stands_twice() -> None:
    assert repeated([entry.english for entry in ENTRIES]) == []


def test_no_danish_term_has_two_english_words() -> None:
    assert repeated([entry.danish for entry in ENTRIES]) == []


def test_every_table_has_a_danish_term_and_every_term_a_table() -> None:
    assert {entry.english for entry in ENTRIES if entry.section == "Tables"} == TABLES


@pytest.mark.parametrize("codes", CODE_LISTS.values(), ids=CODE_LISTS.keys())
def test_every_code_is_bound_to_its_label(codes: Mapping[str, str]) -> None:
    bound = {(entry.code, entry.danish.casefold()) for entry in ENTRIES if entry.code}
    assert [code for code, label in codes.items() if (code, label.casefold()) not in bound] == []


def test_the_glossary_binds_no_code_that_no_table_has() -> None:
    known = {(code, label.casefold()) for codes in CODE_LISTS.values() for code, label in codes.items()}
    assert [entry for entry in ENTRIES if entry.code and (entry.code, entry.danish.casefold()) not in known] == []


def test_a_label_stands_for_one_code_wherever_it_is_used() -> None:
    pairs = {(label.casefold(), code) for codes in CODE_LISTS.values() for code, label in codes.items()}
    assert repeated([label for label, _ in pairs]) == []


def test_every_outcome_has_its_word() -> None:
    bound = {entry.english for entry in ENTRIES if entry.section == "Outcomes"}
    assert bound == {*OUTCOMES, "not_covered"}


def test_identifiers_are_english_and_terms_properly_spelt() -> None:
    """A Danish term is never written with ae, oe or aa for æ, ø or å; an identifier never with them."""
    assert [entry.english for entry in ENTRIES if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", entry.english)] == []
    assert [entry.danish for entry in ENTRIES if re.search(r"ae|oe|aa", entry.danish)] == []
