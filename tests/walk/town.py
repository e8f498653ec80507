"""The municipality of the walk: real data in four centres, where every text that could get out says whose it is.

A mark is a word that occurs nowhere else (`Kqcase17q`), so that it is found in any byte that leaves the server; `Town`
knows of each what it is and which centres it belongs to. Figures are marked too: each centre has a base and a number of
days that no other figure has.
"""

import datetime as dt
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from data_access import annotations, grants, published, views
from data_access.database import writing
from data_access.models import DELIVERED, Center, Import, ImportTable, Row
from data_access.tables import FULL_SCOPE, Scope
from tests.walk.client import Identity
from tests.walk.serving import SECRET
from ui import moved, publishing

VIEW_DATE = dt.date(2026, 11, 22)
MONTH = dt.date(2026, 10, 1)
"""The month that is published."""
NAMES = ("nord", "syd", "oest", "vest")
ORDINARY = (8, 10, 14, 16)
"""Cases of each centre beside the special ones: protected, moved, moved and protected, and one that waits."""
BASES = (211, 223, 227, 229)
"""Education orders of each centre, all in one month: the base of their measures."""
WAITED = (4111, 4222, 4333, 4444)
"""Days that the one who has waited longest has waited, in each centre."""

MARK = re.compile(r"kq[a-z]+?\d+q", re.IGNORECASE)
SPELLED = re.compile(r"(?<![\w.,-])(4\.?(?:111|222|333|444))(?![\w-]|[.,]\d)|\baf\s(211|223|227|229)\b")


@dataclass(frozen=True)
class Marked:
    """What a mark stands for."""

    kind: str
    centers: frozenset[str]
    """Whose it is: centres, or the identity whose own name or words it is; none: nobody's in particular."""


@dataclass
class Town:
    """Which marks there are, and who can sign in."""

    marks: dict[str, Marked] = field(default_factory=dict)
    centers: tuple[str, ...] = ()
    cases: dict[str, list[str]] = field(default_factory=dict)
    """`nord/ordinary` -> the numbers of such cases; a moved one is listed under the centre that it left."""
    identities: dict[str, Identity] = field(default_factory=dict)
    published: list[tuple[int | None, int | None, bool]] = field(default_factory=list)
    """(met, base, hidden) of every cell of the published month."""

    def mark(self, kind: str, *centers: str) -> str:
        """A new word for something that belongs to some centres."""
        word = f"Kq{kind}{len(self.marks) + 1}q"
        self.marks[word.lower()] = Marked(kind, frozenset(centers))
        return word

    def found(self, text: str) -> dict[str, Marked]:
        """The marks that a text holds, figures among them: word -> what it stands for."""
        seen = {
            word: self.marks[word] for word in {found.lower() for found in MARK.findall(text)} if word in self.marks
        }
        for days, base in set(SPELLED.findall(text)):
            number = int((days or base).replace(".", ""))
            place = WAITED.index(number) if days else BASES.index(number)
            seen[f"{number}"] = Marked("days" if days else "base", frozenset({NAMES[place]}))
        return seen

    def centers_with(self, kind: str) -> frozenset[str]:
        """The centres that have something of a kind."""
        if kind in ("days", "base"):
            return frozenset(NAMES)
        return frozenset().union(*(what.centers for what in self.marks.values() if what.kind == kind))

    def user_of(self, who: Identity) -> str:
        """The name that somebody stands under in the log."""
        assert who.claims is not None
        return str(who.claims["preferred_username"])

    def case(self, which: str, place: int = 0) -> str:
        """The number of a case, as `nord/protected`."""
        return self.cases[which][place]


def build(engine: sa.Engine) -> Town:
    """Fill an upgraded database, and say what is in it."""
    town = Town()
    town.centers = tuple(f"Center {town.mark('center', name)}" for name in NAMES)
    rows: dict[str, list[dict[str, Any]]] = {str(model.__tablename__): [] for model in DELIVERED}
    for place, name in enumerate(NAMES):
        _center(town, rows, place, name)
    with writing(engine) as connection:
        _insert(connection, Import, [_delivery(town)])
        _insert(connection, ImportTable, [_held(model, rows) for model in DELIVERED])
        _insert(connection, Center, [{"name": name, "position": at} for at, name in enumerate(town.centers)])
        for model in DELIVERED:
            _insert(connection, model, [{"known_from": 1, **row} for row in rows[str(model.__tablename__)]])
    _annotate(engine, town)
    _publish(engine, town)
    _sign_in(engine, town)
    return town


def _insert(connection: sa.Connection, model: Any, rows: list[dict[str, Any]]) -> None:
    table = model.metadata.tables[str(model.__tablename__)]
    columns = {name for row in rows for name in row}
    connection.execute(table.insert(), [dict.fromkeys(columns) | row for row in rows])


def _delivery(town: Town) -> dict[str, Any]:
    return {
        "id": 1,
        "delivery": town.mark("delivery"),
        "source": "kontrakt",
        "imported_at": dt.datetime(2026, 11, 22, 6, tzinfo=dt.UTC),
        "extract_date": VIEW_DATE,
        "known_on": VIEW_DATE,
        "demo": False,
    }


def _held(model: type[Row], rows: Mapping[str, list[Any]]) -> dict[str, Any]:
    new = len(rows[str(model.__tablename__)])
    counts = {"new": new, "changed": 0, "withdrawn": 0, "unchanged": 0, "rejected": 0}
    return {"import_id": 1, "table_name": model.__tablename__, "file": f"{model.extract}.csv", "sha256": "0"} | counts


def _center(town: Town, rows: dict[str, list[dict[str, Any]]], place: int, name: str) -> None:
    """The cases of one centre; those that it has handed over are held by the next."""
    following = NAMES[(place + 1) % len(NAMES)]
    kinds = ["case"] * ORDINARY[place] + ["protected", "moved", "movedprotected", "waiting"]
    for number, kind in enumerate(kinds):
        moved, protected = kind.startswith("moved"), kind.endswith("protected")
        holder = following if moved else name
        # a moved case is still known by its number where it was, a protected one is not
        known = (holder,) if kind == "movedprotected" else (name, holder)
        case = town.mark(kind, *known)
        town.cases.setdefault(f"{name}/{kind}", []).append(case)
        enquiry = VIEW_DATE - dt.timedelta(days=WAITED[place] if kind == "waiting" else 60 + 15 * number)
        for table, row in _rows_of(town, name, holder, kind, number, enquiry, protected=protected):
            rows[table].append({"case_id": case, **row} if table != "agreements" else row)
        if moved:
            left = enquiry + dt.timedelta(days=35)
            periods = ((place, enquiry, left), (NAMES.index(holder), left + dt.timedelta(days=1), None))
            rows["center_periods"] += [
                {"case_id": case, "center": town.centers[at], "from_on": since, "until": until}
                for at, since, until in periods
            ]
    orders = [town.cases[f"{name}/case"][i % ORDINARY[place]] for i in range(BASES[place])]
    rows["education_orders"] += [
        {
            "case_id": case,
            "order_id": town.mark("order"),
            "step": "1",
            "issued_on": MONTH + dt.timedelta(days=4),
            "fulfilment_due": VIEW_DATE - dt.timedelta(days=10),
            "deadline_reasoned": i % 3 > 0,
            "fulfilled_on": VIEW_DATE - dt.timedelta(days=12) if i % 4 else None,
        }
        for i, case in enumerate(orders)
    ]


def _rows_of(
    town: Town, name: str, holder: str, kind: str, number: int, enquiry: dt.date, *, protected: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """One case in all tables: (table, row without its case number). Only its holder may see what it says."""

    def day(days: int) -> dt.date:
        return enquiry + dt.timedelta(days=days)

    center = town.centers[NAMES.index(name)]
    told = {word: town.mark(word, holder) for word in ("institution", "instrument")}
    yield (
        "cases",
        {
            "person": town.mark("person"),
            "born_on": dt.date(2004 + number % 4, 5, 1),
            "first_enquiry_on": enquiry,
            "center": center,
            "team": town.mark("team", holder),
            "caseworker": town.mark("caseworker"),
            "has_youth_education": False,
            "protected": protected,
        },
    )
    if kind == "waiting":
        return
    late = number % 3 == 0 or kind != "case"
    yield (
        "interviews",
        {
            "interview_id": town.mark("interview"),
            "held_on": day(12 if late else 5),
            "form": "fremmoede",
            "caseworker": town.mark("interviewer"),
        },
    )
    yield ("visitations", {"visited_on": day(14), "step": "foerste", "category": "aktivitetsparat", "grounds": "test"})
    yield ("guidance", {"guided_on": day(14), "topic": "koordinerende_sagsbehandler"})
    yield ("literacy_tests", {"assessed_on": day(40) if late else day(20), "needed": True})
    yield (
        "offers",
        {
            "offer_id": town.mark("offer"),
            "kind": "virksomhedspraktik",
            "offered_on": day(15),
            "start_on": day(20),
            "until": day(50),
        },
    )
    yield (
        "no_shows",
        {"no_show_id": town.mark("noshow"), "missed_on": day(22), "missed": "tilbud", "offer_id": town.mark("offer")},
    )
    yield (
        "plans",
        {"plan_id": town.mark("plan"), "kind": "min_plan", "made_on": day(16), "owner_center": town.mark("owner")},
    )
    yield ("job_search", {"kind": "joblog", "registered_at_jobnet_on": day(17)})
    yield (
        "transitions",
        {
            "transition_id": town.mark("transition"),
            "admitted_on": day(30),
            "study_start_due": day(40),
            "institution": told["institution"],
        },
    )
    yield ("assignments", {"role": "sagsbehandler", "initials": town.mark("initials"), "from_on": day(1)})
    yield ("guide_statuses", {"status_on": day(18), "status": "tildelt"})
    meeting = town.mark("meeting")
    yield (
        "meetings",
        {"meeting_id": meeting, "kind": "k_moede", "proposed_on": day(19), "held_on": day(25)}
        | {"fields": town.mark("fields")},
    )
    yield (
        "agreements",
        {
            "meeting_id": meeting,
            "agreement_id": town.mark("agreement"),
            "responsible_center": town.mark("responsible", holder),
            "agreed_due": day(40),
            "done_on": day(30),
        },
    )
    yield (
        "measurements",
        {
            "instrument": told["instrument"],
            "measured_on": day(28),
            "indicator": town.mark("indicator"),
            "value": 50.0 + number % 7,
        },
    )
    yield ("groups", {"kind": "maalgruppe", "from_on": day(1)})
    yield ("benefits", {"kind": "uddannelseshjaelp", "from_on": day(1)})


def _annotate(engine: sa.Engine, town: Town) -> None:
    """A target, events (one of the whole municipality, and one of each centre), and a shared view of one centre."""
    writer = Scope(town.mark("colleague"), ("coordinator",), None)
    target = {"measure": "first_interview", "valid_from": dt.date(2026, 1, 1), "rate": 0.95}
    annotations.set_target(engine, writer, **target, note=town.mark("targetnote"))
    event = {"on": dt.date(2026, 6, 10), "kind": "organisation"}
    annotations.add_event(engine, writer, **event, title=town.mark("event", *NAMES), reason="")
    for name, center in zip(NAMES, town.centers, strict=True):
        words = {"title": town.mark("event", name), "reason": town.mark("event", name)}
        annotations.add_event(engine, writer, **event, **words, center=center)
    asked = {"measure": "first_interview", "rows": "center", "columns": "outcome", "center": town.centers[0]}
    views.save(engine, writer, name="Delt visning", form=1, asked=asked, shared=True)


def _publish(engine: sa.Engine, town: Town) -> None:
    """One month, with what is too small hidden."""
    publisher = Scope(town.mark("colleague"), ("coordinator",), None)
    read = moved.reader(engine, publisher)
    publishing.publish_month(engine, publisher, MONTH, read, view_date=VIEW_DATE, delivery=1, centers=town.centers)
    stored = published.cells(engine, publisher, MONTH)
    town.published = list(stored.select("met", "base", "hidden").iter_rows())


ROLES: Mapping[str, tuple[tuple[str, int | None], ...]] = {
    "head": (("head", 0),),
    "head of two": (("head", 1), ("head", 2)),
    "coordinator": (("coordinator", None),),
    "steering": (("steering", None),),
    "administrator": (("administrator", None),),
    "protection": (("protection", None),),
}
"""Identity -> its roles and centres."""
LET_IN = tuple(ROLES)
LEFT_OUT = ("nobody", "forged", "expired", "stale", "ungranted", "blocked", "unverified")
"""Who must see nothing: no cookie, a cookie of somebody else's making, `exp` passed, first seen long after it was
issued, signed in without a role, blocked, and granted an e-mail address that the provider has not verified."""
CENTERS_OF: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(LEFT_OUT, frozenset()),
    **{who: frozenset(NAMES[at] for _, at in roles if at is not None) for who, roles in ROLES.items()},
    "coordinator": frozenset(NAMES),
}
"""Whose cases and figures somebody sees."""


def _sign_in(engine: sa.Engine, town: Town) -> None:
    values = {who: town.mark("grant") for who in ROLES}
    for who, roles in ROLES.items():
        for role, at in roles:
            center = None if at is None else town.centers[at]
            grants.grant(engine, FULL_SCOPE, claim="roles", value=values[who], role=role, center=center)
    blocked, unverified = (f"{town.mark('grant')}@kommune.example".lower() for _ in range(2))
    grants.grant(engine, FULL_SCOPE, claim="email", value=blocked, role="blocked")
    grants.grant(engine, FULL_SCOPE, claim="email", value=unverified, role="coordinator")
    coordinator = {"roles": [values["coordinator"]]}
    long_ago = {"iat": int(time.time()) - 3600}
    for who in LET_IN:
        town.identities[who] = signed_in(town, who, {"roles": [values[who]]})
    town.identities |= {
        "nobody": Identity("nobody"),
        "forged": signed_in(town, "forged", coordinator, "noget-andet-0123456789abcdef0123456789abcdef"),
        "expired": signed_in(town, "expired", coordinator | {"exp": int(time.time()) - 600}),
        "stale": signed_in(town, "stale", coordinator | long_ago),
        "ungranted": signed_in(town, "ungranted", {"roles": ["noget andet"]}),
        "blocked": signed_in(town, "blocked", coordinator | {"email": blocked}),
        "unverified": signed_in(town, "unverified", {"email": unverified, "email_verified": False}),
    }


def signed_in(town: Town, who: str, claims: Mapping[str, Any], secret: str = SECRET) -> Identity:
    """Somebody with a cookie of just now; every call is a sign-in of its own, by another user."""
    user = town.mark("user", who)
    now = int(time.time())
    standard = {"iss": "https://login.kommune.example", "aud": "ungeoverblik", "sub": user, "nonce": user}
    times = {"iat": now, "exp": now + 3600}
    return Identity(who, {**standard, **times, "preferred_username": user, **claims}, secret)
