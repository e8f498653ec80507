"""From text to typed columns: how a date, a yes, a number or a code may be written in a delivery.

Every function takes and gives whole columns; what cannot be read becomes null where the text was not.
"""

from collections.abc import Callable, Mapping

import polars as pl

from data_access.models import Source
from data_access.reading import BLANKS, ERROR_CELL

YES = ("ja", "j", "1", "sand", "true", "x")
NO = ("nej", "n", "0", "falsk", "false")

FIRST_YEAR, LAST_YEAR = 1900, 2100
EXCEL_DAY_ZERO = -25_569
"""30-12-1899 in days from 1970: what Excel counts its days from."""

_DAY_FIRST = r"^(?<d>\d{1,2})[-./](?<m>\d{1,2})[-./](?<y>\d{4}|\d{2})"
_YEAR_FIRST = r"^(?<y>\d{4})[-./](?<m>\d{1,2})[-./](?<d>\d{1,2})"
_TIME = (
    r"(?:[T ]+(?:(?<h>[01]?\d|2[0-3])[:.](?<min>[0-5]\d)(?:[:.](?<s>[0-5]\d)(?:[.,]\d+)?)?"
    r"\s*(?<z>Z|[+-]\d{2}(?::?\d{2})?)?|24[:.]00(?:[:.]00(?:[.,]0+)?)?))?$"  # 24:00 ends the day it stands with
)
_SENTINEL = (
    r"^(?:31[-./]?12[-./]?9999|9999[-./]?12[-./]?31|0?1[-./]?0?1[-./]?1900|1900[-./]?0?1[-./]?0?1"
    r"|00[-./]?00[-./]?0000|0000[-./]?00[-./]?00)(?:[T ].*)?$"
)

Parse = Callable[[pl.Expr], pl.Expr]


def clean(texts: pl.Expr) -> pl.Expr:
    """On one line, without control characters, and without blanks and quotes around; blank becomes null."""
    line = (
        texts.str.replace_all("\u00a0", " ", literal=True)
        .str.replace_all(r"\s*[\r\n]+\s*", " ")
        .str.replace_all(r"[\x00-\x08\x0e-\x1f\x7f]", " ")
    )
    stripped = line.str.strip_chars(BLANKS + "\"'")
    return pl.when(stripped != "").then(stripped)


def parse(texts: pl.Series, source: Source, date_format: str | None = None) -> tuple[pl.Series, pl.Series]:
    """(values, unreadable): the typed values of a cleaned column, and where a text could not be read.

    A date that means "none" (31-12-9999, 01-01-1900, 00-00-0000) is null without being unreadable.
    """
    if source.kind == "date":
        texts = _each(texts, _without_sentinel, pl.String)
        values = _each(texts, lambda text: _date(text, date_format), pl.Date)
    elif source.kind == "flag":
        values = _each(texts, _flag, pl.Boolean)
    elif source.kind == "number":
        values = _each(texts, _number, pl.Float64)
    elif source.kind == "code":
        values = _each(texts, lambda text: _code(text, source.codes), pl.String)
    elif source.kind == "codes":
        values = _each(texts, lambda text: _codes(text, source.codes), pl.String)
    else:
        values = texts.set(texts == ERROR_CELL, None)
    return values, texts.is_not_null() & values.is_null()


def _each(texts: pl.Series, read: Parse, dtype: type[pl.DataType]) -> pl.Series:
    """Reads each different text once."""
    different = texts.unique().drop_nulls()
    values = different.to_frame("text").select(read(pl.col("text"))).to_series()
    return texts.replace_strict(different, values, default=None, return_dtype=dtype)


def _without_sentinel(text: pl.Expr) -> pl.Expr:
    return pl.when(~text.str.contains(_SENTINEL)).then(text)


def _date(text: pl.Expr, date_format: str | None) -> pl.Expr:
    """The calendar date in Europe/Copenhagen, within 1900–2100."""
    ways = [_calendar(text, _DAY_FIRST + _TIME), _calendar(text, _YEAR_FIRST + _TIME), _excel_day(text)]
    if date_format:
        ways.insert(0, text.str.to_date(date_format, strict=False))
    date = pl.coalesce(ways)
    return pl.when(date.dt.year().is_between(FIRST_YEAR, LAST_YEAR)).then(date)


def _calendar(text: pl.Expr, pattern: str) -> pl.Expr:
    parts = text.str.extract_groups(pattern)
    year, month, day, hour, minute, second, zone = (
        parts.struct.field(name) for name in ("y", "m", "d", "h", "min", "s", "z")
    )
    short = year.str.len_chars() == 2  # as everywhere in computing: 69–99 are the 1900s, 00–68 the 2000s
    full = pl.when(short).then(pl.when(year >= "69").then(pl.lit("19")).otherwise(pl.lit("20")) + year).otherwise(year)
    date = pl.concat_str(full, month, day, separator="-").str.to_date("%Y-%m-%d", strict=False)
    # Z, +01, +0100 or +01:00
    offset = zone.str.replace("Z", "+00", literal=True).str.replace(":", "", literal=True).str.pad_end(5, "0")
    stamp = pl.format("{} {}:{}:{} {}", date, hour, minute, second.fill_null("00"), offset)
    moment = stamp.str.to_datetime("%Y-%m-%d %H:%M:%S %z", time_zone="UTC", strict=False)
    local = moment.dt.convert_time_zone("Europe/Copenhagen").dt.date()
    return pl.when(zone.is_null()).then(date).otherwise(local)


def _excel_day(text: pl.Expr) -> pl.Expr:
    days = text.str.extract(r"^([0-9]{5})(?:[.,][0-9]+)?$").cast(pl.Int32)  # \d is also the digits of other scripts
    return (days + EXCEL_DAY_ZERO).cast(pl.Date)


def _flag(text: pl.Expr) -> pl.Expr:
    word = text.str.to_lowercase()
    return pl.when(word.is_in(YES)).then(True).when(word.is_in(NO)).then(False)


def _number(text: pl.Expr) -> pl.Expr:
    """Decimal comma, and point or blank between thousands; a single point that cannot be that is a decimal point."""
    thousands = text.str.contains(r"^[-+]?\d{1,3}(?:(?:\.\d{3})+|(?: \d{3})+)(?:,\d+)?$")
    plain = pl.when(thousands).then(text.str.replace_all("[. ]", "")).otherwise(text)
    point = plain.str.replace(",", ".", literal=True)
    number = pl.when(point.str.contains(r"^[-+]?\d+(\.\d+)?$")).then(point.cast(pl.Float64, strict=False))
    return pl.when(number.is_finite()).then(number)


def _code(text: pl.Expr, codes: Mapping[str, str]) -> pl.Expr:
    word = text.str.to_lowercase()
    return pl.when(word.is_in(list(codes))).then(word)


def _codes(text: pl.Expr, codes: Mapping[str, str]) -> pl.Expr:
    words = text.str.to_lowercase().str.split("+").list.eval(pl.element().str.strip_chars())
    known = words.list.eval(pl.element().is_in(list(codes))).list.all()
    return pl.when(known).then(words.list.join("+"))
