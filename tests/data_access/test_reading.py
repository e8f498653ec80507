"""Which files are read, how, and which are refused because they cannot be read with certainty."""

import datetime as dt
import json
import resource
import time
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
import xlsxwriter

from data_access import reading
from data_access.importing import DeliveryRefused
from data_access.models import Case
from data_access.reading import Unreadable, parts
from tests.data_access.breaking import done_elsewhere
from tests.data_access.delivering import SAGER, deliver, everything, table, take_in

HEADER = "sagsnummer;cpr;henvendelse;center\n"
ROWS = "S1;6101901234;01-03-2024;Ærø og Århus\n0002;620291-2345;02-03-2024;Børn & unge\n"
PLAIN = HEADER + ROWS
EXPECTED = [("S1", "Ærø og Århus"), ("0002", "Børn & unge")]


def workbook(path: Path, rows: list[list[object]], first_row: int = 0, sheets: tuple[str, ...] = ("Ark1",)) -> bytes:
    book = xlsxwriter.Workbook(path)
    for name in sheets:
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows, start=first_row):
            sheet.write_row(number, 0, cells)
    book.close()
    return path.read_bytes()


GOOD_TEXTS = [
    ("UTF-8", PLAIN.encode()),
    ("UTF-8 with BOM", PLAIN.encode("utf-8-sig")),
    ("UTF-16 little-endian", b"\xff\xfe" + PLAIN.encode("utf-16-le")),
    ("UTF-16 big-endian", b"\xfe\xff" + PLAIN.encode("utf-16-be")),
    ("Windows-1252", PLAIN.encode("cp1252")),
    ("decomposed letters", unicodedata.normalize("NFD", PLAIN).encode()),
    ("Windows line ends", PLAIN.replace("\n", "\r\n").encode()),
    ("no line end last", PLAIN.rstrip().encode()),
    ("comma", PLAIN.replace(";", ",").encode()),
    ("tab", PLAIN.replace(";", "\t").encode()),
    ("sep= in the first line", b"sep=;\r\n" + PLAIN.encode()),
    ("quotes", ('"sagsnummer";"cpr";"henvendelse";"center"\n' + ROWS.replace("S1;", '"S1";')).encode()),
    ("blanks and non-breaking blanks", PLAIN.replace("S1", " \u00a0S1\u00a0").encode()),
    ("capital headers", (HEADER.upper() + ROWS).encode()),
    ("empty rows", ("\n\n" + HEADER + "\n;;;\n" + ROWS.replace("\n", "\n\n") + " ; ;\u00a0;\n" * 3).encode()),
    ("repeated header", (HEADER + ROWS.replace("\n", f"\n{HEADER}", 1)).encode()),
    ("total row last", (PLAIN + "I alt;;;2\n").encode()),
    ("short total row last", (PLAIN + "Total: 2\n").encode()),
    ("empty columns", "".join(f"{line};;\n" for line in PLAIN.splitlines()).encode()),
    ("a column without a name", "".join(f"x;{line}\n" for line in PLAIN.splitlines()).replace("x;", ";", 1).encode()),
    ("trailing separators in rows only", (HEADER + ROWS.replace("\n", ";;\n")).encode()),
    ("unused columns, also with one name", "".join(f"{line};x;x\n" for line in PLAIN.splitlines()).encode()),
    ("line break in quoted text", (HEADER.rstrip() + ";note\n" + ROWS.replace("\n", ';"a\nb;c ""d"""\n')).encode()),
]


@pytest.mark.parametrize(("what", "content"), GOOD_TEXTS, ids=[what for what, _ in GOOD_TEXTS])
def test_a_text_file_may_look_like_this(sqlite_engine: sa.Engine, tmp_path: Path, what: str, content: bytes) -> None:
    report = take_in(sqlite_engine, deliver(tmp_path / "d", sager=content))
    assert report.rejections == ()
    assert table(sqlite_engine, Case, "case_id", "center") == EXPECTED


BAD_TEXTS = [
    ("empty", b"", "filen er tom"),
    ("only blank lines", b"\n \n\n", "filen er tom"),
    ("no header", ROWS.encode(), "kolonnen »sagsnummer«, »henvendelse«, »center«, »cpr eller borgernoegle« mangler"),
    ("header in the third row", b"Udtr\xc3\xa6k\n2024\n" + PLAIN.encode(), "Overskrifterne skal stå i første række"),
    ("misspelled header", PLAIN.replace("henvendelse", "henvendelser").encode(), "kolonnen »henvendelse« mangler"),
    ("doubled header", PLAIN.replace("cpr", "center").encode(), "mangler"),
    ("doubled column", "".join(f"{x};{x}\n" for x in PLAIN.splitlines()).encode(), "»center« står to gange"),
    ("a field too many", (PLAIN + "S3;630392-3456;02-03-2024;A;B\n").encode(), "række 4 har ikke samme antal felter"),
    ("a field too few", (HEADER + "S3;630392-3456\n" + ROWS).encode(), "række 2 har ikke samme antal felter"),
    ("cut off", PLAIN.encode()[:-25], "række 3 har ikke samme antal felter"),
    ("mixed separators", (HEADER + ROWS.replace(";", ",")).encode(), "række 2, 3 har ikke samme antal felter"),
    ("open quote", (PLAIN + 'S3;"630392-3456;02-03-2024;A\n').encode(), "et anførselstegn står forkert"),
    ("stray quote", (PLAIN + 'S3;"63"0392-3456;02-03-2024;A\n').encode(), "et anførselstegn står forkert"),
    ("an enormous cell", (PLAIN + f"S3;630392-3456;02-03-2024;{'x' * 10_000_000}\n").encode(), "meget langt"),
    ("a hundred thousand columns", (";".join(f"k{i}" for i in range(100_000)) + "\n").encode(), "over 1000 kolonner"),
    ("NUL bytes", PLAIN.replace("S1", "S\0").encode(), "tegnsættet kan ikke læses"),
    ("UTF-16 without its mark", PLAIN.encode("utf-16-le"), "tegnsættet kan ikke læses"),
    ("bytes that are no letters", PLAIN.encode("cp1252").replace(b"S1", b"S\x81"), "tegnsættet kan ikke læses"),
    ("encoded twice", PLAIN.encode().decode("cp1252", "replace").encode(), "æ, ø og å er ødelagt"),
    ("two encodings", PLAIN.encode() + "S3;63;\xe6;A\n".encode("cp1252"), "æ, ø og å er ødelagt"),
    ("HTML", b"<html><table><tr><td>sagsnummer</td></tr></table></html>", "HTML eller XML"),
    ("HTML after a BOM", b"\xef\xbb\xbf<!DOCTYPE html>", "HTML eller XML"),
    ("PDF", b"%PDF-1.7 ...", "ikke en tabel"),
    ("old or locked Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xlsx uden adgangskode"),
    ("a broken workbook", b"PK\x03\x04broken", "projektmappen er beskadiget"),
]


@pytest.mark.parametrize(("what", "content", "message"), BAD_TEXTS, ids=[what for what, _, _ in BAD_TEXTS])
def test_a_file_that_cannot_be_read_with_certainty_is_refused(
    sqlite_engine: sa.Engine, tmp_path: Path, what: str, content: bytes, message: str
) -> None:
    before = everything(sqlite_engine)
    with pytest.raises(DeliveryRefused) as refusal:
        take_in(sqlite_engine, deliver(tmp_path / "d", sager=content))
    assert message in str(refusal.value)
    assert "sager.csv" in str(refusal.value)
    assert everything(sqlite_engine) == before


CELLS: list[list[object]] = [
    ["sagsnummer", "cpr", "henvendelse", "center"],
    ["S1", 6101901234, "01-03-2024", "Ærø og Århus"],
    ["0002", "620291-2345", "02-03-2024", "Børn & unge"],
]


@pytest.mark.parametrize("name", ["sager.xlsx", "sager.csv", "noget.xlsx"])
def test_a_workbook_is_known_by_its_content_not_its_ending(sqlite_engine: sa.Engine, tmp_path: Path, name: str) -> None:
    """In a folder the file or its only sheet carries the table's name."""
    folder = deliver(tmp_path / "d")
    data = workbook(tmp_path / "b.xlsx", CELLS, sheets=("Sager",) if name == "noget.xlsx" else ("Ark1",))
    (folder / name).write_bytes(data)
    take_in(sqlite_engine, folder)
    assert table(sqlite_engine, Case, "case_id", "center") == EXPECTED


def test_text_named_as_a_workbook_is_read_as_text(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d")
    (folder / "sager.xlsx").write_text(PLAIN, encoding="utf-8")
    take_in(sqlite_engine, folder)
    assert table(sqlite_engine, Case, "case_id", "center") == EXPECTED


@pytest.mark.parametrize(
    ("what", "rows", "first_row"),
    [
        ("plain", CELLS, 0),
        ("empty rows before and between", [CELLS[0], [], *CELLS[1:]], 3),
        ("total row", [*CELLS, ["I alt", 2]], 0),
        ("repeated header", [CELLS[0], CELLS[1], CELLS[0], CELLS[2]], 0),
        ("a column without a name", [["", *CELLS[0]], ["x", *CELLS[1]], ["x", *CELLS[2]]], 0),
        ("two hundred thousand rows of blanks", [*CELLS, *[[" "]] * 200_000], 0),
    ],
)
def test_a_sheet_may_look_like_this(
    sqlite_engine: sa.Engine, tmp_path: Path, what: str, rows: list[list[object]], first_row: int
) -> None:
    folder = deliver(tmp_path / "d")
    (folder / "sager.xlsx").write_bytes(workbook(tmp_path / "b.xlsx", rows, first_row))
    report = take_in(sqlite_engine, folder)
    assert report.rejections == ()
    assert table(sqlite_engine, Case, "case_id", "center") == EXPECTED


def test_rows_are_numbered_as_excel_numbers_them(tmp_path: Path) -> None:
    text = 'sagsnummer;note\nS1;"to\nlinjer"\n\nS2;x\n'
    (tmp_path / "sager.csv").write_text(text, encoding="utf-8")
    workbook(tmp_path / "samtaler.xlsx", [["sagsnummer"], ["S1"], [], ["S2"]], first_row=2)
    numbers = {p.names[0]: p.read({"sagsnummer"}).rows["row"].to_list() for p in parts(tmp_path)[0]}
    assert numbers == {"sager": [2, 4], "samtaler": [4, 6]}


def test_an_error_in_a_cell_rejects_its_row(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d")
    book = xlsxwriter.Workbook(folder / "sager.xlsx")
    sheet = book.add_worksheet()
    for number, cells in enumerate([[*CELLS[0], "team"], *CELLS[1:]]):
        sheet.write_row(number, 0, cells)
    sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
    book.close()
    report = take_in(sqlite_engine, folder, allow_rejections=True)
    assert [(r.row, r.column, r.reason) for r in report.rejections] == [(3, "team", "Cellen indeholder en Excel-fejl.")]


@pytest.mark.parametrize("texts", [(), ("26-1000",), ("12345678901234567", "-1234567890123456")])
def test_a_number_of_more_digits_than_excel_keeps_is_nobodys(
    sqlite_engine: sa.Engine, tmp_path: Path, texts: tuple[str, ...]
) -> None:
    """Of 16 digits it keeps 15: two case numbers may have become one. Of a text it keeps all, also beside a number."""
    folder = deliver(tmp_path / "d")
    numbers = (7, 123456789012345, 1234567890123456)
    rows = [CELLS[0], *([number, *CELLS[1][1:]] for number in (*numbers, *texts))]
    (folder / "sager.xlsx").write_bytes(workbook(tmp_path / "b.xlsx", rows))
    report = take_in(sqlite_engine, folder, allow_rejections=True)
    assert [(r.row, r.column, r.reason) for r in report.rejections] == [
        (4, "sagsnummer", "Cellen indeholder en Excel-fejl.")
    ]
    assert [number for (number,) in table(sqlite_engine, Case, "case_id")] == ["7", "123456789012345", *texts]


def test_a_column_of_hours_beside_those_that_are_used_is_no_hindrance(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d")
    book = xlsxwriter.Workbook(folder / "sager.xlsx")
    sheet = book.add_worksheet()
    for number, cells in enumerate([[*CELLS[0], "varighed"], *CELLS[1:]]):
        sheet.write_row(number, 0, cells)
        if number:
            sheet.write_number(number, 4, 1.5, book.add_format({"num_format": "[h]:mm:ss"}))
    book.close()
    take_in(sqlite_engine, folder)
    assert table(sqlite_engine, Case, "case_id", "center") == EXPECTED


def test_days_counted_from_1904_are_the_right_days(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d")
    book = xlsxwriter.Workbook(folder / "sager.xlsx", {"date_1904": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, CELLS[0])
    sheet.write_row(1, 0, CELLS[1])
    sheet.write_datetime(1, 2, dt.datetime(2024, 3, 1), book.add_format({"num_format": "dd-mm-yy"}))  # noqa: DTZ001
    book.close()
    take_in(sqlite_engine, folder)
    assert table(sqlite_engine, Case, "first_enquiry_on") == [(dt.date(2024, 3, 1),)]


def bomb(path: Path) -> None:
    """A workbook with a sheet that is a thousand times as large as it looks."""
    workbook(path, CELLS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"0" * 100_000_000)


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    bomb(tmp_path / "sager.xlsx")
    assert (tmp_path / "sager.xlsx").stat().st_size < 200_000
    with pytest.raises(Unreadable, match="fylder urimeligt meget udpakket"):
        parts(tmp_path)


ENTITIES = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "SECRET"><!ENTITY f SYSTEM "file:///etc/passwd">%s]>
<workbook><sheets><sheet name="%s" sheetId="1"/></sheets></workbook>"""
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)).replace("&a0;", "&a;")


def with_entity(path: Path, name: str) -> None:
    """A workbook whose only sheet is called by an entity."""
    whole = path.with_name("whole.xlsx")
    workbook(whole, CELLS)
    with zipfile.ZipFile(whole) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as hostile:
        for member in plain.namelist():
            entities = ENTITIES % (LAUGHS, name)
            hostile.writestr(member, entities if member == "xl/workbook.xml" else plain.read(member))
    whole.unlink()


@pytest.mark.parametrize("name", ["&f;", "&a11;"], ids=["a file of ours", "a billion laughs"])
def test_entities_in_a_workbook_are_not_followed(tmp_path: Path, name: str) -> None:
    with_entity(tmp_path / "sager.xlsx", name)
    with pytest.raises(Unreadable, match="beskadiget"):
        parts(tmp_path)


def test_what_lies_outside_the_folder_of_a_workbook_is_not_unpacked(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d" / "e")
    workbook(folder / "sager.xlsx", CELLS)
    with zipfile.ZipFile(folder / "sager.xlsx", "a") as archive:
        archive.writestr("../../outside.txt", "x")
    take_in(sqlite_engine, folder)
    assert table(sqlite_engine, Case, "case_id", "center") == EXPECTED
    assert list(tmp_path.rglob("outside.txt")) == []


def test_a_formula_counts_as_what_it_shows_and_a_merged_cell_in_its_first_row_only(
    sqlite_engine: sa.Engine, tmp_path: Path
) -> None:
    folder = deliver(tmp_path / "d")
    book = xlsxwriter.Workbook(folder / "sager.xlsx")
    sheet = book.add_worksheet()
    for number, cells in enumerate([*CELLS[:2], [*CELLS[2][:2], "", CELLS[2][3]]]):
        sheet.write_row(number, 0, cells)
    sheet.write_formula(1, 3, '="Ærø og "&"Århus"', None, "Ærø og Århus")
    sheet.merge_range(1, 2, 2, 2, "01-03-2024")
    book.close()
    report = take_in(sqlite_engine, folder, allow_rejections=True)
    assert table(sqlite_engine, Case, "case_id", "center") == EXPECTED[:1]
    assert [(r.row, r.column, r.reason) for r in report.rejections] == [(3, "henvendelse", "Feltet er tomt.")]


@pytest.mark.slow
def test_a_fault_in_the_last_of_a_million_rows_is_found_and_named(tmp_path: Path) -> None:
    content = (HEADER + "S1;6101901234;01-03-2024;Nord\n" * 999_999 + "S2;6101901234;01-03-2024\n").encode()
    (part,) = parts(deliver(tmp_path, sager=content))[0]
    with pytest.raises(Unreadable, match="række 1000001 har ikke samme antal felter"):
        part.read({"sagsnummer", "center"})


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "sager.csv", "w") as archive:
        archive.writestr("sager.csv", PLAIN)
    with pytest.raises(Unreadable, match="ikke en Excel-projektmappe"):
        parts(tmp_path)


def test_a_cut_off_workbook_is_refused(tmp_path: Path) -> None:
    data = workbook(tmp_path / "sager.xlsx", CELLS)
    (tmp_path / "sager.xlsx").write_bytes(data[: len(data) // 2])
    with pytest.raises(Unreadable, match="beskadiget"):
        parts(tmp_path)


def test_files_over_the_limit_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_TEXT_BYTES", 20)
    folder = deliver(tmp_path, sager=SAGER)
    with pytest.raises(Unreadable, match="større end"):
        parts(folder)[0][0].read({"sagsnummer"})


# --- time and memory ------------------------------------------------------------------------------------------------

BAD_BOOKS: dict[str, Callable[[Path], object]] = {
    "a zip bomb": bomb,
    "a file of ours": lambda path: with_entity(path, "&f;"),
    "a billion laughs": lambda path: with_entity(path, "&a11;"),
    "a sheet without headings": lambda path: workbook(path, CELLS[1:]),
    "headings in the third row": lambda path: workbook(path, [["Udtræk"], ["2024"], *CELLS]),
    "an empty workbook": lambda path: workbook(path, []),
    "a cut off workbook": lambda path: path.write_bytes(workbook(path, CELLS)[:3_000]),
}
SECONDS, MEGABYTES = 10, 400


def try_each(engine: sa.Engine, folder: Path) -> None:
    """What became of each delivery, and what all of them together needed at most."""
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for delivery in sorted(folder.iterdir()):
        begun = time.process_time()
        try:
            take_in(engine, delivery, allow_withdrawals=True)
            said = ""
        except DeliveryRefused as refusal:
            said = str(refusal)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1_000
        print(json.dumps([delivery.name, said, time.process_time() - begun, grown]), flush=True)


def test_no_file_good_or_bad_takes_long_or_fills_the_memory(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    """The whole corpus, one after the other in one process: ten seconds a file, 400 MB for all."""
    corpus = tmp_path / "corpus"
    for number, (_, good) in enumerate(GOOD_TEXTS):
        deliver(corpus / f"good-{number:02}", sager=good)
    for number, (_, bad, _) in enumerate(BAD_TEXTS):
        deliver(corpus / f"bad-{number:02}", sager=bad)
    for number, write in enumerate(BAD_BOOKS.values()):
        write(deliver(corpus / f"bad-book-{number:02}") / "sager.xlsx")
    tried = [json.loads(line) for line in done_elsewhere(sqlite_engine, try_each, corpus)]
    assert len(tried) == len(GOOD_TEXTS) + len(BAD_TEXTS) + len(BAD_BOOKS)
    assert [name for name, said, _, _ in tried if bool(said) is name.startswith("good")] == []
    assert [name for name, said, _, _ in tried if said and "sager." not in said] == []
    assert [name for name, _, seconds, _ in tried if seconds > SECONDS] == []
    assert [name for name, _, _, grown in tried if grown > MEGABYTES] == []
