"""The files of `deploy/` as systemd, Prometheus and a builder of containers read them."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer

from tests.conftest import missing
from ui import cli, gauges, health

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.glob("*.*") if path.suffix in (".service", ".timer"))
HARDENED = [name for name in UNITS if name.startswith("ungeoverblik-") and name.endswith(".service")]
DRIFT = (ROOT / "docs/drift.md").read_text("utf-8")
EXPOSURE = 20
"""Of 100, as `systemd-analyze security` counts; 50 is its "medium"."""


def text(path: str) -> str:
    return (DEPLOY / path).read_text("utf-8")


@pytest.fixture
def analyze() -> str:
    """Where systemd's own check is."""
    found = shutil.which("systemd-analyze")
    if found is None:
        missing("systemd-analyze findes ikke", "installér pakken systemd")
    assert found is not None
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they lie on a machine, where the program lies where we have it."""
    units = tmp_path / "systemd"
    shutil.copytree(SYSTEMD, units)
    for path in units.rglob("*.service"):
        said = path.read_text("utf-8").replace("/opt/ungeoverblik/.venv/bin/", f"{tmp_path}/bin/")
        path.write_text(said.replace("/opt/ungeoverblik", str(ROOT)), "utf-8")
    (tmp_path / "bin").mkdir()
    for name in ("python", "ungeoverblik"):
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/sh\n", "utf-8")
        program.chmod(0o755)
    return units


def asked(analyze: str, units: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [analyze, *arguments],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_systemd_finds_nothing_wrong(analyze: str, installed: Path) -> None:
    ended = asked(analyze, installed, "verify", *(str(installed / name) for name in UNITS))
    ours = [line for line in ended.stderr.splitlines() if "ungeoverblik" in line and "curl" not in line]
    assert ours == []


@pytest.mark.parametrize("name", HARDENED)
def test_a_unit_can_do_little_else(name: str, analyze: str, installed: Path) -> None:
    unit = name.replace("@.", "@8501.")
    ended = asked(analyze, installed, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", unit)
    assert ended.returncode == 0, ended.stdout[-300:]


def test_all_that_runs_ours_is_hardened() -> None:
    runs = [name for name in UNITS if "/opt/ungeoverblik" in text(f"systemd/{name}")]
    assert runs == HARDENED


def test_a_timer_starts_a_unit_and_every_job_tells_of_its_failure() -> None:
    assert [name for name in UNITS if name.endswith(".timer") and name.replace(".timer", ".service") not in UNITS] == []
    assert [name for name in HARDENED if "OnFailure=mail-ungeoverblik@%n.service" not in text(f"systemd/{name}")] == []


@pytest.mark.parametrize("name", HARDENED)
def test_a_unit_gives_each_its_own_secrets(name: str) -> None:
    """The server knows neither the owner's password nor the key of the pseudonyms."""
    server = name.startswith("ungeoverblik-server@")
    said = text(f"systemd/{name}")
    assert re.findall(r"^User=(.*)$", said, re.MULTILINE) == ["ungeoverblik" if server else "ungeoverblik-ejer"]
    files = [f"/etc/ungeoverblik/{'server' if server else 'ejer'}.env"]
    assert re.findall(r"^EnvironmentFile=(.*)$", said, re.MULTILINE) == files
    assert "PERSON_KEY" not in text("server.env")


def test_units_and_container_run_commands_that_exist() -> None:
    known = set(typer.main.get_group(cli.app).commands)
    everything = "".join(text(f"systemd/{name}") for name in UNITS) + text("backup")
    run = set(re.findall(r"(?:/ungeoverblik|\"\$program\") ([a-z][\w-]*)", everything))
    assert run == {"intake", "publish", "log", "backup"}
    assert run <= known


def test_every_setting_is_one_that_is_read() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ("server.env", "ejer.env"):
        ours = re.findall(r"^(UNGEOVERBLIK_\w+)=", text(name), re.MULTILINE)
        assert [setting for setting in ours if f"`{setting}`" not in readme] == []


def test_the_guide_names_every_file() -> None:
    files = [path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*") if path.is_file()]
    units = {Path(name).stem.rstrip("@") for name in UNITS} - {"mail-ungeoverblik"}
    assert [unit for unit in units if unit not in DRIFT] == []
    assert [file for file in files if not file.startswith("systemd/ungeover") and Path(file).name not in DRIFT] == [
        "systemd/mail-ungeoverblik@.service"
    ]


def test_what_prometheus_is_told_to_watch_is_counted() -> None:
    known = {family.name for family in gauges.REGISTRY.collect()}
    delivered = health.Delivered(
        1, *(health.dt.date(2026, 11, 22), health.dt.datetime(2026, 11, 22, tzinfo=health.dt.UTC)), 1
    )
    known |= {family.name for family in health.Health(delivered).as_gauges().collect()}
    watched = set(re.findall(r"\bungeoverblik_\w+", text("prometheus.yml") + DRIFT.replace("ungeoverblik_viser", "")))
    watched -= {"ungeoverblik_ejer", "ungeoverblik_node"}
    bare = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in watched}
    assert bare <= known, bare - known
    assert len(bare) >= 8


# --- the container ------------------------------------------------------------------------------------

CONTAINER = text("Containerfile")


def test_what_is_copied_into_the_container_exists() -> None:
    copied = [
        line.split()[1:-1] for line in CONTAINER.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    paths = [path for paths in copied for path in paths]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    code = {"app.py", "server.py", "pages", "ui", "metrics", "data_access", "static", ".streamlit/config.toml"}
    assert code <= set(paths)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(packages["packages"]) <= set(paths)


def test_the_container_is_nobody_and_knows_no_secret() -> None:
    last = CONTAINER.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001"]
    assert last.index("USER 10001") < last.index("CMD [")
    assert "secrets.toml" not in CONTAINER
    assert all("--locked" in line and "--no-dev" in line for line in CONTAINER.splitlines() if "uv sync" in line)


def test_the_container_starts_as_the_units_do() -> None:
    [command] = re.findall(r"^CMD (\[.*\])$", CONTAINER, re.MULTILINE)
    words = " ".join(re.findall(r'"([^"]+)"', command))
    assert words == "python -m streamlit run server.py"
    assert f"bin/{words} --server.port=%i" in text("systemd/ungeoverblik-server@.service")


def test_the_nightly_copy_can_be_run() -> None:
    assert (DEPLOY / "backup").stat().st_mode & stat.S_IXUSR
