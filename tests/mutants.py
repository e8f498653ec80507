"""Plants the faults of `mutants.toml` in a copy of the tree, one at a time, and sees that the test of each fails.

`uv run python -m tests.mutants [ROW …]` plants those of some rows of the bar, or all; it exits with 1 when one is
missed. A test that has never been seen to fail proves nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
ROWS = range(1, 31)
"""The rows of the bar: the list of claims in `tests/README.md`."""
PASSED, FAILED = 0, 1
"""How pytest ends: any other status is a fault in the asking, and finds nothing."""


@dataclass(frozen=True)
class Mutant:
    """One fault: what to change in which file, which claim it breaks, and the test that must see it."""

    row: int
    claim: str
    file: str
    old: str
    new: str
    test: str
    """A pytest node."""


def listed() -> list[Mutant]:
    """Every mutant, in the order of the file."""
    return [Mutant(**each) for each in _file()["mutant"]]


def walked() -> dict[int, list[str]]:
    """Row -> the faults of `tests/walk/planted.py` that stand for it; `tests/walk/test_faults.py` plants those."""
    return {int(row): faults for row, faults in _file()["walk"].items()}


def elsewhere() -> dict[int, str]:
    """Row -> why no fault is planted for it."""
    return {int(row): reason for row, reason in _file()["elsewhere"].items()}


def _file() -> dict[str, object]:
    return tomllib.loads((HERE / "mutants.toml").read_text("utf-8"))


def planted(mutant: Mutant, root: Path = ROOT) -> str:
    """The text of the mutant's file with the fault in it."""
    return (root / mutant.file).read_text("utf-8").replace(mutant.old, mutant.new)


def main(rows: list[int]) -> int:
    """Plant, and tell of each; the status to exit with."""
    chosen = [mutant for mutant in listed() if not rows or mutant.row in rows]
    with tempfile.TemporaryDirectory(prefix="ungeoverblik-mutants-") as place:
        copy = Path(place) / "tree"
        kept_out = shutil.ignore_patterns(".venv", ".git", "var", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=kept_out)
        subprocess.run(["git", "init", "-q"], cwd=copy, check=True)  # some tests ask git which files there are
        tests = sorted({mutant.test for mutant in chosen})
        if (status := _run(copy, *tests)) != PASSED:
            print(f"Without a fault the tests do not pass (pytest: {status}).")
            return 1
        missed = sum(not _found(copy, mutant) for mutant in chosen)
    print(f"{len(chosen) - missed} of {len(chosen)} found")
    return int(missed > 0)


def _found(copy: Path, mutant: Mutant) -> bool:
    file = copy / mutant.file
    whole = file.read_text("utf-8")
    file.write_text(planted(mutant, copy), "utf-8")
    status = _run(copy, mutant.test, quiet=True)
    file.write_text(whole, "utf-8")
    said = {FAILED: "found ", PASSED: "MISSED"}.get(status, f"BROKEN ({status})")
    print(f"{said} {mutant.row:>2}  {mutant.claim}", flush=True)
    return status == FAILED


def _run(copy: Path, *tests: str, quiet: bool = False) -> int:
    """How pytest ends in the copy, with the copy's own modules; nothing is skipped there."""
    command = [sys.executable, "-B", "-m", "pytest", "-n0", "-p", "no:cacheprovider", *("-x" for _ in [0] if quiet)]
    environment = {**os.environ, "PYTHONPATH": str(copy), "CI": "true"}
    said = subprocess.DEVNULL if quiet else None
    run = subprocess.run([*command, *tests], cwd=copy, check=False, env=environment, stdout=said, stderr=said)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main([int(row) for row in sys.argv[1:]]))
