"""How a source system's own files, headers and codes become the data contract: the mapping files, read and checked.

A mapping is a TOML file in `data_access/mappings/`; the format is described in `docs/leverance.md`.
"""

import re
import tomllib
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_access.models import DELIVERED, Case, Row, Source, sources
from data_access.persons import CPR, OWN_KEY

FOLDER = Path(__file__).parent / "mappings"


class MappingError(Exception):
    """A mapping that does not exist or cannot be used; the message is Danish and says what to do."""


@dataclass(frozen=True)
class TableMapping:
    """How one table of the contract is filled from one file of the source."""

    model: type[Row]
    file: str
    """Stem of the file or name of the sheet, in lower case."""
    columns: MappingType[str, str]
    """Contract column -> the source's header."""
    constants: MappingType[str, str]
    """Contract column -> the value of every row."""
    codes: MappingType[str, MappingType[str, str]]
    """Contract column -> the source's code in lower case -> the contract's code."""


@dataclass(frozen=True)
class Mapping:
    """One source system: which of its files fill which tables, and how it writes dates."""

    name: str
    tables: tuple[TableMapping, ...]
    date_format: str | None


def contract_columns(model: type[Row]) -> dict[str, Source]:
    """Danish column name -> what the contract says, for all that a delivery may hold of a table."""
    registered, first, *rest = sources(model).values()
    person = (CPR, OWN_KEY) if model is Case else ()
    return {source.name: source for source in (first, *person, *rest, registered)}


def load(name: str, folder: Path = FOLDER) -> Mapping:
    """The mapping of a source system.

    Raises:
        MappingError: there is no such mapping, or the file does not follow the format.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    if name not in files:
        raise MappingError(f"Der er ingen oversættelse, der hedder »{name}«. Vælg en af: {', '.join(files)}.")
    try:
        document = tomllib.loads(files[name].read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"line \d+", str(error))
        where = line[0].replace("line", "linje") if line else "filens tegnsæt, som skal være UTF-8"
        raise MappingError(f"Oversættelsen {name}.toml er ikke gyldig TOML. Se {where}.") from error
    try:
        return _mapping(name, document)
    except _Malformed as error:
        raise MappingError(f"Oversættelsen {name}.toml kan ikke bruges: {error}") from error


class _Malformed(Exception):
    pass


def _mapping(name: str, document: dict[str, Any]) -> Mapping:
    _only(document, {"description", "date_format", "table"}, "filen")
    date_format = document.get("date_format")
    entries = document.get("table", [])
    if not isinstance(entries, list) or not entries:
        raise _Malformed("der skal være mindst ét afsnit [[table]].")
    if not isinstance(date_format, str | None):
        raise _Malformed('date_format skal være en tekst som "%Y%m%d".')
    tables = tuple(_table(entry) for entry in entries)
    names = [table.model.extract for table in tables]
    for twice in {n for n in names if names.count(n) > 1}:
        raise _Malformed(f"tabellen {twice} står to gange.")
    return Mapping(name, tables, date_format)


def _table(entry: dict[str, Any]) -> TableMapping:
    _only(entry, {"file", "table", "columns", "constants", "codes"}, "[[table]]")
    models = {model.extract: model for model in DELIVERED}
    table, file = entry.get("table"), entry.get("file")
    if table not in models:
        raise _Malformed(f"table skal være en af kontraktens tabeller: {', '.join(models)}.")
    if not isinstance(file, str):
        raise _Malformed(f"tabellen {table} mangler file: filens navn uden endelse, eller arkets navn.")
    contract = contract_columns(models[table])
    constants = _texts(entry, "constants", table, contract)
    columns = _texts(entry, "columns", table, contract) if "columns" in entry else {c: c for c in contract}
    if both := sorted(set(columns) & set(constants)):
        raise _Malformed(f"tabellen {table} har både kolonne og fast værdi for {', '.join(both)}.")
    missing = [n for n, s in contract.items() if s.required and n not in columns and n not in constants]
    if models[table] is Case and not {CPR.name, OWN_KEY.name} & {*columns, *constants}:
        missing.append(f"{CPR.name} eller {OWN_KEY.name}")
    if missing:
        raise _Malformed(f"tabellen {table} mangler {', '.join(missing)}.")
    codes = {
        column: {str(theirs).lower(): ours for theirs, ours in _texts(entry["codes"], column, table, None).items()}
        for column in _known(entry.get("codes", {}), "codes", table, contract)
    }
    return TableMapping(models[table], file.strip().lower(), columns, constants, codes)


def _texts(entry: dict[str, Any], key: str, table: str, contract: dict[str, Source] | None) -> dict[str, str]:
    pairs = entry.get(key, {})
    if contract is not None:
        _known(pairs, key, table, contract)
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise _Malformed(f'{key} i tabellen {table} skal bestå af linjer som kolonne = "tekst".')
    return pairs


def _known(pairs: Any, key: str, table: str, contract: dict[str, Source]) -> dict[str, Any]:
    if not isinstance(pairs, dict):
        raise _Malformed(f"{key} i tabellen {table} skal være et afsnit.")
    if unknown := [name for name in pairs if name not in contract]:
        raise _Malformed(f"{key} i tabellen {table} nævner {', '.join(unknown)}, som ikke er i kontrakten.")
    return pairs


def _only(entry: Any, allowed: set[str], where: str) -> None:
    if not isinstance(entry, dict):
        raise _Malformed(f"{where} skal være et afsnit.")
    if unknown := sorted(set(entry) - allowed):
        raise _Malformed(f"{where} har {', '.join(unknown)}, som ikke findes i formatet.")
