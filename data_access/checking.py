"""From a sheet of text to typed rows and the rows that cannot be taken in, each with its reason and what to do.

The rules are expressions over whole columns; every problem of a row is told, not only the first.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from data_access.mapping import TableMapping, contract_columns
from data_access.models import Case, Row, Source, identity, sources
from data_access.parsing import clean, parse
from data_access.persons import CPR, OWN_KEY, birth_date, pseudonyms, ten_digits
from data_access.reading import Sheet, Unreadable, numbered

PROBLEM = pl.Schema({"row": pl.Int64, "column": pl.String, "reason": pl.String, "advice": pl.String})

ADVICE = {
    "date": "Skriv datoen som 31-12-2024, eller lad feltet være tomt.",
    "flag": "Skriv ja eller nej, eller lad feltet være tomt.",
    "number": "Skriv tallet som 12,5.",
    "text": "Ret formlen i Excel, eller lad feltet være tomt.",
}
REASON = {
    "date": "Kan ikke læses som en dato mellem 1900 og 2100.",
    "flag": "Er hverken ja eller nej.",
    "number": "Kan ikke læses som et tal.",
    "text": "Cellen indeholder en Excel-fejl.",
    "code": "Koden kendes ikke.",
    "codes": "Mindst én af koderne kendes ikke.",
}


@dataclass(frozen=True)
class Checked:
    """One table of a delivery, typed, with its problems."""

    model: type[Row]
    file: str
    sha256: str
    headers: dict[str, str]
    """Column of the model -> the header it was delivered under."""
    rows: pl.DataFrame
    """All delivered rows: `row` and the model's delivered columns, typed."""
    problems: pl.DataFrame
    """`row`, `column`, `reason`, `advice`: a row may have several."""
    unknown: tuple[str, ...]
    """Headers that the mapping does not use."""

    def accepted(self) -> tuple[pl.DataFrame, str | None]:
        """The rows without a problem, and what is wrong when two of them share identity but not content.

        A row delivered twice with the same content counts once.
        """
        keys, content = identity(self.model), self.rows.columns[1:]
        good = self.rows.join(self.problems, on="row", how="anti", maintain_order="left")
        if not good.select(pl.struct(keys).is_duplicated().any()).item():
            return good, None
        good = good.unique(content, keep="first", maintain_order=True)
        twins = good.filter(pl.struct(keys).is_duplicated())["row"].to_list()
        if not twins:
            return good, None
        names = ", ".join(self.headers[key] for key in keys)
        return good, (
            f"{self.file}: {numbered(twins)} har samme {names} som en anden række, men forskelligt indhold. "
            "Ret dem i kildesystemet, så hver kun står én gang."
        )

    def held_back(self) -> pl.DataFrame:
        """The identities of the rejected rows, as far as they can be read."""
        keys = identity(self.model)
        bad = self.rows.join(self.problems, on="row", how="semi").select(keys).unique()
        needed = [name for name, source in sources(self.model).items() if source.identity and source.required]
        return bad.filter(pl.all_horizontal(pl.col(needed).is_not_null()))

    def rejected(self) -> int:
        """Number of rows that are not taken in."""
        return self.problems["row"].n_unique()

    def referring(self, column: str, known: pl.Series, reason: str, advice: str) -> "Checked":
        """The same with the rows rejected whose `column` is not among the known ones."""
        strangers = pl.col(column).is_not_null() & ~pl.col(column).is_in(known.implode())
        found = _problems(self.rows, strangers, self.headers[column], reason, advice)
        return replace(self, problems=pl.concat([self.problems, found]))


def check(sheet: Sheet, mapping: TableMapping, date_format: str | None, extract_date: dt.date, key: bytes) -> Checked:
    """Types one sheet and finds every problem that can be seen in the sheet alone.

    Raises:
        Unreadable: a required column is missing, or a column stands twice.
    """
    model, contract = mapping.model, contract_columns(mapping.model)
    texts, headers = _columns(sheet, mapping)
    values: dict[str, pl.Series] = {}
    problems: list[pl.DataFrame] = []

    def reject(bad: pl.Series, column: str, reason: str, advice: str) -> None:
        problems.append(_problems(texts, bad, headers[column], reason, advice))

    for column, source in contract.items():
        value, unreadable = parse(texts[column], source, date_format)
        values[column] = value
        reject(unreadable, column, REASON[source.kind], _advice(source))
        if source.required:
            blank = value.is_null() & ~unreadable
            reject(blank, column, "Feltet er tomt.", "Udfyld feltet i kildesystemet.")

    person: dict[str, pl.Series] = {}
    if model is Case:
        person, birthday, bad, nobody = _persons(values, key)
        values["foedselsdato"] = birthday
        given = CPR.name if CPR.name in mapping.columns else OWN_KEY.name
        reject(bad, CPR.name, "CPR-nummeret kan ikke læses.", "Skriv ti cifre, og formatér kolonnen som tekst i Excel.")
        reject(nobody, given, "Der står ikke, hvem sagen handler om.", "Udfyld cpr eller borgernoegle.")

    rows = pl.DataFrame(
        {"row": texts["row"]} | person | {name: values[source.name] for name, source in sources(model).items()}
    )
    columns = {name: headers[source.name] for name, source in sources(model).items()}
    if model is Case and values[CPR.name].is_not_null().any():
        columns["born_on"] = headers[CPR.name]  # where the birth date was read
    problems += _out_of_time(rows, model, columns, extract_date)
    used = {header.lower() for header in mapping.columns.values()}
    unknown = tuple(header for header in sheet.headers if header and header.lower() not in used)
    return Checked(model, sheet.file, sheet.sha256, columns, rows, pl.concat(problems), unknown)


def _columns(sheet: Sheet, mapping: TableMapping) -> tuple[pl.DataFrame, dict[str, str]]:
    """Cleaned text per contract column, in the contract's codes, and the header each column came under."""
    places = {header.lower(): str(i) for i, header in reversed(list(enumerate(sheet.headers)))}
    present = {c: header for c, header in mapping.columns.items() if header.lower() in places}
    contract = contract_columns(mapping.model)
    missing = [
        mapping.columns[c] for c, s in contract.items() if s.required and c in mapping.columns and c not in present
    ]
    if mapping.model is Case and not {CPR.name, OWN_KEY.name} & {*present, *mapping.constants}:
        missing.append(" eller ".join(mapping.columns[c] for c in (CPR.name, OWN_KEY.name) if c in mapping.columns))
    if missing:
        raise Unreadable(
            f"{sheet.file}: kolonnen {', '.join(f'»{name}«' for name in missing)} mangler. "
            "Overskrifterne skal stå i første række og hedde som aftalt."
        )
    delivered = [header.lower() for header in sheet.headers]
    if double := sorted({header for header in present.values() if delivered.count(header.lower()) > 1}):
        raise Unreadable(f"{sheet.file}: kolonnen »{double[0]}« står to gange. Slet den ene.")
    headers = {c: sheet.headers[int(places[present[c].lower()])] if c in present else c for c in contract}
    texts = sheet.rows.select(
        "row",
        *(_column(c, mapping, places[present[c].lower()] if c in present else None).alias(c) for c in contract),
    )
    return texts, headers


def _column(column: str, mapping: TableMapping, place: str | None) -> pl.Expr:
    if place is None:
        return clean(pl.lit(mapping.constants.get(column), pl.String))
    text = clean(pl.col(place))
    if codes := mapping.codes.get(column):
        return text.str.to_lowercase().replace_strict(list(codes), list(codes.values()), default=text)
    return text


def _persons(values: dict[str, pl.Series], key: bytes) -> tuple[dict[str, pl.Series], pl.Series, pl.Series, pl.Series]:
    """Pseudonyms, birth dates, where the CPR number cannot be read, and where nobody is named."""
    read = pl.DataFrame({"cpr": values[CPR.name], "own": values[OWN_KEY.name], "born": values["foedselsdato"]})
    read = read.with_columns(digits=ten_digits(pl.col("cpr")))
    read = read.with_columns(day=birth_date(pl.col("digits")))
    read = read.with_columns(bad=pl.col("cpr").is_not_null() & ~(pl.col("day").dt.year() >= 1900).fill_null(False))
    read = read.with_columns(
        born=pl.when(pl.col("cpr").is_null()).then("born").otherwise("day"),
        digits=pl.when(~pl.col("bad")).then("digits"),
        own=pl.when(pl.col("cpr").is_null()).then("own"),
    )
    person = pseudonyms(read["digits"], key, CPR).zip_with(
        read["digits"].is_not_null(), pseudonyms(read["own"], key, OWN_KEY)
    )
    return {"person": person}, read["born"], read["bad"], person.is_null() & ~read["bad"]


def _out_of_time(
    rows: pl.DataFrame, model: type[Row], headers: dict[str, str], extract_date: dt.date
) -> Iterator[pl.DataFrame]:
    """Stops before their starts, and what is said to have happened after the delivery was drawn."""
    periods = model.periods + ((("born_on", "first_enquiry_on"),) if model is Case else ())
    for start, stop in periods:
        yield _problems(
            rows,
            pl.col(stop) < pl.col(start),
            headers[stop],
            f"Datoen ligger før datoen i {headers[start]}.",
            "Ret en af de to datoer i kildesystemet.",
        )
    latest = extract_date + dt.timedelta(days=1)
    for name, source in sources(model).items():
        if source.kind == "date" and not source.ahead:
            yield _problems(
                rows,
                pl.col(name) > latest,
                headers[name],
                f"Datoen ligger efter udtræksdatoen {extract_date:%d-%m-%Y}, men er noget, der er sket.",
                "Ret datoen i kildesystemet, eller angiv den rigtige udtræksdato.",
            )


def _advice(source: Source) -> str:
    if source.codes:
        return f"Brug en af koderne {', '.join(source.codes)}, eller føj koden til kildens oversættelse."
    return ADVICE[source.kind]


def _problems(rows: pl.DataFrame, bad: pl.Series | pl.Expr, column: str, reason: str, advice: str) -> pl.DataFrame:
    return (
        rows.filter(bad)
        .select("row", column=pl.lit(column), reason=pl.lit(reason), advice=pl.lit(advice))
        .match_to_schema(PROBLEM)
    )
