"""The guide of operation is run as it stands: what it says about copies, the inbox and where to read on is true."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from data_access import tables
from data_access.database import DATABASE_URL, connect
from tests.case_database import fill
from tests.conftest import PERSON_KEY, missing
from ui import cli

ROOT = Path(__file__).parents[2]
DRIFT = (ROOT / "docs/drift.md").read_text("utf-8")
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


def chapter(heading: str) -> str:
    """What stands under a heading."""
    return DRIFT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def blocks(text: str) -> list[str]:
    """The commands of each block."""
    return [found[3] for found in FENCED.finditer(text) if found[2] == "sh"]


def anchor(heading: str) -> str:
    """What a link to a heading says, as GitHub and GitLab make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_links_lead_to_chapters() -> None:
    there = {anchor(heading) for heading in re.findall(r"^#+ (.*)$", FENCED.sub("", DRIFT), re.MULTILINE)}
    inside = set(re.findall(r"\]\(#([^)]+)\)", DRIFT))
    elsewhere = {
        found
        for path in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/brugervejledning.md", "docs/leverance.md")
        for found in re.findall(r"drift\.md#([^)\s]+)\)", (ROOT / path).read_text("utf-8"))
    }
    assert (inside | elsewhere) - there == set()


def commands() -> list[list[str]]:
    """Every call of ours in a block: its words, up to what the shell does with it."""
    found = re.findall(r"uv run --no-dev ungeoverblik ((?:[a-z][\w-]*)(?: [^\n|&;#]*)?)", "\n".join(blocks(DRIFT)))
    return [re.findall(r'"[^"]*"|\S+', line) for line in found]


def test_every_command_of_the_guide_exists_with_its_options() -> None:
    group = typer.main.get_group(cli.app)
    said = commands()
    assert len(said) > 15
    for words in said:
        command: Any = group
        while hasattr(command, "commands") and words:
            name = words.pop(0)
            assert name in command.commands, name
            command = command.commands[name]
        options = {option for parameter in command.params for option in parameter.opts}
        assert [word for word in words if word.startswith("--") and word not in options] == [], command.name


@pytest.fixture
def machine(sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to stand in, with a database in use, `uv run` that runs what is here, and keys of one's own."""
    if shutil.which("gpg") is None:
        missing("gpg findes ikke", "installér pakken gnupg")
    folder = Path(tempfile.mkdtemp(prefix="u-"))  # short: the agent's socket lies in it
    shutil.copy(sqlite_template, folder / "ungeoverblik.db")
    engine = connect(f"sqlite:///{folder}/ungeoverblik.db")
    fill(engine)
    engine.dispose()
    (folder / "bin").mkdir()
    uv = folder / "bin" / "uv"
    uv.write_text(f'#!/bin/sh\nshift 3\nexec {sys.executable} -c "from ui.cli import main; main()" "$@"\n', "utf-8")
    gpg = folder / "bin" / "gpg"
    gpg.write_text(f'#!/bin/sh\nexec {shutil.which("gpg")} --batch --yes --passphrase "" "$@"\n', "utf-8")
    ours = folder / "bin" / "ungeoverblik"
    ours.write_text('#!/bin/sh\nexec uv run --no-dev ungeoverblik "$@"\n', "utf-8")
    for program in (uv, gpg, ours):
        program.chmod(0o755)
    (folder / "gnupg").mkdir(mode=0o700)
    monkeypatch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("GNUPGHOME", f"{folder}/gnupg")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("UNGEOVERBLIK_PERSON_KEY", PERSON_KEY)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{folder}/ungeoverblik.db")
    yield folder
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A block as somebody types it, line by line, and stopping at the first that fails."""
    return subprocess.run(["bash", "-e", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_copy_is_taken_encrypted_and_restored_as_the_guide_says(machine: Path) -> None:
    take, keys, restore = blocks(chapter("Sikkerhedskopi og genskabelse"))
    ended = run(take, machine)
    assert (ended.returncode, "er en hel kopi" in ended.stderr) == (0, True), ended.stderr
    (machine / "kopi").unlink()
    ended = run(keys, machine)
    assert ended.returncode == 0, ended.stderr
    copies = machine / "kopier"
    copies.mkdir()
    old, other = copies / "ungeoverblik-2026-01-01-043000.gpg", copies / "noget andet"
    for file in (old, other):
        file.write_text("gammel", "utf-8")
        os.utime(file, (0, 0))
    script = shutil.copy(ROOT / "deploy/backup", machine / "bin" / "backup")
    ended = run(f"{script} kopier kopi.asc", machine)
    assert ended.returncode == 0, ended.stderr
    [copy] = copies.glob("*.gpg")  # the old one is gone, and nothing unfinished is left
    assert sorted(path.name for path in copies.iterdir()) == sorted([copy.name, other.name])
    assert b"26-1000" not in copy.read_bytes()

    for path in machine.glob("ungeoverblik.db*"):
        path.unlink()
    shutil.copy(copy, machine / "kopi.gpg")
    steps = re.sub(r"ungeoverblik-\d{4}-\d\d-\d\d-\d{6}\.gpg", "kopi.gpg", restore)
    assert steps != restore
    sqlite = "\n".join(line for line in steps.splitlines() if "kun PostgreSQL" not in line)
    ended = run(sqlite, machine)
    assert ended.returncode == 0, ended.stderr
    assert "Genskabt:" in ended.stderr
    engine = connect(f"sqlite:///{machine}/ungeoverblik.db")
    assert len(tables.read(engine, tables.FULL_SCOPE)["cases"].collect()) == 12
    engine.dispose()


@pytest.mark.slow
def test_a_copy_that_cannot_be_taken_leaves_the_old_ones(machine: Path) -> None:
    copies = machine / "kopier"
    copies.mkdir()
    old = copies / "ungeoverblik-2026-01-01-043000.gpg"
    old.write_text("gammel", "utf-8")
    os.utime(old, (0, 0))
    (machine / "kopi.asc").write_text("ingen nøgle", "utf-8")
    script = shutil.copy(ROOT / "deploy/backup", machine / "bin" / "backup")
    assert run(f"{script} kopier kopi.asc", machine).returncode != 0
    assert [path.name for path in copies.iterdir()] == [old.name]
