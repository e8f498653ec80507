"""The inbox of a scheduled import: what lies ready in it, where it goes when it is taken in, and when it is deleted.

The files of a delivery hold CPR numbers: they are kept as long as somebody may have to look into them, and no longer.
"""

import datetime as dt
import os
import re
import shutil
from pathlib import Path

DONE = "indlaest"
"""The folder in the inbox that a delivery is moved to when it is taken in."""
QUIET = dt.timedelta(minutes=10)
"""A delivery that was changed later than this may still be on its way."""

_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


def ready(inbox: Path, now: dt.datetime) -> list[Path]:
    """The deliveries that nobody has changed for a while, the oldest first: folders and workbooks by the day they name.

    What begins with `.` or `_` is passed over: it is not for us, or not yet. `now` has its time zone.

    Raises:
        OSError: the inbox cannot be read.
    """
    found = [
        path
        for path in inbox.iterdir()
        if path.name[0] not in "._" and path.name != DONE and (path.is_dir() or path.suffix.lower() == ".xlsx")
    ]
    return sorted((path for path in found if now - _changed(path) >= QUIET), key=_turn)


def put_away(delivery: Path, now: dt.datetime) -> Path:
    """Move a delivery that has been taken in; from now on its days are counted.

    Raises:
        OSError: it cannot be moved.
    """
    done = delivery.parent / DONE
    done.mkdir(mode=0o700, exist_ok=True)
    place = done / delivery.name
    if place.exists():  # the same name once more
        place = done / f"{now:%Y%m%dT%H%M%S}-{delivery.name}"
    os.utime(delivery, (now.timestamp(), now.timestamp()))
    return delivery.rename(place)


def delete_old(inbox: Path, days: int, now: dt.datetime) -> int:
    """Delete what was put away more than `days` days ago; how many deliveries.

    Raises:
        OSError: one of them cannot be deleted.
    """
    done = inbox / DONE
    old = [
        path
        for path in (done.iterdir() if done.is_dir() else ())
        if now - _moment(path.lstat().st_mtime) > dt.timedelta(days=days)
    ]
    for path in old:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return len(old)


def _changed(path: Path) -> dt.datetime:
    within = path.rglob("*") if path.is_dir() else ()
    return _moment(max(each.stat().st_mtime for each in (path, *within)))


def _turn(path: Path) -> tuple[str, str]:
    """An older extract cannot be taken in after a newer one."""
    named = _DAY.search(path.name)
    return named[0] if named else f"{_changed(path):%Y-%m-%d}", path.name


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
