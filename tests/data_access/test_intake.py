"""The inbox: what is ready and in which order, what is named, where it goes, and when the CPR numbers are gone."""

import datetime as dt
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from data_access import intake

TODAY = dt.date(2026, 11, 23)


def lay(inbox: Path, name: str, *, complete: bool = True) -> Path:
    """A delivery: a folder with a file and the mark that all is there, or one file."""
    path = inbox / name
    file = path if path.suffix else path / "sager.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("sagsnummer", "utf-8")
    if complete and file != path:
        (path / "FAERDIG.txt").touch()
    return path


def taken(delivery: Path) -> Path:
    """Where a run has it."""
    with intake.alone(delivery.parent):
        return intake.take(delivery)


def found(inbox: Path, minutes: float = 11) -> intake.Found:
    """What a run would find so long after all was laid."""
    return intake.look(inbox, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes), TODAY)


def ready(inbox: Path, minutes: float = 11) -> list[str]:
    return [path.name for path in found(inbox, minutes).ready]


def test_the_oldest_extract_comes_first_whatever_was_copied_last(tmp_path: Path) -> None:
    for name in ("2026-11-21", "udtraek-2026-11-20.xlsx", "2026-11-22 Nord"):
        lay(tmp_path, name)
    assert ready(tmp_path) == ["udtraek-2026-11-20.xlsx", "2026-11-21", "2026-11-22 Nord"]


@pytest.mark.parametrize(
    ("name", "minutes", "said"),
    [
        ("2026-11-20", 11, "ready"),
        ("2026-11-20", 9, "waiting"),  # may still be on its way
        ("2026-11-20.xlsx", 9, "waiting"),
        ("2026-11-20.XLSX", 11, "ready"),
        ("2026-11-24", 11, "ready"),  # drawn over midnight
        ("2026-11-25", 11, "ligger i fremtiden"),
        ("2026-11-20.csv", 11, "hverken en mappe eller"),
        ("2026-11-20.zip", 11, "hverken en mappe eller"),
        ("november", 11, "ingen dato"),
        ("2026-13-20", 11, "ingen dato"),
        (".2026-11-20", 11, ""),
        ("_2026-11-20", 11, ""),
        ("~$2026-11-20.xlsx", 11, ""),
        (".2026-11-20", 24 * 60 + 1, "over et døgn"),
        ("~$2026-11-20.xlsx", 24 * 60 + 1, "over et døgn"),
        ("2026-11-20", -60, "ændret i fremtiden"),
        ("indlaest", 11, ""),
    ],
)
def test_what_is_ready_and_what_is_named(name: str, minutes: float, said: str, tmp_path: Path) -> None:
    lay(tmp_path, name)
    there = found(tmp_path, minutes)
    assert [path.name for path in there.ready] == [name] * (said == "ready")
    assert list(there.waiting) == [name] * (said == "waiting")
    assert len(there.odd) == (said not in ("ready", "waiting", ""))
    assert all(line.startswith(f"{name} ") and said in line for line in there.odd)


def test_half_a_folder_is_no_delivery_however_long_it_has_lain(tmp_path: Path) -> None:
    folder = lay(tmp_path, "2026-11-20", complete=False)
    assert ready(tmp_path, 60 * 24 * 30) == []
    assert "mangler FAERDIG.txt" in found(tmp_path).odd[0]
    (folder / "Faerdig.TXT").touch()
    assert ready(tmp_path) == ["2026-11-20"]


@pytest.mark.parametrize("year", [2001, 2050])
def test_what_date_a_file_bears_does_not_matter(year: int, tmp_path: Path) -> None:
    folder = lay(tmp_path, "2026-11-20")
    for path in (folder, *folder.iterdir()):
        os.utime(path, (dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp(),) * 2)
    assert (ready(tmp_path, 9), ready(tmp_path, 11)) == ([], ["2026-11-20"])


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere, inbox = lay(tmp_path / "andet", "2026-11-20"), tmp_path / "indbakke"
    (lay(inbox, "2026-11-19") / "samtaler.csv").symlink_to(elsewhere / "sager.csv")
    (inbox / "2026-11-20").symlink_to(elsewhere)
    (inbox / "2026-11-21.xlsx").symlink_to("findes-ikke")
    (lay(inbox, "2026-11-22") / "mere").mkdir()
    there = found(inbox)
    assert there.ready == ()
    assert [line.split()[0] for line in there.odd] == ["2026-11-19", "2026-11-20", "2026-11-21.xlsx", "2026-11-22"]


def test_a_name_that_looks_like_a_person_is_not_said(tmp_path: Path) -> None:
    lay(tmp_path, "brev om 610190-1234.docx")
    assert found(tmp_path).odd[0].startswith("brev om xxxxxx-xxxx.docx er ")


def test_the_days_are_counted_from_when_it_was_taken_in(tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    then = now - dt.timedelta(days=300)  # no clock of the file system says so
    place = intake.put_away(taken(lay(tmp_path, "2026-01-01")), then)
    by_hand = lay(tmp_path / "indlaest", "2026-01-01")
    assert place.name == f"{then:%Y%m%dT%H%M%S}-2026-01-01"
    assert (intake.delete_old(tmp_path, 300, now), place.exists()) == ((0, []), True)
    assert intake.delete_old(tmp_path, 300, now + dt.timedelta(seconds=1)) == (1, [])
    assert [path.name for path in (tmp_path / "indlaest").iterdir()] == [by_hand.name]
    assert intake.delete_old(tmp_path, 30, now + dt.timedelta(days=31)) == (1, [])


def test_a_name_that_comes_again_hides_nothing(tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    places = [intake.put_away(taken(lay(tmp_path, "2026-11-20")), now) for _ in range(3)]
    assert all((place / "sager.csv").exists() for place in places)
    assert len(set(places)) == 3


def test_what_was_cut_off_comes_first_and_hides_nothing(tmp_path: Path) -> None:
    begun = taken(lay(tmp_path, "2026-11-20"))
    lay(tmp_path, "2026-11-20")
    lay(tmp_path, "2026-11-19")
    assert [path.relative_to(tmp_path).as_posix() for path in found(tmp_path).ready] == [
        "2026-11-19",
        ".igang/2026-11-20",
        "2026-11-20",
    ]
    assert intake.take(begun) == begun


@pytest.mark.parametrize(
    ("name", "under"), [("2026-11-20", "2026-11-20 (1)"), ("2026-11-20.XLSX", "2026-11-20 (1).XLSX")]
)
def test_what_was_cut_off_and_refused_makes_room_for_what_was_laid_since(name: str, under: str, tmp_path: Path) -> None:
    begun = taken(lay(tmp_path, name))
    lay(tmp_path, name)
    back = intake.give_back(intake.take(begun))
    assert (back, back.exists()) == (tmp_path / under, True)
    assert ready(tmp_path) == [under, name]  # the older first, or it would be what counts
    assert intake.take(tmp_path / name) == begun
    assert intake.give_back(begun) == tmp_path / name
    assert intake.give_back(taken(back)) == back  # it gets no other number each night


def test_what_cannot_be_given_back_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = taken(lay(tmp_path, "2026-11-20"))

    def refuse(path: Path, place: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        assert intake.give_back(begun) == begun
    assert taken(lay(tmp_path, "2026-11-20")).name == "2026-11-20 (1)"
    assert begun.exists()


def test_one_at_a_time(tmp_path: Path) -> None:
    with intake.alone(tmp_path), pytest.raises(BlockingIOError), intake.alone(tmp_path):
        pass
    with intake.alone(tmp_path):
        pass


@pytest.mark.parametrize("name", [".igang", "indlaest"])
@pytest.mark.parametrize("laid", ["link", "file", "anothers"])
def test_nothing_is_moved_to_or_deleted_from_a_folder_that_is_not_ours(
    name: str, laid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may lay deliveries may lay a link to all that we can delete."""
    inbox, other = tmp_path / "indbakke", tmp_path / "andet"
    inbox.mkdir()
    other.mkdir()
    if laid == "link":
        (inbox / name).symlink_to(other)
    elif laid == "file":
        (inbox / name).touch()
    else:
        (inbox / name).mkdir()
        stat = os.stat

        def somebody_else(path: Any, **more: Any) -> os.stat_result:
            found = stat(path, **more)
            return os.stat_result((*found[:4], found.st_uid + 1, *found[5:])) if path == name else found

        monkeypatch.setattr(os, "stat", somebody_else)
    with pytest.raises(PermissionError, match=f"{name} i den er ikke en mappe, som"), intake.alone(inbox):
        pytest.fail("an odd folder was used")


def test_our_folders_are_for_nobody_else(tmp_path: Path) -> None:
    with intake.alone(tmp_path):
        assert [(tmp_path / name).stat().st_mode & 0o777 for name in (".igang", "indlaest")] == [0o700] * 2


def test_root_leaves_no_folders_in_anothers_inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 12345, 12345)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PermissionError, match="ikke som root"), intake.alone(tmp_path):
        pass


def test_nothing_else_is_deleted(tmp_path: Path) -> None:
    outside = tmp_path / "andet"
    kept = lay(outside, "vigtigt")
    inbox = tmp_path / "indbakke"
    waiting = lay(inbox, "2026-01-01")
    (inbox / "indlaest").mkdir()
    link = inbox / "indlaest" / "genvej"
    link.symlink_to(outside)
    assert intake.delete_old(inbox, 0, dt.datetime.now(dt.UTC) + dt.timedelta(days=3650)) == (1, [])
    assert not link.is_symlink()
    assert (kept / "sager.csv").exists()
    assert waiting.exists()


def test_what_cannot_be_deleted_is_named_and_the_rest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path / "indlaest", "20260101T000000-1")
    lay(tmp_path / "indlaest", "20260101T000000-2.xlsx")

    def refuse(path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(shutil, "rmtree", refuse)
    assert intake.delete_old(tmp_path, 30, dt.datetime.now(dt.UTC)) == (1, ["20260101T000000-1"])


# --- the report -----------------------------------------------------------------------------------------


def test_a_report_is_whole_or_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "indlaesning.json"
    monkeypatch.setenv(intake.REPORT, str(report))
    intake.write_report([{"number": 1}], 0)
    run = intake.newest_run()
    assert run
    assert (run.well, run.refused, report.stat().st_mode & 0o777) == (True, False, 0o640)
    before = report.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "fuld")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="fuld"):
        intake.write_report([{"refused": True}], 1)
    assert report.read_bytes() == before
    monkeypatch.undo()
    monkeypatch.setenv(intake.REPORT, str(report))
    intake.write_report([{"refused": True}], 1)
    run = intake.newest_run()
    assert run
    assert (run.well, run.refused, [path.name for path in tmp_path.iterdir()]) == (False, True, [report.name])


ENDED = '{"ended": "2026-11-23T05:31:00+00:00", "status": 0}'


@pytest.mark.parametrize(
    "text",
    [None, "", '{"number": 1}\n', "ikke JSON", "[]", "1", f"[]\n{ENDED}", ENDED[:-3], ENDED.replace("23T", "23")],
)
def test_a_report_that_is_not_whole_says_nothing(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "indlaesning.json"
    monkeypatch.setenv(intake.REPORT, str(report))
    if text is not None:
        report.write_text(text, "utf-8")
    assert intake.newest_run() is None
    report.write_text(f"{json.dumps({'number': 1})}\n{ENDED}\n", "utf-8")
    assert intake.newest_run() == intake.Run(dt.datetime(2026, 11, 23, 5, 31, tzinfo=dt.UTC), True, False)
