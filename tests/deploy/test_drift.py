"""The guide of operation is run as it stands, on a machine made up for it, and its links lead where they say."""

import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from data_access import tables
from data_access.database import DATABASE_URL, connect
from tests.conftest import PERSON_KEY, missing
from tests.test_cli import CENTERSKIFT, SAGER, SAMTALER, deliver
from ui import cli

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DRIFT = (ROOT / "docs/drift.md").read_text("utf-8")
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
BLOCKS = {
    line.strip().partition("\n")[0]: line.replace("\\\n", " ")
    for line in (
        re.sub(rf"^{found[1]}", "", found[3], flags=re.M) for found in FENCED.finditer(DRIFT) if found[2] == "sh"
    )
}
"""The first line of each block -> the block."""

NOT_RUN = {
    "apt-get install": "fetches; `deploy/install` is run in `test_units.py`",
    "runuser -u postgres -- createuser": "takes a PostgreSQL of the machine's own; `tests/test_cli.py` has two roles",
    "ungeoverblik database allow": "takes PostgreSQL: `tests/test_cli.py`",
    "systemctl enable --now ungeoverblik-server": "takes systemd; the units are verified in `test_units.py`",
    "curl --silent": "takes the server: `tests/e2e/test_proxy.py`",
    "systemctl stop 'ungeoverblik-*'": "takes a PostgreSQL of the machine's own",
    "systemctl start ungeoverblik-backup": "takes systemd and the next version",
    "cd /opt/ungeoverblik && uv export": "asks a registry",
    "cd /opt/ungeoverblik && podman build": "fetches; `test_units.py` reads the file and the options",
    "podman run --rm": "takes the image",
}
"""How a block begins -> why no test runs it."""


def block(begins: str) -> str:
    """The block whose first line begins so."""
    [found] = [text for first, text in BLOCKS.items() if first.startswith(begins)]
    return found


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


def test_every_command_of_the_guide_exists_with_its_options() -> None:
    group = typer.main.get_group(cli.app)
    said = re.findall(r"(?:^|`|\bdrift )ungeoverblik ((?:[a-z][\w-]*)(?: [^\n|&;#`]*)?)", DRIFT, re.MULTILINE)
    assert len(said) > 25
    for line in said:
        words = re.findall(r'"[^"]*"|\S+', line)
        command: Any = group
        while hasattr(command, "commands") and words:
            name = words.pop(0)
            assert name in command.commands, name
            command = command.commands[name]
        options = {option for parameter in command.params for option in parameter.opts}
        assert [word for word in words if word.startswith("--") and word not in options] == [], command.name


def test_every_unit_that_the_guide_starts_is_there() -> None:
    said = re.findall(r"systemctl (?:start|stop|enable --now) ((?:[\w@.'*-]+ ?)+)", "\n".join(BLOCKS.values()))
    units = {unit for line in said for unit in line.split()} - {"'ungeoverblik-*'"}
    assert len(units) > 9
    for unit in units:
        name = re.sub(r"@\w+", "@", unit) + ("" if unit.endswith(".timer") else ".service")
        assert (DEPLOY / "systemd" / name).is_file(), name
    timers = {path.name for path in (DEPLOY / "systemd").glob("*.timer")}
    assert timers == {unit for unit in units if unit.endswith(".timer")}


# --- a machine to stand on ----------------------------------------------------------------------------

PLACES = (
    "/etc/ungeoverblik",
    "/etc/cron.d",
    "/etc/nginx/conf.d",
    "/srv/ungeoverblik/arbejde",
    "/srv/ungeoverblik/ankre",
)
PROGRAMS = {
    "systemctl": "",
    "nginx": "",
    "chown": "",
    "editor": "",
    "ssh": 'shift; exec sh -c "$*"',
    "mail": """printf '%s\\n' "$@" >post; cat >>post""",
    "gpg": f'exec {shutil.which("gpg")} --batch --yes --passphrase "" "$@"',
}
"""What is not this program's, as far as a test can have it."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that stands for `/`, with what somebody must have made ready before the guide is followed."""
    if shutil.which("gpg") is None:
        missing("gpg findes ikke", "installér pakken gnupg")
    folder = Path(tempfile.mkdtemp(prefix="u-"))  # short: the agent's socket lies in it
    for place in (
        *PLACES,
        "/bin",
        "/gnupg",
        "/etc/ungeoverblik/tls",
        "/srv/ungeoverblik/kopier",
        "/srv/ungeoverblik/indbakke",
    ):
        (folder / place[1:]).mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, does in PROGRAMS.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{does}\n", "utf-8")
        (folder / "bin" / name).chmod(0o755)
    for name in ("CERTIFIKAT", "CERTIFIKATETS-NØGLE", "kopi.asc"):
        (folder / name).write_text(name, "utf-8")
    made = deliver(folder / "LEVERANCE", sager=SAGER, centerskift=CENTERSKIFT, samtaler=SAMTALER)
    assert made.is_dir()
    monkeypatch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("GNUPGHOME", f"{folder}/gnupg")
    monkeypatch.setenv("UNGEOVERBLIK_PERSON_KEY", PERSON_KEY)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{folder}/ungeoverblik.db")
    yield folder
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def run(script: str, machine: Path) -> str:
    """Type a block line by line, and stop at the first that fails; what was said.

    `ungeoverblik …` is run here and not by `deploy/ungeoverblik`, which changes user; the rest by the shell.
    """
    said = ""
    for line in script.replace("Center Nord", "Nord").splitlines():
        here = re.sub(r"(?<![\w.])/(etc|srv)/", rf"{machine}/\1/", line).replace("/opt/ungeoverblik", str(ROOT))
        if here.startswith("ungeoverblik "):
            ended = CliRunner().invoke(cli.app, shlex.split(here, comments=True)[1:])
            status, told = ended.exit_code, ended.output
        else:
            shell = subprocess.run(["sh", "-ec", here], cwd=machine, capture_output=True, text=True, check=False)
            status, told = shell.returncode, shell.stdout + shell.stderr
        assert status == 0, f"{line}\n{told}"
        said += told
    return said


FOLLOWED = (
    "python3 -c",
    "cp -r --no-preserve=all LEVERANCE /srv/ungeoverblik/arbejde",
    "install -m 600 /dev/null /etc/ungeoverblik/secrets.toml",
    "ungeoverblik access grant",
    "install -m 600 CERTIFIKAT",
    "gpg --quick-generate-key",
    "editor /etc/ungeoverblik/besked.env",
    "cp -r --no-preserve=all LEVERANCE /srv/ungeoverblik/indbakke",
    "ungeoverblik intake",
    "install -m 644 /opt/ungeoverblik/deploy/ugens-tekst",
    "ungeoverblik publish",
    "systemctl start ungeoverblik-server@8501",
    "ungeoverblik backup",
)
"""The blocks in the order of the guide until something is lost; the keys of the copies come from another machine."""
LOST = ("gpg --decrypt", "ungeoverblik restore")


def test_every_block_is_run_or_says_why_not() -> None:
    assert [first for first in BLOCKS if not first.startswith((*FOLLOWED, *LOST, *NOT_RUN))] == []
    assert all(block(begins) for begins in (*FOLLOWED, *LOST, *NOT_RUN))


@pytest.mark.slow
def test_the_guide_can_be_followed_and_what_is_lost_is_restored(machine: Path) -> None:
    said = {}
    for begins in FOLLOWED:
        said[begins] = run(block(begins), machine)
        if begins.startswith("cp"):
            shutil.rmtree(machine / "LEVERANCE")
            deliver(machine / "LEVERANCE", sager=SAGER, centerskift=CENTERSKIFT, samtaler=SAMTALER)
    assert "er en hel kopi" in said["ungeoverblik backup"]
    assert "administrator" in said["ungeoverblik access grant"]
    secret = machine / "etc/ungeoverblik/secrets.toml"
    assert (
        stat.S_IMODE(secret.stat().st_mode)
        == stat.S_IMODE((machine / "etc/ungeoverblik/tls/private.key").stat().st_mode)
        == 0o600
    )

    assert "ungeoverblik.example" not in (machine / "etc/nginx/conf.d/ungeoverblik.conf").read_text("utf-8")

    copy = encrypted(machine)
    with_cases = cases(machine)
    for path in machine.glob("ungeoverblik.db*"):
        path.unlink()
    shutil.copy(copy, machine / "ungeoverblik-2026-11-22-043000.gpg")
    for begins in LOST:
        steps = "\n".join(line for line in block(begins).splitlines() if "kun PostgreSQL" not in line)
        said[begins] = run(steps, machine)
    assert "Genskabt:" in said["ungeoverblik restore"]
    assert cases(machine) == with_cases == 9
    assert list((machine / "srv/ungeoverblik/arbejde").glob("kopi*")) == []


def cases(machine: Path) -> int:
    engine = connect(f"sqlite:///{machine}/ungeoverblik.db")
    try:
        return len(tables.read(engine, tables.FULL_SCOPE)["cases"].collect())
    finally:
        engine.dispose()


def encrypted(machine: Path) -> Path:
    """The copy that the unit takes; what is older than 30 days goes when it is there, and nothing else."""
    copies = machine / "srv/ungeoverblik/kopier"
    old, other = copies / "ungeoverblik-2026-01-01-043000.gpg", copies / "noget andet"
    for file in (old, other):
        file.write_text("gammel", "utf-8")
        os.utime(file, (0, 0))
    with nightly(machine, f'exec {sys.executable} -c "from ui.cli import main; main()" "$@"') as process:
        assert process.wait(120) == 0
    [copy] = copies.glob("*.gpg")
    assert sorted(path.name for path in copies.iterdir()) == sorted([copy.name, other.name])
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    return copy


def nightly(machine: Path, program: str) -> subprocess.Popen[bytes]:
    """Start `deploy/backup`, with this in the place of our own program."""
    (machine / "bin/ungeoverblik").write_text(f"#!/bin/sh\n{program}\n", "utf-8")
    (machine / "bin/ungeoverblik").chmod(0o755)
    script = shutil.copy(DEPLOY / "backup", machine / "bin/backup")
    return subprocess.Popen(
        [script, machine / "srv/ungeoverblik/kopier", machine / "etc/ungeoverblik/kopi.asc"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(machine / "srv/ungeoverblik/arbejde")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_a_copy_that_cannot_be_taken_leaves_the_old_ones(machine: Path) -> None:
    old = machine / "srv/ungeoverblik/kopier/ungeoverblik-2026-01-01-043000.gpg"
    old.write_text("gammel", "utf-8")
    os.utime(old, (0, 0))
    with nightly(machine, "exit 1") as process:
        assert process.wait(60) == 1
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_a_copy_that_is_stopped_leaves_nothing_that_can_be_read(machine: Path) -> None:
    work = machine / "srv/ungeoverblik/arbejde"
    with nightly(machine, 'echo 26-1000 >"$2"; echo; exec sleep 60') as process:
        assert process.stdout
        process.stdout.readline()
        [plain] = work.glob("*/kopi")
        assert stat.S_IMODE(plain.stat().st_mode) == 0o600
        os.killpg(process.pid, signal.SIGTERM)  # as systemd does: everyone in the unit
        assert process.wait(60) == 143
    assert list(work.iterdir()) == list((machine / "srv/ungeoverblik/kopier").iterdir()) == []


CRON = {"PATH": "/usr/bin:/bin"}
"""What cron gives a job: no `/usr/sbin`."""


def program(path: Path, does: str) -> Path:
    path.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
    path.chmod(0o755)
    return path


def wrapper(machine: Path, settings: str, **instead: Path | str) -> Path:
    """`deploy/ungeoverblik` on the machine, with this in `ejer.env`, and other words in the place of some of it."""
    (machine / "etc/ungeoverblik/ejer.env").write_text(settings, "utf-8")
    script = (DEPLOY / "ungeoverblik").read_text("utf-8").replace("/etc/ungeoverblik", f"{machine}/etc/ungeoverblik")
    words = {"runuser": "/usr/sbin/runuser", "owner": "ungeoverblik-ejer", "ours": OURS}
    for name, word in instead.items():
        script = script.replace(words[name], str(word))
    return program(machine / "bin/ungeoverblik", script)


OURS = "/opt/ungeoverblik/.venv/bin/ungeoverblik"


@pytest.mark.parametrize("end", ["\n", ""])
def test_the_owners_settings_are_read_as_systemd_reads_them(end: str, machine: Path) -> None:
    """The shell reads nothing into a password, and a last line that nobody ended is a line."""
    stub = program(machine / "bin/runuser", 'echo "$ADGANG|$NOEGLE|$(umask)|$*"')
    command = wrapper(machine, f"# ADGANG=nej\nADGANG=p$HOME&x #`id`;y\n\nNOEGLE=a=b{end}", runuser=stub)
    said = subprocess.run([command, "access", "list --x"], env=CRON, capture_output=True, text=True, check=True)
    assert said.stdout == f"p$HOME&x #`id`;y|a=b|0007|-u ungeoverblik-ejer -- {OURS} access list --x\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="bliver en anden bruger: kun root kan det")
def test_the_weekly_text_is_sent_as_it_is_written(machine: Path) -> None:
    [line] = [line for line in (DEPLOY / "ugens-tekst").read_text("utf-8").splitlines() if line[0].isdigit()]
    when, command = line.split(" root ")
    assert (when, "%" in command) == ("0 7 * * 1", False)  # cron makes a line end of a %
    text = program(machine / "tekst", 'printf "Emne: Ugen i $HVOR: 3 år\\n\\nGodmorgen.\\n\\n$*\\n"')
    owner = wrapper(machine, "HVOR=Nord", owner="root", ours=text)
    here = command.replace("/usr/local/sbin/ungeoverblik", str(owner)).replace("| mail ", f"| {machine}/bin/mail ")
    assert here.count(str(machine)) == 2
    subprocess.run(["/bin/sh", "-c", here], cwd=machine, env=CRON, check=True)
    given = ("-a", "Content-Type: text/plain; charset=UTF-8", "-s", "Ugen i Nord: 3 år", "ledere-nord@kommune.example")
    sent = (machine / "post").read_text("utf-8").splitlines()
    assert sent == [*given, "Godmorgen.", "", "digest --center Center Nord"]
