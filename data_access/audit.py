"""The access log: who looked at whose case, when and why, written before anything is shown.

An entry and the reading that it is about are one transaction: what could not be logged is not given out. Each entry
is sealed with the one before it (SHA-256), in one sequence however many write at once. Whoever owns the database can
still cut off the end, or write all of it anew: that is seen against the anchors, which are kept elsewhere.
Source: databeskyttelsesforordningen art. 5 and 32; Datatilsynet 2024-32-0283 on a citizen's right to see the log.
"""

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl
import sqlalchemy as sa

from data_access import models
from data_access.database import DatabaseUnavailable, in_turn, reading
from data_access.free_text import like_cpr, one_line
from data_access.tables import NoScope, Scope, require

PURPOSES: Mapping[str, str] = MappingProxyType(models.PURPOSES)
"""Code -> Danish label."""
ACTIONS: Mapping[str, str] = MappingProxyType(models.LOG_ACTIONS)
"""Code -> Danish label."""
WITHOUT_PURPOSE = frozenset({"refused", "sign_in", "grant", "purge", "log_purge"})
"""Actions that show no case, and so need no purpose."""
LONGEST_NOTE = 500
"""Characters."""
LONGEST_CASE = 40
"""Characters of a case number that somebody asked for in vain."""
LOG_DAYS = "UNGEOVERBLIK_LOG_DAYS"
DEFAULT_DAYS = 365
FEWEST_DAYS = 180
"""An entry younger than this is never purged: a citizen must have the time to ask."""
UNREADABLE_CASE = "?"
"""Stands for what somebody asked for in vain, when it is no case number."""

_SEQUENCE = 20_240_606
"""The advisory lock that all who append hold, one after the other. A number of our own choice."""
_FIRST = "0" * 64
_as_json = json.JSONEncoder(separators=(",", ":"), default=repr).encode
_FRAME = pl.Schema({"at": pl.Datetime("us", "UTC"), "purpose": pl.String(), "action": pl.String()})

_log, _cases = (model.metadata.tables[str(model.__tablename__)] for model in (models.LogEntry, models.LogCase))


class NotLogged(DatabaseUnavailable):
    """A look could not be written in the log, and so nothing was shown."""


class LogRefused(Exception):
    """What was asked of the log cannot be done as it is; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Entry:
    """One entry of the log, as it was written."""

    id: int
    at: dt.datetime
    """UTC."""
    user: str
    role: str
    """The roles at the time, joined by `+`."""
    action: str
    """Key of `ACTIONS`."""
    purpose: str
    """Key of `PURPOSES`, or empty."""
    note: str
    delivery: int
    rows: int
    cases: tuple[str, ...]
    purged_to: int | None
    previous: str
    hash: str


def write(
    engine: sa.Engine,
    scope: Scope | None,
    *,
    action: str,
    purpose: str,
    rows: int,
    cases: Sequence[str] = (),
    note: str = "",
) -> Entry:
    """Append one entry in a transaction of its own; for what is read there and then, use `looking`.

    Raises as `looking`.
    """
    with _turn(engine) as connection:
        return _append(connection, scope, action=action, purpose=purpose, rows=rows, cases=cases, note=note)


@contextmanager
def looking(
    engine: sa.Engine,
    scope: Scope | None,
    *,
    action: str,
    purpose: str,
    rows: int,
    cases: Sequence[str] = (),
    note: str = "",
) -> Iterator[sa.Connection]:
    """The one transaction of an entry and of the reading that it is about. Show nothing before it has ended.

    `action` and `purpose` are keys of `ACTIONS` and `PURPOSES`; `rows` is how many are given out, `cases` whose they
    are. Other looks wait until this one has ended: read, and leave.

    Raises:
        LogRefused: no purpose, a purpose that must be explained and is not, or a note that cannot be kept.
        NoScope: `scope` is not a `Scope`.
        DatabaseUnavailable: it was not logged, or the reading failed; nothing may be shown.
    """
    with _turn(engine, require(scope, "loggen")) as connection:
        _append(connection, scope, action=action, purpose=purpose, rows=rows, cases=cases, note=note)
        yield connection


@contextmanager
def _turn(engine: sa.Engine, scope: Scope | None = None) -> Iterator[sa.Connection]:
    """One transaction that may append: nobody else appends until it ends. It meets the cases of the scope, if any."""
    refusal = (
        "Opslaget kunne ikke skrives i loggen, og derfor vises intet. Databasen svarer ikke, er fuld, eller en "
        "leverance er ved at blive læst ind. Prøv igen om lidt; varer det ved, så tal med driften."
    )
    try:
        with in_turn(engine, _SEQUENCE, refusal, scope) as connection:
            yield connection
    except DatabaseUnavailable as error:
        raise NotLogged(str(error)) from error


def _append(
    connection: sa.Connection,
    scope: Scope | None,
    *,
    action: str,
    purpose: str = "",
    rows: int,
    cases: Sequence[str] = (),
    note: str = "",
    purged_to: int | None = None,
) -> Entry:
    require(scope, "loggen")
    assert scope is not None
    note = checked(action, purpose, note)
    if action == "refused":
        cases = [case if _case_number(case) else UNREADABLE_CASE for case in cases]
    newest = connection.execute(sa.select(_log.c.id, _log.c.at, _log.c.hash).order_by(_log.c.id.desc()).limit(1))
    number, since, previous = newest.first() or (0, dt.datetime.min.replace(tzinfo=dt.UTC), _FIRST)
    values: dict[str, Any] = {
        "id": number + 1,
        "at": max(_now(), since),  # a clock that is set back does not turn the sequence
        "user": scope.user,
        "role": "+".join(sorted(scope.roles)),
        "action": action,
        "purpose": purpose,
        "note": note,
        "delivery": connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM imports")).scalar_one(),
        "rows": rows,
        "purged_to": purged_to,
    }
    about = tuple(sorted(set(cases)))
    sealed: dict[str, Any] = {
        "previous": previous,
        "hash": _seal(*(values | {"at": _moment(values["at"])}).values(), about, previous),
    }
    connection.execute(sa.insert(_log).values(values | sealed))
    if about:
        connection.execute(sa.insert(_cases), [{"log_id": number + 1, "case_id": case} for case in about])
    return Entry(**values, **sealed, cases=about)


def checked(action: str, purpose: str, note: str) -> str:
    """The note as it may be kept, beside a purpose that the action can have.

    Raises:
        LogRefused: no purpose, a purpose that must be explained and is not, or a note that cannot be kept.
    """
    if action not in ACTIONS:
        raise ValueError(action)
    if purpose not in PURPOSES and (purpose or action not in WITHOUT_PURPOSE):
        raise LogRefused("Vælg formålet på listen, før sagerne vises.")
    kept = one_line(note, "Begrundelsen", LONGEST_NOTE, LogRefused)
    if purpose == "other_purpose" and not kept:
        raise LogRefused("Skriv, hvad formålet er, når det ikke står på listen.")
    return kept


def _case_number(asked_for: str) -> bool:
    """Whether what somebody wrote, perhaps in an address, can be kept: a CPR number must not get into the log."""
    return len(asked_for) <= LONGEST_CASE and asked_for.isprintable() and not like_cpr(asked_for)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"


def _seal(*values: object) -> str:
    """SHA-256 of the values as one line of JSON: id, at, user, …, purged_to, the cases in order, previous."""
    return hashlib.sha256(_as_json(values).encode()).hexdigest()


# --- for the citizen ----------------------------------------------------------------------------------


def extract(engine: sa.Engine, scope: Scope | None, case_id: str) -> pl.DataFrame:
    """When and why somebody looked at a case, the oldest first; the extract is logged itself, and is not in it.

    Returns one row a look: at (UTC), purpose (key of `PURPOSES`, or empty), action (key of `ACTIONS`). Not who: a
    citizen has a right to the times and the purposes, to the employee's name only when it is needed for their rights.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not read the log.
        LogRefused: what was asked for is no case number.
        DatabaseUnavailable: the extract was not logged, or could not be read.
    """
    _may_read(scope)
    _must_be_case(case_id)
    about = sa.select(_cases.c.log_id).where(_cases.c.case_id == case_id)
    looks = sa.select(*(_log.c[name] for name in _FRAME)).where(_log.c.id.in_(about)).order_by(_log.c.id)
    with _turn(engine) as connection:
        found = [tuple(row) for row in connection.execute(looks)]
        _append(connection, scope, action="log_extract", purpose="enquiry", rows=len(found), cases=(case_id,))
    return pl.DataFrame(found, schema=_FRAME, orient="row")


def _may_read(scope: Scope | None) -> None:
    require(scope, "loggen")
    if not (scope and scope.may("log")):
        raise NoScope("Der blev bedt om loggen af en, der ikke må se den.")


def _must_be_case(asked_for: str) -> None:
    if not _case_number(asked_for):
        raise LogRefused("Det er ikke et sagsnummer. Skriv sagens nummer fra fagsystemet, ikke et CPR-nummer.")


# --- for who oversees it ------------------------------------------------------------------------------

ENTRIES = pl.Schema(
    {
        "id": pl.Int64(),
        "at": pl.Datetime("us", "UTC"),
        "user": pl.String(),
        "role": pl.String(),
        "action": pl.String(),
        "purpose": pl.String(),
        "note": pl.String(),
        "delivery": pl.Int64(),
        "rows": pl.Int64(),
        "cases": pl.Int64(),
    }
)
"""One row an entry, `cases` = how many it is about."""


def entries(
    engine: sa.Engine,
    scope: Scope | None,
    *,
    since: dt.datetime,
    until: dt.datetime,
    user: str | None = None,
    action: str | None = None,
    case: str | None = None,
    limit: int,
    again: bool = False,
) -> pl.DataFrame:
    """The newest entries from `since` up to, and without, `until` (with time zones), the newest first, as `ENTRIES`.

    Those of one user, of one action, or about one case, where it is said. At most `limit` rows. That somebody read
    the log is logged itself, in the same transaction; it is not among the rows. `again`: just this is in it already.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not read the log.
        LogRefused: what was asked for is no case number.
        DatabaseUnavailable: it was not logged, or could not be read.
    """
    _may_read(scope)
    if case is not None:
        _must_be_case(case)
    wanted = [_log.c.at >= since.astimezone(dt.UTC), _log.c.at < until.astimezone(dt.UTC)]
    wanted += [column == value for column, value in ((_log.c.user, user), (_log.c.action, action)) if value is not None]
    if case is not None:
        wanted.append(_log.c.id.in_(sa.select(_cases.c.log_id).where(_cases.c.case_id == case)))
    about = sa.select(sa.func.count()).where(_cases.c.log_id == _log.c.id).scalar_subquery()
    columns = [about if name == "cases" else _log.c[name] for name in ENTRIES]
    asked = sa.select(*columns).where(*wanted).order_by(_log.c.id.desc()).limit(limit)
    if again:
        with reading(engine) as connection:
            found = [tuple(row) for row in connection.execute(asked)]
    else:
        with _turn(engine) as connection:
            found = [tuple(row) for row in connection.execute(asked)]
            which = ", ".join(each for each in (action and ACTIONS[action], user) if each and not like_cpr(each))
            note = f"Gennemsyn af loggen: {which}" if which else "Gennemsyn af loggen"
            about_case = () if case is None else (case,)
            _append(
                connection,
                scope,
                action="log_read",
                purpose="other_purpose",
                note=note,
                rows=len(found),
                cases=about_case,
            )
    return pl.DataFrame(found, schema=ENTRIES, orient="row")


def users(engine: sa.Engine, scope: Scope | None) -> list[str]:
    """Everybody who is in the log, by name.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not read the log.
        DatabaseUnavailable: no connection.
    """
    _may_read(scope)
    with reading(engine) as connection:
        return list(connection.execute(sa.select(_log.c.user).distinct().order_by(_log.c.user)).scalars())


# --- whole or not -------------------------------------------------------------------------------------


class _Anchor(NamedTuple):
    at: dt.datetime
    last: int
    hash: str


ANCHORS = "ungeoverblik-log-ankre.csv"
"""The file that `anchor` appends to."""
_HEADING = "tidspunkt;antal;seneste;kontrolsum"
LOG_ANCHORS = "UNGEOVERBLIK_LOG_ANCHORS"


def anchor_file() -> Path | None:
    """The file of anchors in the folder that `UNGEOVERBLIK_LOG_ANCHORS` names; None: it names none."""
    folder = os.environ.get(LOG_ANCHORS)
    return Path(folder) / ANCHORS if folder else None


def anchor(engine: sa.Engine, folder: Path) -> Path:
    """Append where the log ends to a file in `folder`: time (UTC), number of entries, newest entry, its hash.

    Keep the folder where those who can change the database cannot write.

    Raises:
        LogRefused: the file cannot be written.
        DatabaseUnavailable: no connection.
    """
    ends = sa.select(_log.c.id, _log.c.hash).order_by(_log.c.id.desc()).limit(1)
    with reading(engine) as connection:
        last, sealed = connection.execute(ends).first() or (0, _FIRST)
        kept = connection.execute(sa.select(sa.func.count()).where(_log.c.id <= last)).scalar_one()
    path = folder / ANCHORS
    line = f"{_now().isoformat(timespec='seconds')};{kept};{last};{sealed}\n"
    try:
        with open(path, "a", encoding="utf-8", opener=_not_for_others_to_write) as file:
            file.write(line if file.tell() else f"{_HEADING}\n{line}")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise LogRefused(f"Ankeret kunne ikke skrives i {ANCHORS}. Findes mappen, og må der skrives i den?") from error
    return path


def _not_for_others_to_write(path: str, flags: int) -> int:
    """Whatever the umask is: the server is in the group, and holds the log up against what it may not write."""
    return os.open(path, flags, 0o640)


def verify(engine: sa.Engine, anchors: Path | None = None) -> list[str]:
    """What is wrong with the log, in Danish; empty when it is whole. `anchors` is the file of `anchor`.

    Without anchors a log that was cut off at the end, or written anew from one entry on, looks whole.

    Raises:
        DatabaseUnavailable: no connection.
    """
    seen, findings = _anchors(anchors) if anchors else ([], [])
    wanted = {each.last for each in seen}
    hashes: dict[int, str] = {}
    purges: list[tuple[int, str, int]] = []
    first, number, hash = None, 0, _FIRST
    latest = _moment(_now() + dt.timedelta(days=1))
    with reading(engine) as connection:
        for (*values, previous, found), about in _entries(connection):
            before, number, at, purged_to = number, values[0], values[1], values[-1]
            if first is None:
                first, begins_with = number, previous
            elif number != before + 1:
                findings.append(f"Der mangler poster mellem nr. {before} og nr. {number}.")
            elif previous != hash:
                findings.append(f"Post nr. {number} hænger ikke sammen med posten før den.")
            if _seal(*values, about, previous) != found:
                findings.append(f"Post nr. {number} er ændret, efter at den blev skrevet.")
            if at > latest:
                findings.append(f"Post nr. {number} er dateret ud i fremtiden.")
            if purged_to is not None:
                purges.append((number, at, purged_to))
            if number in wanted:
                hashes[number] = found
            hash = found
    gone = max((purged_to for _, _, purged_to in purges), default=0)
    if first is not None:
        if first != gone + 1:
            findings.append(f"Loggen begynder ved post nr. {first}, og den skulle begynde ved nr. {gone + 1}.")
        elif gone == 0 and begins_with != _FIRST:
            findings.append("Post nr. 1 hænger sammen med en post før den, som ikke findes.")
        hashes[first - 1] = begins_with
    return [*findings, *_against(seen, hashes, number, gone), *_too_early(seen, purges)]


def _entries(connection: sa.Connection) -> Iterator[tuple[tuple[Any, ...], tuple[str, ...]]]:
    """Each entry as it stands (the time as text: whatever was put there is to be read) and its cases in order."""
    at = (
        sa.func.to_char(sa.func.timezone("UTC", _log.c.at), "YYYY-MM-DD HH24:MI:SS.US")
        if connection.dialect.name == "postgresql"
        else sa.cast(_log.c.at, sa.String)
    )
    columns = [at if column.name == "at" else column for column in _log.c]
    joined = sa.select(*columns, _cases.c.case_id).join_from(_log, _cases, isouter=True).order_by(_log.c.id)
    rows = connection.execution_options(yield_per=10_000).execute(joined)
    for _, group in groupby(chain.from_iterable(rows.partitions()), itemgetter(0)):
        same = list(group)
        yield tuple(same[0][:-1]), tuple(sorted(row[-1] for row in same)) if same[0][-1] is not None else ()


def _anchors(path: Path) -> tuple[list[_Anchor], list[str]]:
    """The anchors of a file, and what is wrong with the file."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [], [f"Ankerfilen {path.name} kan ikke læses."]
    seen, findings = [], []
    for place, line in enumerate(lines[1:], start=2):
        try:
            at, _, last, hash = line.split(";")
            seen.append(_Anchor(dt.datetime.fromisoformat(at), int(last), hash))
        except ValueError:
            findings.append(f"Ankerfilen {path.name}, linje {place}, kan ikke læses.")
    if lines[:1] != [_HEADING] or len(lines) == 1:
        findings.append(f"Ankerfilen {path.name} begynder ikke, som den skal, eller er tom.")
    return seen, findings


def _against(seen: Sequence[_Anchor], hashes: Mapping[int, str], last: int, gone: int) -> Iterator[str]:
    """What the anchors have seen and the log does not hold; what was purged is known by its last entry only."""
    for each in seen:
        day = f"{each.at:%d-%m-%Y}"
        if each.last > last:
            yield f"Loggen slutter ved post nr. {last}; ankeret fra {day} har set nr. {each.last}. Slutningen mangler."
        elif each.last >= max(gone, 1) and hashes.get(each.last) != each.hash:
            yield f"Post nr. {each.last} er ikke den, som ankeret fra {day} har set. Loggen er skrevet om."


def _too_early(seen: Sequence[_Anchor], purges: Sequence[tuple[int, str, int]]) -> Iterator[str]:
    """Purges that took entries which an anchor had not seen yet, too short a time before."""
    for number, at, purged_to in purges:
        oldest = max((each.at for each in seen if each.last < purged_to), default=None)
        if oldest and _moment(oldest + dt.timedelta(days=FEWEST_DAYS)) > at:
            yield f"Oprydningen i post nr. {number} har slettet poster, der var yngre end {FEWEST_DAYS} dage."


# --- retention ----------------------------------------------------------------------------------------


def kept_days() -> int:
    """How long an entry is kept, in days, from `UNGEOVERBLIK_LOG_DAYS`.

    Raises:
        LogRefused: the setting is not a whole number of at least `FEWEST_DAYS`.
    """
    setting = os.environ.get(LOG_DAYS) or str(DEFAULT_DAYS)
    if not (setting.isdecimal() and int(setting) >= FEWEST_DAYS):
        raise LogRefused(f"{LOG_DAYS} skal være et helt antal dage, mindst {FEWEST_DAYS}. Ret indstillingen.")
    return int(setting)


def purge(engine: sa.Engine, scope: Scope | None, days: int | None = None) -> int:
    """Take away the entries older than `days` (default: `kept_days`), and say so in the log. Gives their number.

    What is left is one sequence still: the purge's own entry says where it begins.

    Raises:
        LogRefused: fewer days than `FEWEST_DAYS`, or the setting cannot be read.
        NoScope: `scope` is not a `Scope`, or may not read the log.
        DatabaseUnavailable: nothing was taken away.
    """
    _may_read(scope)
    days = kept_days() if days is None else days
    if days < FEWEST_DAYS:
        raise LogRefused(f"Loggen skal gemmes i mindst {FEWEST_DAYS} dage.")
    cutoff = _now() - dt.timedelta(days=days)
    old = sa.select(sa.func.max(_log.c.id), sa.func.count()).where(_log.c.at < cutoff)
    with _turn(engine) as connection:
        last, many = connection.execute(old).one()
        if many:
            note = f"Poster ældre end {days} dage"
            _append(connection, scope, action="log_purge", note=note, rows=many, purged_to=last)
            connection.execute(sa.delete(_cases).where(_cases.c.log_id <= last))
            connection.execute(sa.delete(_log).where(_log.c.id <= last))
    return int(many)
