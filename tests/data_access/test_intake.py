"""The inbox: what is ready and in which order, where it goes, and when the files with CPR numbers are gone."""

import datetime as dt
import os
from pathlib import Path

import pytest

from data_access import intake

NOW = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)


def lay(inbox: Path, name: str, minutes: float = 60) -> Path:
    """A delivery that was changed so many minutes ago: a folder with a file, or a workbook."""
    path = inbox / name
    file = path if path.suffix else path / "sager.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("sagsnummer", "utf-8")
    changed = NOW.timestamp() - minutes * 60
    for each in (file, path):
        os.utime(each, (changed, changed))
    return path


def test_the_oldest_extract_comes_first_whatever_was_copied_last(tmp_path: Path) -> None:
    for name, minutes in (("2026-11-21", 20), ("udtraek-2026-11-20.xlsx", 15), ("2026-11-22 Nord", 90)):
        lay(tmp_path, name, minutes)
    assert [path.name for path in intake.ready(tmp_path, NOW)] == [
        "udtraek-2026-11-20.xlsx",
        "2026-11-21",
        "2026-11-22 Nord",
    ]


@pytest.mark.parametrize(
    ("name", "minutes", "ready"),
    [
        ("2026-11-20", 10, True),
        ("2026-11-20", 9.9, False),  # may still be on its way
        ("2026-11-20.xlsx", 9.9, False),
        ("2026-11-20.XLSX", 11, True),
        ("2026-11-20.csv", 60, False),
        (".2026-11-20", 60, False),
        ("_2026-11-20", 60, False),
        ("indlaest", 60, False),
    ],
)
def test_what_is_ready(name: str, minutes: float, ready: bool, tmp_path: Path) -> None:
    lay(tmp_path, name, minutes)
    assert bool(intake.ready(tmp_path, NOW)) is ready


def test_a_folder_is_as_young_as_its_youngest_file(tmp_path: Path) -> None:
    folder = lay(tmp_path, "2026-11-20")
    young = NOW.timestamp() - 60
    os.utime(folder / "sager.csv", (young, young))
    assert intake.ready(tmp_path, NOW) == []


def test_the_days_are_counted_from_when_it_was_taken_in(tmp_path: Path) -> None:
    old = lay(tmp_path, "2026-01-01", minutes=60 * 24 * 300)
    place = intake.put_away(old, NOW)
    assert place == tmp_path / "indlaest" / "2026-01-01"
    assert (intake.delete_old(tmp_path, 30, NOW + dt.timedelta(days=30)), place.exists()) == (0, True)
    assert (intake.delete_old(tmp_path, 30, NOW + dt.timedelta(days=30, seconds=1)), place.exists()) == (1, False)


def test_a_name_that_comes_again_hides_nothing(tmp_path: Path) -> None:
    places = [intake.put_away(lay(tmp_path, "2026-11-20"), NOW + dt.timedelta(days=n)) for n in range(2)]
    assert all(place.exists() for place in places)
    assert places[0] != places[1]


def test_nothing_else_is_deleted(tmp_path: Path) -> None:
    outside = tmp_path / "andet"
    kept = lay(outside, "vigtigt")
    inbox = tmp_path / "indbakke"
    waiting = lay(inbox, "2026-01-01", minutes=60 * 24 * 300)
    (inbox / "indlaest").mkdir()
    link = inbox / "indlaest" / "genvej"
    link.symlink_to(outside)
    assert intake.delete_old(inbox, 0, NOW + dt.timedelta(days=3650)) == 1
    assert not link.is_symlink()
    assert (kept / "sager.csv").exists()
    assert waiting.exists()
