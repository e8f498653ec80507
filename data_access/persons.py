"""Who a row is about, without knowing who it is: the birth date in a CPR number, and the keyed pseudonym.

The number itself is used here and nowhere else; it is never stored and never part of a message.
"""

import hashlib
import hmac
import os
import secrets

import polars as pl
import sqlalchemy as sa

from data_access.database import file_of
from data_access.models import Source

PERSON_KEY = "UNGEOVERBLIK_PERSON_KEY"
SHORTEST_KEY = 32
KEY_WORD = "noegle"
OTHER_KEY = (
    f"Nøglen til pseudonymer ({PERSON_KEY}, eller filen person.key ved siden af databasen) er ikke den, som borgerne "
    "i databasen er læst ind med. Brug den rigtige: med en anden nøgle kan ingen af dem kendes igen."
)
OTHER_NUMBERS = (
    "Er der i stedet skiftet mellem cpr og borgernoegle, så indlæs først den seneste leverance med de hidtidige "
    "numre én gang til: så er nøglen kendt."
)

CPR = Source("cpr", "text")
OWN_KEY = Source("borgernoegle", "text")
"""The source's own pseudonym of a person, delivered instead of the CPR number."""
CASE_NUMBER = Source("sagsnummer", "text")


class NoPersonKey(Exception):
    """The key of the pseudonyms is missing, too short or another; the message is Danish and says what to do."""


def person_key(engine: sa.Engine, *, has_persons: bool) -> bytes:
    """The secret key: from the configuration, or on SQLite from `person.key` beside the database file.

    The file is made on first use. It is not made when the database already holds persons: a new key would
    turn every one of them into a stranger.

    Raises:
        NoPersonKey: there is no key, or it is shorter than 32 characters.
    """
    if configured := os.environ.get(PERSON_KEY):
        return _long_enough(configured, f"Nøglen i {PERSON_KEY}")
    if (database := file_of(engine)) is None:
        raise NoPersonKey(
            f"Nøglen til pseudonymer mangler. Sæt {PERSON_KEY} til mindst {SHORTEST_KEY} tilfældige tegn, "
            "og gem den et sikkert sted: uden den kan senere leverancer ikke kendes igen."
        )
    path = database.with_name("person.key")
    if path.exists():
        return _long_enough(path.read_text(encoding="ascii").strip(), f"Nøglen i filen {path.name}")
    if has_persons:
        raise NoPersonKey(
            f"Nøglefilen {path.name} ved siden af databasen mangler. Læg den tilbage fra der, hvor nøglen er gemt (den "
            f"er ikke i sikkerhedskopien), eller sæt {PERSON_KEY}: med en ny nøgle kan borgerne ikke kendes igen."
        )
    key = secrets.token_hex(SHORTEST_KEY)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key)
    return key.encode()


def _long_enough(key: str, what: str) -> bytes:
    if len(key) < SHORTEST_KEY:
        raise NoPersonKey(f"{what} er for kort. Den skal være på mindst {SHORTEST_KEY} tilfældige tegn.")
    return key.encode()


def key_mark(key: bytes) -> str:
    """What the database keeps of the key, to know another from it: keyed HMAC-SHA256 in hex of a fixed word."""
    return hmac.digest(key, f"{KEY_WORD}:".encode(), hashlib.sha256).hex()


def pseudonyms(texts: pl.Series, key: bytes, kind: Source) -> pl.Series:
    """Keyed HMAC-SHA256 in hex of each text; keys and numbers of other kinds are kept apart from CPR numbers."""
    prefix = "" if kind is CPR else f"{kind.name}:"

    def pseudonym(text: str) -> str:
        return hmac.digest(key, f"{prefix}{text}".encode(), hashlib.sha256).hex()

    different = texts.unique().drop_nulls()
    made = pl.Series([pseudonym(text) for text in different], dtype=pl.String)
    return texts.replace_strict(different, made, default=None, return_dtype=pl.String)


def case_marks(numbers: pl.Series, key: bytes) -> pl.Series:
    """Keyed HMAC-SHA256 in hex of each case number: what is kept of a case that was deleted, to know it again."""
    return pseudonyms(numbers, key, CASE_NUMBER)


def ten_digits(cpr: pl.Expr) -> pl.Expr:
    """The ten digits of a CPR number written with or without dash or space, or without its leading zero; else null."""
    digits = cpr.str.replace_all(r"[-\s]", "")
    return pl.when(digits.str.contains(r"^[0-9]{9,10}$")).then(digits.str.zfill(10))


def birth_date(digits: pl.Expr) -> pl.Expr:
    """The birth date in ten CPR digits, null when there is no such day.

    The century follows from the seventh digit and the year. A replacement number has 60 added to the day.
    Modulus 11 is not looked at: numbers without it have been issued since 2007.
    """
    day = digits.str.slice(0, 2).cast(pl.Int32)
    day = pl.when(day > 60).then(day - 60).otherwise(day)
    year, seventh = digits.str.slice(4, 2).cast(pl.Int32), digits.str.slice(6, 1).cast(pl.Int32)
    century = (
        pl.when(seventh <= 3)
        .then(1900)
        .when(seventh.is_in([4, 9]))
        .then(pl.when(year <= 36).then(2000).otherwise(1900))
        .otherwise(pl.when(year <= 57).then(2000).otherwise(1800))
    )
    text = pl.format("{}-{}-{}", century + year, digits.str.slice(2, 2), day.cast(pl.String).str.zfill(2))
    return text.str.to_date("%Y-%m-%d", strict=False)
