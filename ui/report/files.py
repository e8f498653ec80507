"""The three files of the material, and putting them in a folder: none of them is ever half."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ui.report.pack import NoReport, Pack, Progress, quietly
from ui.report.pdf import pdf_bytes
from ui.report.pptx import pptx_bytes
from ui.report.xlsx import xlsx_bytes

FORMATS: Mapping[str, Callable[[Pack, Progress], bytes]] = MappingProxyType(
    {"pdf": pdf_bytes, "pptx": pptx_bytes, "xlsx": xlsx_bytes}
)
"""File ending -> what makes the bytes."""


def write(pack: Pack, folder: Path, progress: Progress = quietly) -> list[Path]:
    """Make the files and put them in a folder that exists; a file that is there by that name is replaced.

    Raises:
        NoReport: the folder is not there or cannot be written in, or a file could not be made. No file is half.
    """
    if not folder.is_dir():
        raise NoReport(f"Mappen {folder} findes ikke. Opret den, eller vælg en anden.")
    made = {ending: make(pack, progress) for ending, make in FORMATS.items()}
    waiting: list[tuple[Path, Path]] = []
    try:
        for ending, content in made.items():
            handle, name = tempfile.mkstemp(dir=folder, prefix=f".{pack.name}_", suffix=f".{ending}")
            waiting.append((Path(name), folder / f"{pack.name}.{ending}"))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
        if blocked := [path.name for _, path in waiting if path.is_dir()]:
            raise NoReport(f"{blocked[0]} er en mappe. Omdøb eller flyt den, og prøv igen.")
        for made_at, path in waiting:
            made_at.replace(path)
    except OSError as error:
        raise NoReport(f"Der kan ikke skrives i mappen {folder}. Se efter rettigheder og plads.") from error
    finally:
        for made_at, _ in waiting:
            made_at.unlink(missing_ok=True)
    return [path for _, path in waiting]
