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

from data_access import intake
from tests.conftest import missing
from ui import cli, gauges, health

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.glob("*.*") if path.suffix in (".service", ".timer"))
HARDENED = [name for name in UNITS if name.startswith("ungeoverblik-") and name.endswith(".service")]
DRIFT = (ROOT / "docs/drift.md").read_text("utf-8")
ENVIRONMENTS = ("server.env", "ejer.env")
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
    ours = [line for line in ended.stderr.splitlines() if "ungeoverblik" in line]
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


def test_a_server_that_dies_is_not_waited_for(tmp_path: Path) -> None:
    """Else each trial takes two minutes, the fifth never comes, and nobody is told."""
    [wait] = re.findall(
        r"^ExecStartPost=/bin/sh -c '(.*)'$", text("systemd/ungeoverblik-server@.service"), re.MULTILINE
    )
    (tmp_path / "curl").write_text('#!/bin/sh\necho "$@" >>asked\ntest -e answers\n', "utf-8")
    (tmp_path / "curl").chmod(0o755)
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    for main, answers, status in ((dead.pid, False, 1), (os.getpid(), True, 0)):
        if answers:
            (tmp_path / "answers").touch()
        path = f"{tmp_path}:{os.environ['PATH']}"
        waiting = subprocess.run(
            ["/bin/sh", "-c", wait.replace("%i", "8501")],
            env={"PATH": path, "MAINPID": str(main)},
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert waiting.returncode == status
    assert set((tmp_path / "asked").read_text("utf-8").split()) >= {"http://127.0.0.1:8501/ungeoverblik/_stcore/health"}


def test_five_trials_are_over_before_they_are_forgotten() -> None:
    said = dict(re.findall(r"^(\w+)=(\w+)$", text("systemd/ungeoverblik-server@.service"), re.MULTILINE))
    longest = int(said["TimeoutStartSec"]) + int(said["TimeoutStopSec"]) + int(said["RestartSec"])
    assert said["StartLimitIntervalSec"].endswith("min")
    assert int(said["StartLimitBurst"]) * longest < 60 * int(said["StartLimitIntervalSec"].removesuffix("min"))


def test_what_the_machine_must_have_is_installed_first() -> None:
    [line] = re.findall(r"^apt-get install --yes (.*)$", DRIFT, re.MULTILINE)
    takes = {"git", "curl", "gnupg", "nginx", "python3-venv", "postgresql", "postgresql-client", "cron", "bsd-mailx"}
    assert set(line.split()) == takes


@pytest.mark.skipif(os.geteuid() != 0, reason="giver filer til andre: kun root kan det")
def test_all_is_laid_in_its_place_and_what_is_ones_own_stays(analyze: str, tmp_path: Path) -> None:
    root, programs = tmp_path / "rod", tmp_path / "bin"
    (root / "etc").mkdir(parents=True)
    for name in ("passwd", "group"):
        shutil.copy(f"/etc/{name}", root / "etc")
    programs.mkdir()
    (programs / "systemctl").write_text("#!/bin/sh\n", "utf-8")
    (programs / "systemctl").chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    for _ in range(2):
        subprocess.run([DEPLOY / "install"], env={"PATH": path, "DESTDIR": str(root)}, check=True, capture_output=True)
        secret = root / "etc/ungeoverblik/ejer.env"
        with secret.open("a", encoding="utf-8") as file:
            file.write("VORES=1\n")
    assert secret.read_text("utf-8").endswith("VORES=1\nVORES=1\n")
    users = {
        name: int(number)
        for name, number in re.findall(
            r"^(ungeoverblik[\w-]*):x:(\d+):", (root / "etc/passwd").read_text("utf-8"), re.M
        )
    }
    assert {path.name for path in (root / "etc/systemd/system").iterdir()} == {*UNITS, "ungeoverblik-.service.d"}
    for place, owner, mode in (
        ("etc/ungeoverblik/ejer.env", "root", 0o600),
        ("etc/ungeoverblik/server.env", "root", 0o600),
        ("etc/ungeoverblik", "root", 0o750),
        ("usr/local/sbin/ungeoverblik", "root", 0o755),
        ("var/lib/ungeoverblik", "ungeoverblik", 0o2770),
        ("var/lib/ungeoverblik-import", "ungeoverblik-ejer", 0o2750),
        ("srv/ungeoverblik/ankre", "ungeoverblik-ejer", 0o2750),
        ("srv/ungeoverblik/kopier", "ungeoverblik-ejer", 0o750),
        ("srv/ungeoverblik/indbakke", "ungeoverblik-ejer", 0o3770),
        ("srv/ungeoverblik/arbejde", "ungeoverblik-ejer", 0o700),
    ):
        found = (root / place).stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == ({"root": 0, **users}[owner], mode), place


def test_both_hide_as_much() -> None:
    """Who publishes from the page and from the command line, and the weekly text."""
    lines = [re.findall(r"^UNGEOVERBLIK_DISCLOSURE_THRESHOLD=.*$", text(name), re.MULTILINE) for name in ENVIRONMENTS]
    assert lines == [["UNGEOVERBLIK_DISCLOSURE_THRESHOLD=5"]] * 2


def test_units_and_container_run_commands_that_exist() -> None:
    known = set(typer.main.get_group(cli.app).commands)
    everything = "".join(text(f"systemd/{name}") for name in UNITS) + text("backup") + text("ugens-tekst")
    run = set(re.findall(r"(?:/ungeoverblik|\"\$program\") ([a-z][\w-]*)", everything))
    assert run == {"intake", "publish", "log", "backup", "digest"}
    assert run <= known


def test_every_setting_is_one_that_is_read() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ENVIRONMENTS:
        ours = re.findall(r"^(UNGEOVERBLIK_\w+)=", text(name), re.MULTILINE)
        assert [setting for setting in ours if f"`{setting}`" not in readme] == []


def test_the_guide_names_every_file() -> None:
    files = [path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*") if path.is_file()]
    units = {Path(name).stem.rstrip("@") for name in UNITS} - {"mail-ungeoverblik"}
    assert [unit for unit in units if unit not in DRIFT] == []
    assert [file for file in files if not file.startswith("systemd/ungeover") and Path(file).name not in DRIFT] == [
        "systemd/mail-ungeoverblik@.service"
    ]


def test_what_prometheus_is_told_to_watch_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ungeoverblik-2026-11-22-043000.gpg").touch()
    monkeypatch.setenv(health.BACKUPS, str(tmp_path))
    monkeypatch.setenv(intake.REPORT, str(tmp_path / "rapport.json"))
    intake.write_report([], 0)
    known = {family.name for family in gauges.REGISTRY.collect()}
    delivered = health.Delivered(
        1, *(health.dt.date(2026, 11, 22), health.dt.datetime(2026, 11, 22, tzinfo=health.dt.UTC)), 1
    )
    known |= {family.name for family in health.Health(delivered).as_gauges().collect()}
    watched = set(re.findall(r"\bungeoverblik_\w+", text("prometheus.yml") + DRIFT))
    watched -= {"ungeoverblik_ejer", "ungeoverblik_viser", "ungeoverblik_gammel", "ungeoverblik_node"}
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


@pytest.mark.parametrize("name", ["backup", "install", "ungeoverblik"])
def test_what_is_run_can_be_run(name: str) -> None:
    assert (DEPLOY / name).stat().st_mode & stat.S_IXUSR


def test_the_container_is_run_as_the_guide_says() -> None:
    """What it may read lies with the users of `deploy/install`; the check of its health takes the older format."""
    blocks = DRIFT.replace("\\\n", " ")
    build, login, server = (
        re.search(rf"podman {words}.*", blocks) for words in ("build", "secret create", "run --det")
    )
    assert build
    assert "--format docker " in build[0]
    assert login
    [name] = re.findall(r"create (\S+) /etc/ungeoverblik/secrets.toml", login[0])
    assert server
    assert f"STREAMLIT_SECRETS_FILES=/run/secrets/{name} " in server[0]
    assert f'--secret "{name},uid=$(id -u ungeoverblik),mode=0400"' in server[0]
    volumes = re.findall(r"--volume ([^\s:]+):([^\s:]+)(:ro)? ", server[0])
    assert all(here == there for here, there, _ in volumes)
    named = re.findall(r"^UNGEOVERBLIK_\w+=(/\S+)$", text("server.env"), re.MULTILINE)
    assert len(named) == 4
    assert [path for path in named if not any(path.startswith(there) for _, there, _ in volumes)] == []
    assert {there for _, there, read_only in volumes if not read_only} == {
        "/var/lib/ungeoverblik",
        "/var/cache/ungeoverblik",
    }


def test_the_owner_reaches_from_the_container_what_their_settings_name() -> None:
    """Else a deletion leaves what the server keeps."""
    owner = re.search(r"podman run --rm.*", DRIFT.replace("\\\n", " "))
    assert owner
    volumes = re.findall(r"--volume ([^\s:]+):([^\s:]+)(:ro)? ", owner[0])
    assert all(here == there and not read_only for here, there, read_only in volumes)
    named = re.findall(r"^UNGEOVERBLIK_\w+=(/\S+)$", text("ejer.env"), re.MULTILINE)
    assert len(named) == 2
    assert [path for path in named if not any(path.startswith(there) for _, there, _ in volumes)] == []
