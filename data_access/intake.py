"""The inbox of a scheduled import: what is ready in it, where it goes, when it is deleted, and what a run says.

The files of a delivery hold CPR numbers: they are kept as long as somebody may have to look into them, and no longer.
What is not understood is named, never passed over: it may hold them too.
"""

import datetime as dt
import errno
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from data_access.importing import date_in
from data_access.reading import COMPLETE_MARK, spoken

if sys.platform != "win32":
    import fcntl

REPORT = "UNGEOVERBLIK_IMPORT_REPORT"
"""The file in which the scheduled import leaves what it said; without it nothing is known of its runs."""
UNDER_WAY = ".igang"
"""The folder in the inbox that a delivery is moved to while it is taken in: what cannot be moved is not."""
DONE = "indlaest"
"""The folder in the inbox that a delivery is moved to when it is taken in."""
QUIET = dt.timedelta(minutes=10)
"""A delivery that came or was changed later than this may still be on its way."""
FORGOTTEN = dt.timedelta(days=1)
"""What is not for us (yet) by its name is named when it has lain for so long."""

_TAKEN = re.compile(r"\d{8}T\d{6}(?=-)")
_NUMBERED = re.compile(r" \(\d+\)(\.xlsx)?$", re.IGNORECASE)
_NOT_YET = (".", "_", "~$")


@dataclass(frozen=True)
class Found:
    """What lies in an inbox."""

    ready: tuple[Path, ...]
    """The deliveries, the oldest first: folders and workbooks by the day they name."""
    waiting: tuple[str, ...]
    """The names of those that have just been changed."""
    odd: tuple[str, ...]
    """What somebody must see to, in Danish: each names a thing and says what to do."""


@dataclass(frozen=True)
class Run:
    """How the newest run of the scheduled import ended."""

    ended: dt.datetime
    well: bool
    refused: bool
    """A delivery was."""


@contextmanager
def alone(inbox: Path) -> Iterator[None]:
    """Nobody else takes in from this inbox meanwhile, and the folders that we move to and delete from are our own.

    Raises:
        BlockingIOError: somebody does.
        OSError: the inbox cannot be read, or is not root's and we are root: then what we make in it would be root's. Or
            who may lay deliveries has laid something in the place of our folders: it could lead anywhere.
    """
    if sys.platform == "win32":
        for name in (UNDER_WAY, DONE):
            (inbox / name).mkdir(exist_ok=True)
        yield
        return
    held = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if os.geteuid() == 0 != os.fstat(held).st_uid:
            raise PermissionError(errno.EPERM, "kør den som den bruger, der ejer mappen, ikke som root")
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in (UNDER_WAY, DONE):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=held)
            made = os.stat(name, dir_fd=held, follow_symlinks=False)
            if not stat.S_ISDIR(made.st_mode) or made.st_uid != os.geteuid():
                raise PermissionError(errno.EPERM, f"{name} i den er ikke en mappe, som kørslens egen bruger ejer")
        yield
    finally:
        os.close(held)


def look(inbox: Path, now: dt.datetime, today: dt.date) -> Found:
    """What lies in the inbox. Whether it has changed goes by this machine's clock, not by the dates the files bear.

    A run that was cut off has left its delivery under way: it comes first of those of its day. `now` has its time zone.

    Raises:
        OSError: the inbox cannot be read.
    """
    begun = inbox / UNDER_WAY
    ready: list[Path] = sorted(begun.iterdir()) if begun.is_dir() else []
    waiting, odd = [], []
    for path in sorted(path for path in inbox.iterdir() if path.name not in (DONE, UNDER_WAY)):
        try:
            changed, why = _changed(path), _why_not(path, today)
        except FileNotFoundError:  # taken away, or given its name, as we look
            continue
        except OSError as error:
            odd.append(f"{spoken(path.name)} kan ikke læses ({error.strerror}). Ret ejer og rettigheder.")
            continue
        if path.name.startswith(_NOT_YET):
            if now - changed > FORGOTTEN:
                odd.append(f"{spoken(path.name)} har ligget over et døgn. Giv den sit rigtige navn, eller slet den.")
        elif abs(now - changed) < QUIET:
            waiting.append(spoken(path.name))
        elif now < changed:
            odd.append(f"{spoken(path.name)} er ændret i fremtiden. Se maskinens ur efter.")
        elif why:
            odd.append(f"{spoken(path.name)} {why}")
        else:
            ready.append(path)
    return Found(tuple(sorted(ready, key=_turn)), tuple(waiting), tuple(odd))


def take(delivery: Path) -> Path:
    """Move a delivery out of reach of who laid it; where it is then.

    Raises:
        OSError: it cannot be moved, and must not be taken in: it would be so again the next time.
    """
    if delivery.parent.name == UNDER_WAY:
        return delivery
    return _move(delivery, delivery.parent / UNDER_WAY, delivery.name)


def give_back(taken: Path) -> Path:
    """Lay a delivery that was refused where it came from; where it is then. One that cannot be is tried again here."""
    with suppress(OSError):
        return _move(taken, taken.parent.parent, taken.name)
    return taken


def put_away(taken: Path, now: dt.datetime) -> Path:
    """Move a delivery that has been taken in; its new name says when.

    Raises:
        OSError: it cannot be moved.
    """
    return _move(taken, taken.parent.parent / DONE, f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}-{taken.name}")


def delete_old(inbox: Path, days: int, now: dt.datetime) -> tuple[int, list[str]]:
    """Delete what was put away more than `days` days ago; how many deliveries, and the names of those that cannot be.

    Raises:
        OSError: the inbox cannot be read.
    """
    done, gone, left = inbox / DONE, 0, []
    for path in sorted(done.iterdir()) if done.is_dir() else ():
        if now - _taken_in(path) <= dt.timedelta(days=days):
            continue
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            gone += 1
        except OSError:
            left.append(spoken(path.name))
    return gone, left


def write_report(said: Sequence[Mapping[str, Any]], status: int) -> None:
    """Leave what a run said, a line each, where the setting says; who reads it meets all of it or the one before.

    Raises:
        OSError: it cannot be written.
    """
    if not (setting := os.environ.get(REPORT)):
        return
    path = Path(setting)
    partial = path.with_name(f".{path.name}.del")
    last = {"ended": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "status": status}
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w", encoding="utf-8") as file:
        os.chmod(partial, 0o640)  # the server's group may read it, whatever the umask
        file.writelines(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in (*said, last))
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def newest_run() -> Run | None:
    """How the newest run ended, by its report; None: there is no report that is whole."""
    try:
        lines = Path(os.environ.get(REPORT, "")).read_text("utf-8").splitlines()
        *said, last = (json.loads(line) for line in lines)
        ended = dt.datetime.fromisoformat(last["ended"]).astimezone(dt.UTC)
        return Run(ended, last["status"] == 0, any(line.get("refused") for line in said))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _why_not(path: Path, today: dt.date) -> str | None:
    """What, in Danish, is wrong with something that lies in the inbox; None: it is a delivery."""
    folder = path.is_dir() and not path.is_symlink()
    if any(not stat.S_ISREG(each.lstat().st_mode) for each in _within(path) if not (each == path and folder)):
        return "er eller rummer en genvej eller en mappe i mappen. Læg filerne selv, alle i én mappe."
    if not folder and path.suffix.lower() != ".xlsx":
        return "er hverken en mappe eller en projektmappe (xlsx). Læg leverancen som en mappe, eller slet den."
    if (day := date_in(path.name)) is None:
        return "har ingen dato i navnet. Giv den udtræksdatoen, fx 2026-11-20."
    if day > today + dt.timedelta(days=1):
        return "har en dato i navnet, som ligger i fremtiden. Ret den."
    if folder and not any(each.name.lower() == COMPLETE_MARK.lower() for each in path.iterdir()):
        return f"mangler {COMPLETE_MARK}. Er alt kopieret, så læg en fil med det navn i mappen."
    return None


def _within(path: Path) -> list[Path]:
    return [path, *path.iterdir()] if path.is_dir() and not path.is_symlink() else [path]


def _changed(path: Path) -> dt.datetime:
    return _moment(max(each.lstat().st_ctime for each in _within(path)))


def _turn(path: Path) -> tuple[dt.date, bool, bool, str]:
    """An older extract cannot be taken in after a newer one; what was given back under a number is the older."""
    day = date_in(path.name) or dt.date.min
    return day, path.parent.name != UNDER_WAY, not _NUMBERED.search(path.name), path.name


def _taken_in(path: Path) -> dt.datetime:
    if found := _TAKEN.match(path.name):
        with suppress(ValueError):
            return dt.datetime.strptime(found[0], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
    return _moment(path.lstat().st_ctime)  # put away by an earlier version, or by hand


def _move(path: Path, folder: Path, name: str) -> Path:
    """Into a folder, under a number where the name is taken."""
    ending = path.suffix if path.suffix.lower() == ".xlsx" else ""
    places = (folder / (f"{name.removesuffix(ending)} ({more}){ending}" if more else name) for more in count())
    return path.rename(next(place for place in places if not os.path.lexists(place)))


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
