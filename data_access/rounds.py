"""Surveys among the youths and statements of costs: read from a file of the municipality's own, and kept as rounds.

A file is one round. It is taken in whole or refused whole, in one transaction. The same file again changes nothing;
another file of the same kind and title is a new version, and the older ones are kept. A message never holds text from
the file.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa

from data_access import models
from data_access.checking import ADVICE, REASON
from data_access.database import in_turn, reading
from data_access.free_text import like_cpr
from data_access.models import Source
from data_access.parsing import clean, parse
from data_access.reading import Unreadable, numbered, parts, spoken
from data_access.tables import Scope, require

Kind = Literal["survey", "cost"]
ANSWERS: Mapping[str, str] = MappingProxyType(models.SURVEY_ANSWERS)
OFFERS: Mapping[str, str] = MappingProxyType(models.OFFER_KINDS)
"""Code -> Danish label."""
LONGEST = 200
"""Characters of a title or a question."""

_ROUND = {
    "title": Source("titel", "text", required=True),
    "from_on": Source("fra", "date", required=True),
    "to_on": Source("til", "date", required=True),
}
COLUMNS: Mapping[Kind, Mapping[str, Source]] = {
    "survey": {
        **_ROUND,
        "invited": Source("inviterede", "number", required=True),
        "answered": Source("besvarede", "number", required=True),
        "question": Source("spoergsmaal", "text", required=True),
        "answer": Source("svar", "code", required=True, codes=ANSWERS),
        "count": Source("antal", "number", required=True),
    },
    "cost": {
        **_ROUND,
        "kind": Source("art", "code", required=True, codes=OFFERS),
        "center": Source("center", "text"),
        "amount": Source("beloeb", "number", required=True),
        "youths": Source("unge", "number"),
    },
}
"""What a file of each kind holds: column of the tables -> column of the file."""
_OF_THE_ROUND = {*_ROUND, "invited", "answered"}
_PEOPLE = {"invited", "answered", "count", "youths"}
_MOST = 2**31 - 1

_LOCK = 7_163_227
_round, _answer, _cost, _center = (
    model.metadata.tables[str(model.__tablename__)]
    for model in (models.Round, models.SurveyAnswer, models.Cost, models.Center)
)


class RoundRefused(Exception):
    """The file was not taken in, and nothing has changed; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Taken:
    """What became of a file."""

    title: str
    new: bool
    """False: this very file stands already."""
    version: int
    """1, 2, 3 … of its kind and title."""


@dataclass(frozen=True)
class Question:
    """One question of a survey."""

    text: str
    counts: Mapping[str, int]
    """Key of `ANSWERS` -> how many gave it, in the order of `ANSWERS`."""

    @property
    def base(self) -> int:
        """All that answered it. Whoever answered that they do not know is among them."""
        return sum(self.counts.values())

    @property
    def agreed(self) -> int:
        """Those who answered to a high or to some degree."""
        return self.counts.get("hoej_grad", 0) + self.counts.get("nogen_grad", 0)


@dataclass(frozen=True)
class Survey:
    """The standing version of a survey."""

    title: str
    from_on: dt.date
    to_on: dt.date
    invited: int
    answered: int
    questions: tuple[Question, ...]
    saved_at: dt.datetime
    """UTC."""


@dataclass(frozen=True)
class Line:
    """What one kind of offer cost in a period."""

    kind: str
    """Key of `OFFERS`."""
    center: str | None
    """None: not divided by centre."""
    amount: float
    """Kroner."""
    youths: int | None


@dataclass(frozen=True)
class Costs:
    """The standing version of a statement of costs."""

    title: str
    from_on: dt.date
    to_on: dt.date
    lines: tuple[Line, ...]
    saved_at: dt.datetime
    """UTC."""


def take_in(engine: sa.Engine, scope: Scope | None, path: Path, kind: Kind) -> Taken:
    """Read one file (CSV or xlsx) and save it as a round.

    Raises:
        RoundRefused: the file cannot be read, or something in it is wrong; nothing has changed.
        NoScope: `scope` is not a `Scope`, or may not deliver.
        DatabaseUnavailable: it was not saved.
    """
    asking = require(scope, "undersøgelser og udgifter", "deliveries")
    rows, file, sha256 = _read(path, kind)
    _refuse(file, _problems(rows, kind))
    refusal = (
        "Runden blev ikke gemt: databasen svarer ikke, eller en leverance er ved at blive læst ind. "
        "Prøv igen om lidt; varer det ved, så tal med driften."
    )
    first = rows.row(0, named=True)
    same = (_round.c.kind == kind) & (_round.c.title == first["title"])
    with in_turn(engine, _LOCK, refusal) as connection:
        if kind == "cost":
            _refuse(file, _strangers(rows, connection.execute(sa.select(_center.c.name)).scalars().all()))
        versions = connection.execute(sa.select(_round.c.sha256).where(same).order_by(_round.c.id)).scalars().all()
        if versions and versions[-1] == sha256:
            return Taken(first["title"], False, len(versions))
        of_it = {name: first.get(name) for name in ("title", "from_on", "to_on", "invited", "answered")}
        saved = {"file": file, "sha256": sha256, "saved_at": dt.datetime.now(dt.UTC), "saved_by": asking.user}
        inserted: Any = connection.execute(sa.insert(_round).values(kind=kind, **of_it, **saved))
        number = int(inserted.inserted_primary_key[0])
        if kind == "survey":
            place = {text: n for n, text in enumerate(rows["question"].unique(maintain_order=True), start=1)}
            told = rows.select("question", "answer", "count").to_dicts()
            answers = [row | {"round_id": number, "position": place[row["question"]]} for row in told]
            connection.execute(sa.insert(_answer), answers)
        else:
            lines = rows.select("kind", "center", "amount", "youths").to_dicts()
            connection.execute(sa.insert(_cost), [row | {"round_id": number} for row in lines])
    return Taken(first["title"], True, len(versions) + 1)


def surveys(engine: sa.Engine, scope: Scope | None) -> tuple[Survey, ...]:
    """The standing version of each survey, the newest period first.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see no figures.
        DatabaseUnavailable: no connection, or a schema from before there were surveys.
    """
    require(scope, "undersøgelser", "figures")
    order = list(ANSWERS)
    with reading(engine) as connection:
        found = []
        for row in connection.execute(_standing("survey")).mappings():
            query = sa.select(_answer).where(_answer.c.round_id == row["id"]).order_by(_answer.c.position)
            asked: dict[str, dict[str, int]] = {}
            for answer in connection.execute(query).mappings():
                asked.setdefault(answer["question"], {})[answer["answer"]] = answer["count"]
            questions = tuple(
                Question(text, dict(sorted(counts.items(), key=lambda one: order.index(one[0]))))
                for text, counts in asked.items()
            )
            said = {name: row[name] for name in ("title", "from_on", "to_on", "invited", "answered", "saved_at")}
            found.append(Survey(questions=questions, **said))
    return tuple(found)


def costs(engine: sa.Engine, scope: Scope | None) -> tuple[Costs, ...]:
    """The standing version of each statement of costs, the newest period first.

    Of the lines those of the centres that the scope sees, and those not divided by centre. Raises as `surveys`.
    """
    asking = require(scope, "udgifter", "figures")
    with reading(engine) as connection:
        found = []
        for row in connection.execute(_standing("cost")).mappings():
            query = sa.select(_cost).where(_cost.c.round_id == row["id"]).order_by(_cost.c.id)
            lines = tuple(
                Line(line["kind"], line["center"], line["amount"], line["youths"])
                for line in connection.execute(query).mappings()
                if line["center"] is None or asking.holds(line["center"])
            )
            found.append(Costs(row["title"], row["from_on"], row["to_on"], lines, row["saved_at"]))
    return tuple(found)


def _standing(kind: Kind) -> sa.Select[Any]:
    newest = sa.select(sa.func.max(_round.c.id)).where(_round.c.kind == kind).group_by(_round.c.title)
    return sa.select(_round).where(_round.c.id.in_(newest)).order_by(_round.c.to_on.desc(), _round.c.id.desc())


# --- what a file may hold -----------------------------------------------------------------------------

Problem = tuple[str, str]
"""Where (`række 3, antal`; empty: the whole file), and what is wrong and what to do."""


def _read(path: Path, kind: Kind) -> tuple[pl.DataFrame, str, str]:
    """The typed rows of a file with their numbers, its name and its checksum."""
    file, columns = spoken(path.name), COLUMNS[kind]
    try:
        if not path.is_file():
            raise Unreadable(f"Der er ingen fil, der hedder {file}. Ret stien, og prøv igen.")
        found, _ = parts(path)
        if len(found) != 1:
            raise Unreadable(f"{file}: projektmappen skal have præcis ét synligt ark. Gem arket som sin egen fil.")
        sheet = found[0].read({source.name for source in columns.values()})
    except Unreadable as error:
        raise RoundRefused(str(error)) from error
    headers = [header.lower() for header in sheet.headers]
    missing = [source.name for source in columns.values() if source.name not in headers]
    if missing:
        _refuse(file, [("", f"Kolonnen {', '.join(f'»{name}«' for name in missing)} mangler i første række.")])
    if double := [source.name for source in columns.values() if headers.count(source.name) > 1]:
        _refuse(file, [("", f"Kolonnen »{double[0]}« står to gange. Slet den ene.")])
    if sheet.rows.is_empty():
        _refuse(file, [("", "Filen har ingen rækker under overskriften.")])
    problems: list[Problem] = []
    values = {"row": sheet.rows["row"]}
    for name, source in columns.items():
        texts = sheet.rows.select(clean(pl.col(str(headers.index(source.name))))).to_series()
        values[name], unreadable = parse(texts, source)
        codes = f"Brug en af koderne {', '.join(source.codes)}."
        advice = codes if source.codes else ADVICE[source.kind]
        problems += _where(sheet.rows.filter(unreadable), source, f"{REASON[source.kind]} {advice}")
        if source.required:
            blank = sheet.rows.filter(texts.is_null() | (values[name].is_null() & ~unreadable))
            problems += _where(blank, source, "Feltet er tomt. Udfyld det.")
    _refuse(file, problems)
    return pl.DataFrame(values), file, sheet.sha256


def _problems(rows: pl.DataFrame, kind: Kind) -> list[Problem]:
    """What is wrong in rows that could be read."""
    problems: list[Problem] = []

    def where(bad: pl.Expr, column: str, words: str) -> None:
        problems.extend(_where(rows.filter(bad), COLUMNS[kind][column], words))

    for column, source in COLUMNS[kind].items():
        value = pl.col(column)
        if source.kind == "text":
            cpr = value.map_elements(like_cpr, pl.Boolean)
            where(cpr, column, "Noget i feltet ligner et CPR-nummer. Fjern det.")
            where(value.str.len_chars() > LONGEST, column, f"Teksten er over {LONGEST} tegn. Gør den kortere.")
        elif column in _PEOPLE:
            counted = (value >= 0) & (value <= _MOST) & (value == value.floor())
            where(~counted, column, "Antallet skal være et helt tal, der ikke er negativt.")
        elif source.kind == "number":
            where(value < 0, column, "Beløbet må ikke være negativt.")
        if column in _OF_THE_ROUND:
            where(value != value.first(), column, "Værdien skal være den samme i alle rækker: én fil er én runde.")
    where(pl.col("to_on") < pl.col("from_on"), "to_on", "Den sidste dag ligger før den første.")
    if kind == "cost":
        twice = pl.struct("kind", "center").is_duplicated()
        where(twice, "kind", "Arten står flere gange for samme center. Læg rækkerne sammen.")
        return problems
    where(pl.col("answered") > pl.col("invited"), "answered", "Der er flere besvarede end inviterede.")
    where(pl.struct("question", "answer").is_duplicated(), "answer", "Svaret står flere gange for samme spørgsmål.")
    too_many = pl.col("count").sum().over("question") > pl.col("answered")
    where(too_many, "count", "Spørgsmålet har flere svar, end der er besvarede skemaer.")
    return problems


def _strangers(rows: pl.DataFrame, centers: Any) -> list[Problem]:
    known = pl.col("center").is_null() | pl.col("center").is_in(list(centers))
    words = f"Centret kendes ikke. Skriv det som i leverancen ({', '.join(centers)}), eller lad feltet være tomt."
    return _where(rows.filter(~known), COLUMNS["cost"]["center"], words)


def _where(bad: pl.DataFrame, source: Source, words: str) -> list[Problem]:
    return [(f"{numbered(bad['row'].to_list())}, {source.name}", words)] if len(bad) else []


def _refuse(file: str, problems: list[Problem]) -> None:
    if problems:
        lines = [f"{place}: {words}" if place else words for place, words in problems]
        raise RoundRefused("\n".join([f"{file} blev ikke læst ind, og intet er ændret.", *lines]))
