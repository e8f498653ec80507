"""What is taken out: harmless bytes, a name of its own, whose it is, and never without leave or an entry in the log."""

import datetime as dt
import hashlib
import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import fastexcel
import polars as pl
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager, MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.testing.v1 import AppTest

from data_access.database import DATABASE_URL, DatabaseUnavailable, reading, writing
from data_access.tables import Scope
from tests.case_database import CENTERS, VIEW_DATE, fill
from ui import access, exports, state
from ui.exports import Asked, AskedPack, NoFile, file_name, maker, pack_maker
from ui.looks import Why
from ui.report.pack import Figure, Pack, Section, Shown
from ui.sheets import ABOUT, LONGEST_CELL, csv_bytes, xlsx_bytes

AT = dt.datetime(2026, 11, 22, 10, 3, tzinfo=dt.UTC)
HEAD = Scope("lene", ("head",), (CENTERS[0],))
MARK = "1 2026-11-22 06:00:00+00:00 None"
"""Of the data."""
FRAME = pl.DataFrame({"Sag": ["26-1000", "26-1003"], "Frist": [VIEW_DATE, None], "Andel": [0.5, 1.25]})


def text(content: bytes) -> str:
    return content.decode("utf-8-sig")


def sheet(content: bytes, name: str | int = 0, header: int | None = 0) -> pl.DataFrame:
    return fastexcel.read_excel(content).load_sheet(name, header_row=header).to_polars()


def xml(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {name: parts.read(name).decode() for name in parts.namelist()}


# --- the bytes ----------------------------------------------------------------------------------------


def test_a_csv_file_is_one_that_a_danish_excel_opens() -> None:
    frame = FRAME.with_columns(
        pl.Series("Åben", [True, False]),
        pl.Series("Set", [AT, None], dtype=pl.Datetime("us", "UTC")),
        pl.Series("Kategori", ["a", None], dtype=pl.Enum(["a"])),
        pl.Series("Antal", [1_234_567, None]),
    )
    assert csv_bytes(frame) == (
        b"\xef\xbb\xbf"
        + (
            '"Sag";"Frist";"Andel";"Åben";"Set";"Kategori";"Antal"\r\n'
            '"26-1000";"22-11-2026";0,5;"Ja";"22-11-2026 11:03:00";"a";1234567\r\n'
            '"26-1003";;1,25;"Nej";;;\r\n'
        ).encode()
    )


FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff@x",
    "\x00=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\u3000＝1",
    "﹦1",
    '=HYPERLINK("http://x";"y")',
    "=cmd|' /C calc'!A0",
)
BEGINS = re.compile(r"^[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠﹦]")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_and_no_heading_of_a_csv_file_begins_as_a_formula(formula: str) -> None:
    cells = pl.read_csv(csv_bytes(pl.DataFrame({formula: [formula, "x"]})), separator=";", has_header=False)
    heading, cell, plain = cells.to_series().to_list()
    assert not BEGINS.search(heading)
    assert heading == cell
    assert cell.startswith("'")
    assert plain == "x"


@pytest.mark.parametrize("formula", FORMULAS)
def test_an_excel_file_holds_text_as_text(formula: str) -> None:
    content = xlsx_bytes(pl.DataFrame({formula: [formula]}), formula, {formula: formula}, AT)
    parts = xml(content)
    assert not [name for name, part in parts.items() if "<f>" in part or "<hyperlink" in part]
    assert not [name for name in parts if "_rels/sheet" in name]
    assert BEGINS.search(sheet(content, header=None).item(1, 0))
    assert not any(BEGINS.search(name) for name in fastexcel.read_excel(content).sheet_names)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("én\r\nto\tre", "én to re"),
        ("a\x00b\x07c", "a b c"),
        ("a\u202eb\u200dc\ufffed", "abcd"),
        ("=A1;=B1", "'=A1;=B1"),
        ('"; =1+1', '"; =1+1'),
        ("Møde – 3", "Møde – 3"),
        ("http://x.dk", "http://x.dk"),
        ("007", "007"),
        ("\N{MINUS SIGN}3 procentpoint", "\N{MINUS SIGN}3 procentpoint"),
    ],
)
def test_text_keeps_to_its_cell_and_is_otherwise_as_it_was(written: str, kept: str) -> None:
    frame = pl.DataFrame({"a": [written], "b": ["slut"]})
    read = pl.read_csv(csv_bytes(frame), separator=";", infer_schema=False)
    assert read.row(0) == (kept, "slut")
    in_excel = sheet(xlsx_bytes(frame, "t", {}, AT))
    assert in_excel.row(0) == (kept.removeprefix("'"), "slut")


def test_an_excel_file_has_real_days_and_numbers_headings_that_stay_and_a_filter() -> None:
    content = xlsx_bytes(FRAME, "Afvigelser", {"Indhold": "Afvigelser", "Udsnit": "Alle centre"}, AT)
    read = sheet(content)
    assert read["Frist"].dtype == pl.Datetime("ms")
    assert read["Frist"].dt.date().to_list() == [VIEW_DATE, None]
    assert read["Andel"].to_list() == [0.5, 1.25]
    first = xml(content)["xl/worksheets/sheet1.xml"]
    assert '<autoFilter ref="A1:C3"/>' in first
    assert 'ySplit="1"' in first
    assert 'state="frozen"' in first
    assert "dd-mm-yyyy" in xml(content)["xl/styles.xml"]
    about = sheet(content, ABOUT, header=None)
    assert about.rows() == [("Indhold", "Afvigelser"), ("Udsnit", "Alle centre")]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Afvigelser", "Afvigelser"),
        ("=[a]:b*c?d/e\\f'", "a  b c d e f"),
        ("x" * 40, "x" * 31),
        ("", "Tabel"),
        ("==", "Tabel"),
        ("om filen", "Tabel"),
        ("History", "Tabel"),
    ],
)
def test_a_sheet_has_a_name_that_excel_takes(title: str, name: str) -> None:
    assert fastexcel.read_excel(xlsx_bytes(FRAME, title, {}, AT)).sheet_names == [name, ABOUT]


def test_what_is_no_number_is_an_empty_cell_and_a_long_text_is_cut() -> None:
    frame = pl.DataFrame({"n": [float("nan"), float("inf"), 1.0], "t": ["x" * 40_000, None, "y"]})
    assert text(csv_bytes(frame.select("n"))) == '"n"\r\n\r\n\r\n1\r\n'
    read = sheet(xlsx_bytes(frame, "t", {}, AT))
    assert read["n"].to_list() == [None, None, 1.0]
    assert read["t"].str.len_chars().to_list() == [LONGEST_CELL, None, 1]


def test_the_same_gives_the_same_bytes_and_another_moment_does_not() -> None:
    first = xlsx_bytes(FRAME, "t", {"a": "b"}, AT)
    time.sleep(2.1)  # a ZIP file counts in steps of two seconds
    assert xlsx_bytes(FRAME, "t", {"a": "b"}, AT) == first
    assert xlsx_bytes(FRAME, "t", {"a": "b"}, AT + dt.timedelta(seconds=1)) != first
    assert csv_bytes(FRAME) == csv_bytes(FRAME)


def test_a_table_without_rows_has_its_headings() -> None:
    assert text(csv_bytes(FRAME.clear())) == '"Sag";"Frist";"Andel"\r\n'
    assert sheet(xlsx_bytes(FRAME.clear(), "t", {}, AT)).columns == FRAME.columns


# --- the name, and whose it is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("Afvigelser", "afvigelser"),
        ("Uddannelsespålæg / ø!", "uddannelsespaalaeg-oe"),
        ("../../etc", "etc"),
        ('"; filename="x', "filename-x"),
        ("例", "tabel"),
    ],
)
def test_a_file_is_named_by_its_content(name: str, begins: str) -> None:
    named = file_name(name, VIEW_DATE, b"abc", "csv")
    assert named == f"{begins}_22-11-2026_{hashlib.sha256(b'abc').hexdigest()[:16]}.csv"
    assert file_name(name, VIEW_DATE, b"abd", "csv") != named


def test_only_the_latest_files_are_remembered() -> None:
    for number in range(exports.MOST + 1):
        exports._belongs_to(f"fil-{number}", "anna")
    assert exports.owner("fil-0") is None
    assert exports.owner("fil-1") == exports.owner(f"fil-{exports.MOST}") == "anna"
    exports._belongs_to("fil-1", "bo")
    exports._belongs_to("ny", "bo")
    assert (exports.owner("fil-1"), exports.owner("fil-2")) == ("bo", None)


# --- when somebody presses ----------------------------------------------------------------------------


@pytest.fixture
def known(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The database that the dashboard is pointed to: a demo, so that whoever looks has a role."""
    url = engine.url.render_as_string(hide_password=False)
    if engine.dialect.name == "sqlite":
        url = f"sqlite:///{str(engine.url.database).removeprefix('file:')}"
    monkeypatch.setenv(DATABASE_URL, url)
    fill(engine)
    yield engine
    st.cache_resource.clear()  # lets go of the connections before the database is dropped


def log(engine: sa.Engine) -> list[tuple[Any, ...]]:
    query = 'SELECT "user", action, purpose, note, rows FROM access_log ORDER BY id'
    with reading(engine) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def cases(engine: sa.Engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(connection.exec_driver_sql("SELECT case_id FROM access_log_cases").scalars())


def asked(**other: Any) -> Asked:
    plain = Asked(
        HEAD,
        "export",
        lambda: FRAME,
        lambda: ["26-1000", "26-1003", "26-1000"],
        "Afvigelser",
        {"Indhold": "Afvigelser", "Udsnit": "Alle kategorier"},
        Why("follow_up", "Ledermøde"),
        MARK,
        VIEW_DATE,
    )
    return replace(plain, **other)


def test_a_file_that_is_made_is_logged_and_belongs_to_who_made_it(known: sa.Engine) -> None:
    content = maker(asked(), "csv")()
    assert content == csv_bytes(FRAME)
    assert log(known) == [("lene", "export", "follow_up", "Ledermøde", 2)]
    assert cases(known) == ["26-1000", "26-1003"]
    assert exports.owner(file_name("Afvigelser", VIEW_DATE, content, "csv")) == "lene"


def test_an_excel_file_says_what_it_is_and_who_took_it_out_why(known: sa.Engine) -> None:
    content = maker(asked(), "xlsx")()
    about = dict(sheet(content, ABOUT, header=None).iter_rows())
    made = about.pop("Hentet")
    assert re.fullmatch(r"\d\d-\d\d-\d{4} kl\. \d\d\.\d\d", made)
    assert about == {
        "Indhold": "Afvigelser",
        "Udsnit": "Alle kategorier",
        "Opgjort pr.": "22-11-2026",
        "Rækker": "2",
        "Hentet af": "lene",
        "Formål": "Opfølgning på afvigelse: Ledermøde",
    }
    assert exports.owner(file_name("Afvigelser", VIEW_DATE, content, "xlsx")) == "lene"


def test_what_is_published_is_logged_without_a_case(known: sa.Engine) -> None:
    maker(asked(cases=None, why=exports.PUBLISHED), "csv")()
    assert log(known) == [("lene", "export", "management_review", "", 2)]
    assert cases(known) == []


def test_a_case_that_is_masked_is_nobodys_in_the_log(known: sa.Engine) -> None:
    maker(asked(cases=lambda: ["26-1000", "Beskyttet 1"]), "csv")()
    assert cases(known) == ["26-1000"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_cannot_be_logged_is_not_made(known: sa.Engine, kind: exports.Kind) -> None:
    before = exports._owners.copy()
    make = maker(asked(), kind)
    with writing(known) as connection:
        connection.exec_driver_sql("ALTER TABLE access_log RENAME TO away")
    with pytest.raises(DatabaseUnavailable):
        make()
    assert exports._owners == before


def material(**other: Any) -> AskedPack:
    """What a button asks for of a month with one measure."""
    whole = Shown("Hele kommunen", 60, 100, False, "60 %", "(60 af 100)")
    figure = Figure("decided", "Stillingtagen", "", whole, (whole,), (), None, None, None, "", None, "", "neutral", "")
    part = Section("Udeblivelser", ("Hvordan går det?",), (figure,))
    day = dt.date(2026, 10, 1)
    pack = Pack(
        "year", day, 1, AT, "Titel", "Oktober", (), (), "", (part,), None, (), None, (), (("Opgjort pr.", "x"),)
    )
    return replace(AskedPack(HEAD, "export", lambda: pack, MARK, VIEW_DATE), **other)


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF"), ("pptx", b"PK"), ("xlsx", b"PK")])
def test_material_is_logged_without_a_case_and_belongs_to_who_made_it(
    known: sa.Engine, kind: exports.Kind, begins: bytes
) -> None:
    content = pack_maker(material(), kind)()
    assert content.startswith(begins)
    assert log(known) == [("lene", "export", "management_review", "", 2)]
    assert cases(known) == []
    assert exports.owner(file_name("fokusrevision_2026-10", VIEW_DATE, content, kind)) == "lene"


def test_material_that_cannot_be_logged_is_not_made(known: sa.Engine) -> None:
    make = pack_maker(material(), "pdf")
    with writing(known) as connection:
        connection.exec_driver_sql("ALTER TABLE access_log RENAME TO away")
    with pytest.raises(DatabaseUnavailable):
        make()


def test_who_may_no_longer_export_gets_no_material(known: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    make = pack_maker(material(pack=lambda: asked.append(1)), "pptx")
    monkeypatch.setattr(access, "renewed", lambda scope: replace(scope, roles=("administrator",)))
    with pytest.raises(NoFile):
        make()
    assert asked == []
    assert [row[1] for row in log(known)] == ["refused"]


def refuse(_: Scope) -> Scope:
    raise access.NotAdmitted("Log ind igen.", "sign_in")


NOW: Sequence[tuple[Callable[[Scope], Scope], type[Exception], list[str]]] = (
    (refuse, access.NotAdmitted, ["refused"]),
    (lambda scope: replace(scope, roles=("administrator",)), NoFile, ["refused"]),
    (lambda scope: replace(scope, roles=()), NoFile, ["refused"]),
    (lambda scope: replace(scope, centers=(CENTERS[1],)), NoFile, []),
    (lambda scope: replace(scope, centers=()), NoFile, []),
)


@pytest.mark.parametrize(("now", "error", "logged"), NOW)
def test_who_has_lost_it_since_the_page_was_drawn_gets_no_file(
    known: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    now: Callable[[Scope], Scope],
    error: type[Exception],
    logged: list[str],
) -> None:
    called = []
    make = maker(asked(frame=lambda: called.append(1) or FRAME), "csv")
    monkeypatch.setattr(access, "renewed", now)
    with pytest.raises(error):
        make()
    assert [row[1] for row in log(known)] == logged
    assert called == []


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO imports VALUES (2, 'l', 'kontrakt', '2026-11-23 06:00', '2026-11-23', '2026-11-23', true, NULL)",
        "UPDATE imports SET imported_at = '2026-11-22 07:00:00'",  # restored, with as many deliveries
    ],
)
def test_a_list_of_other_data_is_not_given_as_todays(known: sa.Engine, change: str) -> None:
    make = maker(asked(), "csv")
    with writing(known) as connection:
        connection.exec_driver_sql(change)
    with pytest.raises(NoFile):
        make()
    assert log(known) == []


def test_more_rows_than_excel_holds_are_a_csv_file(known: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 1)
    with pytest.raises(NoFile):
        maker(asked(), "xlsx")()
    assert log(known) == []
    assert maker(asked(), "csv")()


# --- in Streamlit's hands -----------------------------------------------------------------------------


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """Where Streamlit keeps files and those that wait to be made."""
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=manager))
    return manager


def pressed(kept: MediaFileManager, make: Callable[[], bytes]) -> tuple[str, str]:
    """The address and the name of the file that a waiting button gives."""
    url = kept.execute_deferred(kept.add_deferred(make, "text/csv", "1", "afvigelser.csv"))
    file = kept.read_file(url.removeprefix("/media/"))
    assert file is not None
    return url, file.filename or ""


def test_two_large_files_that_differ_in_one_sign_have_each_their_name_and_address(
    known: sa.Engine, kept: MediaFileManager
) -> None:
    """Streamlit looks at no more than three samples of a file above 1 MiB."""
    cells = ["x" * 50] * 40_000
    other = [*cells]
    other[10_000] = "x" * 49 + "y"
    frames = [pl.DataFrame({"a": each}) for each in (cells, other)]
    same_to_streamlit = [kept.add(csv_bytes(frame), "text/csv", "0", "a.csv") for frame in frames]
    assert len(set(same_to_streamlit)) == 1
    made = [pressed(kept, maker(asked(frame=lambda frame=frame: frame), "csv")) for frame in frames]
    assert len({url for url, _ in made}) == len({name for _, name in made}) == 2
    for (url, name), frame in zip(made, frames, strict=True):
        file = kept.read_file(url.removeprefix("/media/"))
        assert file is not None
        assert file.content == csv_bytes(frame)
        assert name == file_name("Afvigelser", VIEW_DATE, file.content, "csv")
        assert exports.owner(name) == "lene"


def test_a_file_that_may_not_be_made_has_no_address(
    known: sa.Engine, kept: MediaFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "renewed", refuse)
    with pytest.raises(MediaFileStorageError):
        pressed(kept, maker(asked(), "csv"))


def offered(scope: Scope, why: Why | None, *, with_cases: bool) -> AppTest:
    """A page that offers a table."""

    def page(scope: object, why: object, with_cases: bool) -> None:
        import polars as pl
        import streamlit as st

        from ui import exports, looks

        if why:
            st.session_state[looks.WHY] = (scope, why)
        of = (lambda: ["26-1000"]) if with_cases else None
        exports.offer(scope, lambda: pl.DataFrame({"a": [1]}), name="x", about={"Indhold": "X"}, cases=of, key="fil")

    app = AppTest.from_function(page, args=(scope, why, with_cases))
    return app.run()


OFFERED = """
    role           said   cases   buttons
    head           ja     ja      2
    head           nej    ja      0
    head           nej    nej     2
    coordinator    ja     ja      2
    steering       nej    nej     2
    administrator  ja     nej     0
    protection     ja     nej     0
    ukendt         ja     nej     0
"""


@pytest.mark.parametrize("line", OFFERED.split("\n")[2:-1])
def test_files_are_offered_to_who_may_take_them_out_and_has_said_why(known: sa.Engine, line: str) -> None:
    role, said, with_cases, buttons = line.split()
    why = Why("follow_up", "") if said == "ja" else None
    app = offered(Scope("lene", (role,), (CENTERS[0],)), why, with_cases=with_cases == "ja")
    assert not app.exception
    assert [each.proto.label for each in app.get("download_button")] == ["CSV", "Excel"][: int(buttons)]
    assert len(app.get("popover")) == int(buttons) / 2
    assert all(not each.proto.url and each.proto.ignore_rerun for each in app.get("download_button"))
    assert log(known) == []


def test_the_data_of_a_page_is_that_of_its_buttons(known: sa.Engine) -> None:
    assert state.current(HEAD).mark == asked().mark
