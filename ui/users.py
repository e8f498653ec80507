"""The page "Adgang": who has which role as it is shown, and what each role may, in words.

Knows no Streamlit.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import polars as pl

from data_access.grants import COMMAND_LINE, ROLES, Granted
from ui import data_quality

CLAIMS: Mapping[str, str] = MappingProxyType(
    {
        "roles": "Approlle (roles)",
        "groups": "Gruppe (groups)",
        "email": "E-mailadresse (email)",
        "": "Noget andet",
    }
)
"""What people are known by -> its name; the claim itself is written where it is none of these."""
VALUES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "roles": ("Approllens værdi", "fx leder-nord"),
        "groups": ("Gruppens navn eller id, som det står i login", "fx /ungeteam/ledere"),
        "email": ("E-mailadresse", "fx navn@kommune.dk"),
        "": ("Værdi", "helt som den står i login"),
    }
)
"""What people are known by -> the field's label, and an example."""
MAY: Mapping[str, str] = MappingProxyType(
    {
        "head": "Ser nøgletal og sager i sit eget center og håndterer dets afvigelser. Af de andre centre det, der er "
        "offentliggjort.",
        "steering": "Ser kun det, der er offentliggjort. Ingen enkelte sager.",
        "coordinator": "Ser nøgletal og sager i alle centre, håndterer afvigelser, offentliggør måneder og skriver mål "
        "og hændelser.",
        "administrator": "Ser leverancer og giver adgang, og skriver mål og hændelser. Ingen nøgletal og ingen sager.",
        "protection": "Ser loggen over, hvem der har set på hvilke sager. Ingen nøgletal.",
        "blocked": "Ser ingenting, heller ikke med andre roller. Spærringen gælder, til den bliver fjernet.",
    }
)
"""Role -> what it may."""

STANDING = pl.Schema(
    {
        "role": pl.String(),
        "value": pl.String(),
        "claim": pl.String(),
        "center": pl.String(),
        "since": pl.String(),
        "by": pl.String(),
    }
)
"""One row a grant that stands."""
HISTORY = pl.Schema(
    {
        "at": pl.Datetime("us", "UTC"),
        "change": pl.String(),
        "by": pl.String(),
        "role": pl.String(),
        "value": pl.String(),
        "claim": pl.String(),
        "center": pl.String(),
    }
)
"""One row a change."""


def in_order(grants: Sequence[Granted]) -> list[Granted]:
    """By role, as they stand in `ROLES`, then by centre and by what people are known by."""
    order = list(ROLES)
    return sorted(grants, key=lambda each: (order.index(each.role), each.center or "", each.claim, each.value))


def standing(grants: Sequence[Granted], centers: Collection[str]) -> pl.DataFrame:
    """Grants as `STANDING`, in the order given; `centers` are those there are."""
    rows = [
        (ROLES[each.role], each.value, each.claim, _center(each, centers), each.granted_at, _who(each.granted_by))
        for each in grants
    ]
    moments = pl.Schema({**STANDING, "since": pl.Datetime("us", "UTC")})
    return pl.DataFrame(rows, schema=moments, orient="row").with_columns(since=data_quality.local("since"))


def history(grants: Sequence[Granted]) -> pl.DataFrame:
    """Every change, the newest first, as `HISTORY`, with `at` as Danish clock time."""
    given = [(each.granted_at, "Givet", _who(each.granted_by), each) for each in grants]
    taken = [(each.revoked_at, "Fjernet", _who(each.revoked_by or ""), each) for each in grants if each.revoked_at]
    rows = [
        (at, change, by, ROLES[each.role], each.value, each.claim, each.center)
        for at, change, by, each in given + taken
    ]
    frame = pl.DataFrame(rows, schema=HISTORY, orient="row")
    return frame.sort("at", descending=True, maintain_order=True).with_columns(at=data_quality.local("at"))


def named(granted: Granted) -> str:
    """A grant in a list to pick from: `Afdelingsleder, Nord · roles = leder-nord`."""
    center = f", {granted.center}" if granted.center else ""
    return f"{ROLES[granted.role]}{center} · {granted.claim} = {granted.value}"


def saved(granted: Granted) -> str:
    """What was saved, as it was read back."""
    return f"Gemt: {named(granted)}. Det gælder fra næste klik hos dem, det angår."


def removed(granted: Granted) -> str:
    """What was taken back."""
    return f"Fjernet: {named(granted)}. Det gælder fra næste klik hos dem, det angår."


def _center(granted: Granted, centers: Collection[str]) -> str | None:
    """A centre that is no more gives nothing, and that is said."""
    gone = granted.center is not None and granted.center not in centers
    return f"{granted.center} (findes ikke længere)" if gone else granted.center


def _who(user: str) -> str:
    return "kommandolinjen" if user == COMMAND_LINE else user
