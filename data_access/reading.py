"""From a delivered folder or workbook to sheets of plain text: what is there, and how each file is read.

Nothing is interpreted here. A cell is text or blank, a row keeps the number Excel shows for it, and a file that
cannot be read with certainty is refused with a reason.
"""

import csv
import hashlib
import io
import itertools
import logging
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import fastexcel
import polars as pl

MAX_TEXT_BYTES = 500_000_000
MAX_WORKBOOK_BYTES = 200_000_000
MAX_UNPACKED_BYTES = 2_000_000_000
MAX_UNPACKED_RATIO = 100
"""A real workbook unpacks to 5–20 times its size; a zip bomb to a thousand."""
MAX_COLUMNS = 1_000
CHUNK_ROWS = 5_000

MOST_EXACT = 10**15
ERROR_CELL = "#FEJL!"
"""Stands where Excel shows #N/A, #REF! and the like."""
BLANKS = " \t\r\n\u00a0\u2007\u202f\u200b\ufeff"

_SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm")
_SEPARATORS = (";", ",", "\t")
_TOTAL = re.compile(r"(i ?alt|total|sum|samlet|antal( rækker| poster| sager)?)[:. ]*\d*", re.IGNORECASE)
_BEYOND_EXACT = r"^-?[0-9]{16,}$"
_MOJIBAKE = re.compile("Ã[¦¸¥†˜…\u0086\u0098\u0085]")
_CPR_LIKE = re.compile(r"\d{6}[- ]?\d{4}")
DEMO_MARK = "DEMODATA.txt"
"""A file of this name in the folder says that the people in it are invented."""
COMPLETE_MARK = "FAERDIG.txt"
"""A file of this name, in any case, is laid in the folder last: all of it is there."""


class Unreadable(Exception):
    """A file that cannot be read with certainty; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Sheet:
    """One file or sheet as text."""

    file: str
    """What messages call it."""
    sha256: str
    headers: tuple[str, ...]
    """As they stand in the file, blanks around them removed."""
    rows: pl.DataFrame
    """`row` (as Excel counts, the header is row 1) and one text column per wanted header, named by its position."""


@dataclass(frozen=True)
class Part:
    """One file or sheet of a delivery, not yet read."""

    names: tuple[str, ...]
    """What a mapping may know it by, in lower case: the stem of its file or the name of its sheet."""
    file: str
    read: Callable[[Collection[str]], Sheet]
    """Reads the columns with these headers (in lower case)."""


def parts(path: Path) -> tuple[list[Part], list[str]]:
    """The files and sheets of a delivery, and the names of the files in the folder that are none of these.

    Raises:
        Unreadable: the path or a workbook in it cannot be opened.
    """
    if path.is_file():
        return _file_parts(path), []
    if not path.is_dir():
        raise Unreadable(f"Der er ingen mappe eller fil, der hedder {spoken(path.name)}. Ret stien, og prøv igen.")
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith((".", "~$")))
    files = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in _SUFFIXES]
    marks = [file for file in files if file.name == DEMO_MARK or file.name.lower() == COMPLETE_MARK.lower()]
    found = [part for file in files if file not in marks for part in _file_parts(file)]
    return found, [spoken(e.name) for e in entries if e not in files]


def spoken(name: str) -> str:
    """A name from outside as it may stand in a message: without anything that looks like a CPR number."""
    return _CPR_LIKE.sub("xxxxxx-xxxx", name)


def _file_parts(path: Path) -> list[Part]:
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"PK"):
        return _workbook_parts(path)
    return [Part((_known_as(path.stem),), spoken(path.name), lambda wanted: _read_text(path, wanted))]


# --- text files -------------------------------------------------------------------------------------------------


def _read_text(path: Path, wanted: Collection[str]) -> Sheet:
    file = spoken(path.name)
    _limit(path, MAX_TEXT_BYTES)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    _refuse_other_formats(file, data[:512])
    data, encoding = _decodable(file, data)
    lines = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    separator, opening = _separator(lines)
    reader = csv.reader(itertools.chain(opening, lines), delimiter=separator, strict=True)
    records = enumerate(reader, start=1)
    try:
        header = next((cells for _, cells in records if _filled(cells)), [])
        headers = _headers(file, header)
        positions = _positions(headers, wanted)
        rows = pl.concat(_frame(c, positions) for c in _chunks(file, records, header, len(headers)))
    except csv.Error as error:
        raise Unreadable(
            f"{file}: et felt er meget langt, eller et anførselstegn står forkert, omkring række {reader.line_num}. "
            "Dan udtrækket igen, så anførselstegn inde i tekst skrives dobbelt."
        ) from error
    return Sheet(file, sha256, headers, rows)


def _limit(path: Path, most: int) -> None:
    if path.stat().st_size > most:
        raise Unreadable(
            f"{spoken(path.name)}: filen er større end {most // 1_000_000} MB. Del udtrækket op, eller udelad fritekst."
        )


def _refuse_other_formats(file: str, start: bytes) -> None:
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            f"{file}: filen er en gammel Excel-fil (xls) eller beskyttet med adgangskode. "
            "Gem den som xlsx uden adgangskode."
        )
    if start.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
        raise Unreadable(f"{file}: filen er HTML eller XML, ikke en tabel. Gem udtrækket som CSV eller xlsx.")
    if start.startswith((b"%PDF", b"{\\rtf", b"\x1f\x8b", b"7z")):
        raise Unreadable(f"{file}: filen er ikke en tabel. Gem udtrækket som CSV eller xlsx.")


def _decodable(file: str, data: bytes) -> tuple[bytes, str]:
    """The bytes and the encoding they can be read in, tried strictly: BOM, UTF-8, Windows-1252."""
    boms = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = next((encoding for bom, encoding in boms if data.startswith(bom)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if "\ufffd" in text or ("Ã" in text and _MOJIBAKE.search(text)):
            raise Unreadable(
                f"{file}: æ, ø og å er ødelagt (tegnsættet er blandet eller omsat to gange). "
                "Gem udtrækket igen som UTF-8."
            )
        if not unicodedata.is_normalized("NFC", text):
            return unicodedata.normalize("NFC", text).encode(), "utf-8"
        return data, encoding
    raise Unreadable(f"{file}: tegnsættet kan ikke læses. Gem udtrækket som CSV i UTF-8 eller Windows-1252.")


def _separator(lines: Iterator[str]) -> tuple[str, list[str]]:
    """The separator, and the lines read to find it: blank ones and the first with text.

    A first line `sep=;` says it outright, and Excel does not count it as a row.
    """
    first = next(lines, "")
    if said := re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE):
        return said[1], []
    opening = [first]
    while opening[-1] and not opening[-1].strip(BLANKS):
        opening.append(next(lines, ""))
    fields = {mark: len(next(csv.reader([opening[-1][:100_000]], delimiter=mark), [])) for mark in _SEPARATORS}
    return max(_SEPARATORS, key=lambda mark: fields[mark]), opening


def _chunks(
    file: str, records: Iterator[tuple[int, list[str]]], header: list[str], width: int
) -> Iterator[list[tuple[int, list[str]]]]:
    """The filled rows, fitted to the header's width: without a repeated header and without a total row at the end."""
    ragged: list[int] = []
    rows: list[tuple[int, list[str]]] = []
    for number, cells in records:
        if not cells or not (cells[0].strip() or _filled(cells)) or cells == header:
            continue
        if len(cells) > width and not _filled(cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            ragged.append(number)
        rows.append((number, cells))
        if len(rows) > CHUNK_ROWS:
            if not ragged:
                yield rows[:-1]
            rows = rows[-1:]
    if rows and is_total(rows[-1][1], width):
        number, _ = rows.pop()
        ragged = [r for r in ragged if r != number]
    if ragged:
        raise Unreadable(
            f"{file}: {numbered(ragged)} har ikke samme antal felter som overskriften ({width}). "
            "Overskrifterne skal stå i første række, og tekst med skilletegn eller linjeskift skal stå i anførselstegn."
        )
    yield rows


def numbered(numbers: Sequence[int]) -> str:
    """Row numbers as a message says them: the first ten, and how many more."""
    shown = ", ".join(str(number) for number in numbers[:10])
    more = f" og {len(numbers) - 10} flere" if len(numbers) > 10 else ""
    return f"række {shown}{more}"


def _frame(records: list[tuple[int, list[str]]], positions: list[int]) -> pl.DataFrame:
    columns = list(zip(*(cells for _, cells in records), strict=True))
    return pl.DataFrame(
        [pl.Series("row", [number for number, _ in records], dtype=pl.Int64)]
        + [pl.Series(str(p), columns[p] if columns else [], dtype=pl.String) for p in positions]
    )


# --- workbooks --------------------------------------------------------------------------------------------------


def _workbook_parts(path: Path) -> list[Part]:
    file = spoken(path.name)
    _limit(path, MAX_WORKBOOK_BYTES)
    damaged = Unreadable(f"{file}: projektmappen er beskadiget. Åbn den i Excel, og gem den igen som xlsx.")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if not any(entry.filename == "xl/workbook.xml" for entry in entries):
                raise Unreadable(f"{file}: filen er ikke en Excel-projektmappe. Pak den ud, eller gem den som xlsx.")
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > min(MAX_UNPACKED_BYTES, max(20_000_000, MAX_UNPACKED_RATIO * path.stat().st_size)):
                raise Unreadable(f"{file}: filen fylder urimeligt meget udpakket. Dan udtrækket igen, eller lever CSV.")
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            hidden = {s.get("name") for s in book.findall(".//{*}sheet") if s.get("state", "visible") != "visible"}
    except (zipfile.BadZipFile, ElementTree.ParseError, RuntimeError, OSError) as error:
        raise damaged from error
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it tells about every empty column
    try:
        workbook = fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise damaged from error
    visible = [sheet for sheet in workbook.sheet_names if sheet not in hidden]

    def part(names: tuple[str, ...], sheet: str) -> Part:
        label = f"{file}, ark {spoken(sheet)}" if len(visible) > 1 else file
        return Part(names, label, lambda wanted: _read_sheet(workbook, sheet, label, sha256, wanted))

    if len(visible) == 1:
        return [part((_known_as(path.stem), _known_as(visible[0])), visible[0])]
    return [part((_known_as(sheet),), sheet) for sheet in visible]


def _read_sheet(workbook: fastexcel.ExcelReader, sheet: str, file: str, sha256: str, wanted: Collection[str]) -> Sheet:
    try:
        top = pl.DataFrame(
            workbook.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=100, dtypes="string").to_arrow()
        )
        found = next(((i, row) for i, row in enumerate(top.rows()) if _filled(row)), None)
        if found is None:
            raise Unreadable(f"{file}: arket er tomt. Overskrifterne skal stå i første række.")
        headers = _headers(file, found[1])
        skipped = found[0] + 1
        loaded = workbook.load_sheet(sheet, header_row=None, skip_rows=skipped, schema_sample_rows=None)
        batch, errors = loaded.to_arrow_with_errors()
        typed = pl.DataFrame(batch)
        cut = _numbers_cut_beside_texts(workbook, sheet, skipped, typed)
    except fastexcel.FastExcelError as error:
        raise Unreadable(f"{file}: arket kan ikke læses. Åbn det i Excel, og gem det igen som xlsx.") from error
    cells = typed.select(_as_text(column).alias(str(i)) for i, column in enumerate(typed.iter_columns()))
    cells = cells.with_columns(cells[name].set(where, ERROR_CELL) for name, where in cut.items())
    for cell in errors.errors if errors else ():
        row, column = cell.position
        if row >= skipped:
            cells[row - skipped, column] = ERROR_CELL
    rows = cells.with_row_index("row", offset=skipped + 1).with_columns(pl.col("row").cast(pl.Int64))
    rows = rows.filter(pl.any_horizontal(_not_blank(pl.exclude("row"))))
    header = pl.Series(found[1], dtype=pl.String).str.normalize("NFC")
    same = pl.all_horizontal(pl.col(str(i)).eq_missing(pl.lit(header[i], pl.String)) for i in range(cells.width))
    rows = rows.filter(~same) if cells.width else rows
    if rows.height and is_total(rows.drop("row").row(-1), cells.width):
        rows = rows.head(-1)
    positions = _positions(headers, wanted)
    return Sheet(file, sha256, headers, rows.select("row", *(str(p) for p in positions)))


def _numbers_cut_beside_texts(
    workbook: fastexcel.ExcelReader, sheet: str, skipped: int, typed: pl.DataFrame
) -> dict[str, pl.Series]:
    """Position of each column of texts with numbers among them that Excel has cut -> where they are.

    A cell that is a text may hold as many digits: read as a truth value, a number is one and a text is none.
    """
    texts = typed.select(pl.col(pl.String).str.contains(_BEYOND_EXACT).fill_null(False))
    long = {typed.get_column_index(column.name): column for column in texts if column.any()}
    if not long:
        return {}
    truth = workbook.load_sheet(sheet, header_row=None, skip_rows=skipped, use_columns=[*long], dtypes="boolean")
    numbers = pl.DataFrame(truth.to_arrow())
    return {
        str(i): column & number.is_not_null()
        for (i, column), number in zip(long.items(), numbers.iter_columns(), strict=True)
    }


def _as_text(column: pl.Series) -> pl.Series:
    """A typed Excel column as the text a CSV file would hold (decimal comma; a date with its time).

    Excel keeps 15 digits of a number: what has more has lost its last ones, and two case numbers may have become one.
    """
    text = _spelled(column).str.normalize("NFC")
    if column.dtype.is_numeric():
        return text.set((column.abs() >= MOST_EXACT).fill_null(False), ERROR_CELL)
    return text


def _spelled(column: pl.Series) -> pl.Series:
    if column.dtype.is_float():
        whole = column.is_null() | (column == column.floor())
        if whole.all():
            return column.cast(pl.Int64, strict=False).cast(pl.String)
        return column.cast(pl.String).str.replace(r"\.0$", "").str.replace(".", ",", literal=True)
    if column.dtype.is_temporal():
        return column.dt.to_string("iso")
    return column.cast(pl.String)


# --- both -------------------------------------------------------------------------------------------------------


def _filled(cells: Sequence[str | None]) -> bool:
    return bool("".join(filter(None, cells)).strip(BLANKS))


def _known_as(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().lower()


def _not_blank(cells: pl.Expr) -> pl.Expr:
    return cells.str.strip_chars(BLANKS).fill_null("") != ""


def is_total(cells: Sequence[str | None], width: int) -> bool:
    """Whether a last row is a total: its first filled cell says »I alt« or the like, and some cell is blank."""
    texts = [text for cell in cells if (text := (cell or "").strip(BLANKS))]
    return bool(texts and _TOTAL.fullmatch(texts[0])) and len(texts) < max(width, 2)


def _headers(file: str, cells: Sequence[str | None]) -> tuple[str, ...]:
    if not cells:
        raise Unreadable(f"{file}: filen er tom. Overskrifterne skal stå i første række.")
    if len(cells) > MAX_COLUMNS:
        raise Unreadable(f"{file}: der er over {MAX_COLUMNS} kolonner. Lever kun de kolonner, der er aftalt.")
    headers = [unicodedata.normalize("NFC", cell or "").strip(BLANKS + "\"'") for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    return tuple(headers)


def _positions(headers: Sequence[str], wanted: Collection[str]) -> list[int]:
    return [i for i, header in enumerate(headers) if header.lower() in wanted]
