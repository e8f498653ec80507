"""The house rules that no tool off the shelf checks, tested on the repository's own files."""

import ast
import datetime as dt
import importlib
import inspect
import os
import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from data_access.tables import Scope
from metrics.assess import Cut
from metrics.trend import Rebase
from ui.moved import Month
from ui.state import Data

ROOT = Path(__file__).parent.parent
CODE = ("app.py", "server.py", "pages/", "ui/", "metrics/", "data_access/")
START_COMMAND = "pip install uv && uv run ungeoverblik start"
TEST_COMMAND = "pip install uv && uv run pytest"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def files() -> list[str]:
    """Every file of the repository, committed or about to be, as a path from its root."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(path for path in set(listing.split("\0")) if path and (ROOT / path).is_file())


FILES = files()
PYTHON = [path for path in FILES if path.endswith(".py")]
MARKDOWN = [path for path in FILES if path.endswith(".md")]


def contents(path: Path) -> Iterator[str]:
    """The readable text of a file: a workbook's members, UTF-16 by its mark, nothing of other binaries."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(member).decode("latin-1") for member in archive.namelist())
        return
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield raw.decode("utf-16")
    elif b"\0" not in raw:
        yield raw.decode("latin-1")


def written(*, without: tuple[str, ...] = ("uv.lock",)) -> Iterator[tuple[str, str]]:
    """(path, text) of every file that people write; `uv.lock` is generated."""
    for path in FILES:
        if path not in without:
            for text in contents(ROOT / path):
                yield path, text


def code(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """(path, syntax tree) of the product's own code, or of some of its folders."""
    for path in PYTHON:
        if path.startswith(folders or CODE):
            yield path, ast.parse((ROOT / path).read_text("utf-8"))


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def imports(tree: ast.Module) -> set[str]:
    """The top-level packages that a module imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


# --- no person's data, no machine's trace -------------------------------------------------------------

NUMBER = re.compile(r"(?<![\w.-])(\d{2})(\d{2})(\d{2})[- ]?\d{4}(?![\w-])")


def cpr_numbers(text: str) -> list[str]:
    """What may be a living person's CPR number: a real date and four digits (day + 60 belongs to nobody)."""
    return [found.group() for found in NUMBER.finditer(text) if _is_date(*map(int, found.groups()))]


def _is_date(day: int, month: int, year: int) -> bool:
    try:
        dt.date(2000 + year, month, day)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (("010199", "-", "1234"), True),
        (("310112", "", "9999"), True),
        (("290200", " ", "0001"), True),
        (("610199", "-", "1234"), False),
        (("910112", "", "9999"), False),
        (("310299", "-", "1234"), False),
        (("001299", "-", "1234"), False),
        (("010199", "-", "12345"), False),
        (("a010199", "-", "1234"), False),
    ],
)
def test_a_real_cpr_number_is_told_from_a_made_up_one(parts: tuple[str, ...], found: bool) -> None:
    assert bool(cpr_numbers(f"sag {''.join(parts)};")) is found


def test_no_file_holds_what_may_be_a_cpr_number() -> None:
    assert [path for path, text in written() if cpr_numbers(text)] == []


REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("crates", "io"),
    ("rubygems", "org"),
    ("proxy.golang", "org"),
    ("anaconda", "org"),
)


def test_no_file_names_the_host_of_a_package_registry() -> None:
    hosts = [".".join(parts) for parts in REGISTRIES]
    assert [(path, host) for path, text in written() for host in hosts if host in text] == []


MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work|tmp)/\w|[A-Z]:\\Users\\")


@pytest.mark.parametrize("parts", [("", "home", "anna"), ("", "Users", "anna"), ("", "work", "main")])
def test_a_path_of_somebodys_machine_is_recognised(parts: tuple[str, ...]) -> None:
    assert MACHINE_PATH.search(f'open("{"/".join(parts)}")')


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    assert [path for path, text in written() if MACHINE_PATH.search(text)] == []


def test_no_database_and_no_secret_is_in_the_repository() -> None:
    kept = re.compile(r"^var/|\.(db|sqlite3?)(-wal|-shm)?$|(^|/)secrets\.toml$|(^|/)\.env$|\.pem$")
    assert [path for path in FILES if kept.search(path)] == []


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"]) + r")\b")
    assert [path for path in PYTHON if marks.search((ROOT / path).read_text("utf-8"))] == []


# --- the house ----------------------------------------------------------------------------------------


def test_no_file_lies_directly_in_pages() -> None:
    """A freshly started server runs `pages/*.py` without app.py, and so without its gate."""
    assert [path.name for path in (ROOT / "pages").iterdir() if path.is_file()] == []


def test_no_module_is_named_after_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path for path in PYTHON if nothing & set(Path(path).with_suffix("").parts)] == []


def test_every_file_opens_with_what_it_is_for() -> None:
    unsaid = [
        path
        for path in PYTHON
        if (tree := ast.parse((ROOT / path).read_text("utf-8"))).body and not ast.get_docstring(tree)
    ]
    assert unsaid == []


def test_nothing_imports_the_entry_points() -> None:
    below = ("pages/", "ui/", "metrics/", "data_access/")
    assert [path for path, tree in code(*below) if imports(tree) & {"app", "server"}] == []


SQL = re.compile(
    r"^\s*(select\s.+\sfrom|insert\s+into|update\s.+\sset|delete\s+from"
    r"|SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\s",
    re.DOTALL,
)
DATABASE_PACKAGES = {
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "psycopg",
    "sqlite3",
    "connectorx",
    "adbc_driver_postgresql",
}


def test_only_data_access_speaks_to_the_database() -> None:
    above = ("app.py", "server.py", "pages/", "ui/", "metrics/")
    assert [path for path, tree in code(*above) if imports(tree) & DATABASE_PACKAGES] == []


def test_sql_is_written_in_data_access_only() -> None:
    sql = [
        f"{path}:{node.lineno}"
        for path, tree in code("app.py", "server.py", "pages/", "ui/", "metrics/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value + " ")
    ]
    assert sql == []


def pasted(tree: ast.Module) -> list[int]:
    """Lines on which SQL is given that is put together of pieces: what a user writes could end up in it."""
    return [
        call.lineno
        for call in calls(tree)
        if ast.unparse(call.func).rpartition(".")[2] in ("text", "exec_driver_sql")
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]


PASTED = {
    "data_access/migrations/": "names of our own tables and triggers",
    "data_access/backup.py": "names of our own tables",
    "data_access/retention.py": "names of our own tables, and how long to wait",
    "data_access/roles.py": "names of the database and its roles, which PostgreSQL quotes",
    "data_access/storing.py": "names of our own tables and columns",
    "data_access/tables.py": "one of two words of our own",
}
"""File -> what its SQL is put together of, which cannot be a parameter."""


def test_sql_is_not_put_together_of_pieces() -> None:
    found = {path for path, tree in code() if path.startswith("data_access/") and pasted(tree)}
    assert {path for path in found if not path.startswith(tuple(PASTED))} == set()
    assert {place for place in PASTED if not any(path.startswith(place) for path in found)} == set()
    lines = 'text("a")', 'text(f"a {b}")', 'c.exec_driver_sql("a" + b)', 'sa.text(f"a {b}")', "text(a)"
    assert [bool(pasted(ast.parse(line))) for line in lines] == [False, True, True, True, False]


def drawn_in_a_transaction(tree: ast.Module, transactions: set[str]) -> list[int]:
    """Lines that draw on the page while a transaction is open: a click there ends the run, and what was begun."""
    return [
        call.lineno
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        if any(ast.unparse(one.func).rpartition(".")[2] in transactions for i in block.items for one in _calls(i))
        for line in block.body
        for call in _calls(line)
        if ast.unparse(call.func).startswith("st.")
    ]


def _calls(node: ast.AST) -> list[ast.Call]:
    return [each for each in ast.walk(node) if isinstance(each, ast.Call)]


def test_nothing_is_drawn_while_a_transaction_is_open() -> None:
    transactions = {"begin", "connect"} | {
        function.name
        for _, tree in code("data_access/")
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        if any(ast.unparse(each) == "contextmanager" for each in function.decorator_list)
    }
    assert {"writing", "reading", "in_turn", "looking"} <= transactions
    above = list(code("pages/", "ui/"))
    assert [path for path, tree in above if drawn_in_a_transaction(tree, transactions)] == []
    drawn = "with looking(a) as b:\n    if b:\n        st.text('x')", "with st.container():\n    st.text('x')"
    assert [bool(drawn_in_a_transaction(ast.parse(each), transactions)) for each in drawn] == [True, False]


# --- what a page may do -------------------------------------------------------------------------------


def test_no_call_lets_unescaped_html_through() -> None:
    unsafe = [
        f"{path}:{call.lineno}"
        for path, tree in code()
        for call in calls(tree)
        if any(keyword.arg and keyword.arg.startswith("unsafe_allow") for keyword in call.keywords)
    ]
    assert unsafe == []


def test_html_has_one_door_beside_the_style_sheet_of_the_frame() -> None:
    html = [
        f"{path}:{call.lineno}"
        for path, tree in code()
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "html" and not _style_sheet(path, call)
        if path != "ui/blocks.py"
    ]
    assert html == []


def _style_sheet(path: str, call: ast.Call) -> bool:
    argument = ast.unparse(call.args[0]) if len(call.args) == 1 and not call.keywords else ""
    return path == "app.py" and "css" in argument.lower() and "<" not in argument and "{" not in argument


CACHES = {"cache_data", "cache_resource"}
KEYS = (Cut, Data, Month, Rebase, Scope)
"""Frozen dataclasses that may be keys: the cache takes them field by field, and every field is a plain value."""
PLAIN = {"str", "int", "float", "bool", "date", "tuple", "Store", *(key.__name__ for key in KEYS)}


FULL_SCOPE_MAY = ("data_access/", "server.py", "ui/cli/", "ui/safety.py", "ui/state.py")
"""Who may see everything: the command line, and what builds what all share."""


def test_no_page_sees_everything() -> None:
    seen = [
        path
        for path, tree in code()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute | ast.alias)
        and "FULL_SCOPE" in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", ""))
    ]
    assert [path for path in seen if not path.startswith(FULL_SCOPE_MAY)] == []


def guards(tree: ast.Module) -> bool:
    """Whether a page's first call asks who may see it; naming columns and values shows nothing."""
    asked = (ast.unparse(call.func) for node in tree.body for call in calls(ast.Module([node], [])))
    shows = (name for name in asked if not name.startswith("st.column_config.") and not name[0].isupper())
    return next(shows, "") in (
        "access.guard",
        "measure.theme_page",
    ) and "access.guard" in ast.unparse(tree)


@pytest.mark.parametrize(
    ("page", "guarded"),
    [
        ("scope = access.guard('cases')\nst.title('x')", True),
        ("COLUMN = st.column_config.TextColumn('x')\naccess.guard()", True),
        ("measure.theme_page(THEME, access.guard('figures'))", True),
        ("measure.theme_page(THEME, FULL_SCOPE)", False),
        ("st.title('x')\nscope = access.guard('cases')", False),
        ("", False),
    ],
)
def test_a_page_without_a_guard_is_seen(page: str, guarded: bool) -> None:
    assert guards(ast.parse(page)) is guarded


def test_every_page_begins_with_the_guard() -> None:
    pages = [(path, tree) for path, tree in code("pages") if not path.endswith("__init__.py")]
    assert len(pages) > 10
    assert [path for path, tree in pages if not guards(tree)] == []


def test_no_part_of_a_page_runs_without_the_guard_and_no_file_leaves_but_by_one_door() -> None:
    """A fragment, and so a dialog, runs again without the frame: the tour is the only one, and holds no data."""
    doors = {
        (path, name)
        for path, tree in code()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and (name := node.attr) in ("fragment", "dialog", "download_button")
    }
    assert doors == {("ui/exports.py", "download_button"), ("ui/first_visit.py", "dialog")}


def cached_badly(tree: ast.Module) -> list[str]:
    """Cached functions with an argument that the cache may overlook: `function(argument)`.

    Streamlit's key sees only the first and last ten rows of a frame, and nothing of an argument that begins
    with an underscore: both give another reader's figures.
    """
    return [
        f"{function.name}({argument.arg})"
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and any(_caches(each) for each in function.decorator_list)
        for argument in _arguments(function)
        if argument.arg.startswith("_") or not _plain(argument.annotation)
    ]


def _caches(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] in CACHES


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    given = function.args
    extra = [each for each in (given.vararg, given.kwarg) if each]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *extra]


def _plain(annotation: ast.expr | None) -> bool:
    match annotation:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in PLAIN
        case ast.Constant(value=value):
            return value is None or value is ...
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _plain(left) and _plain(right)
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=parts)):
            return all(_plain(part) for part in parts)
        case ast.Subscript(value=ast.Name(id="tuple"), slice=part):
            return _plain(part)
        case _:
            return False


@pytest.mark.parametrize(
    ("arguments", "bad"),
    [
        ("version: int, day: dt.date | None, centers: tuple[str, ...]", []),
        ("frame: pl.DataFrame", ["f(frame)"]),
        ("version: int, _scope: str", ["f(_scope)"]),
        ("version", ["f(version)"]),
        ("days: list[dt.date]", ["f(days)"]),
        ("*keys: pl.Series", ["f(keys)"]),
        ("pair: tuple[str, pl.Expr]", ["f(pair)"]),
    ],
)
@pytest.mark.parametrize("decorator", ["st.cache_data", "st.cache_resource(max_entries=4)", "cache_data()"])
def test_an_argument_that_the_cache_overlooks_is_seen(decorator: str, arguments: str, bad: list[str]) -> None:
    assert cached_badly(ast.parse(f"@{decorator}\ndef f({arguments}): ...")) == bad


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_the_cache_is_frozen_and_holds_plain_values_only(key: type) -> None:
    [described] = ast.parse(inspect.getsource(key)).body
    assert isinstance(described, ast.ClassDef)
    assert "frozen=True" in ast.unparse(described.decorator_list[0])
    fields = [each for each in described.body if isinstance(each, ast.AnnAssign)]
    assert [ast.unparse(each) for each in fields if not _plain(each.annotation)] == []


def test_cached_functions_take_plain_values_only() -> None:
    assert {path: bad for path, tree in code() if (bad := cached_badly(tree))} == {}


# --- what the documents say ---------------------------------------------------------------------------


def test_the_readme_begins_with_the_two_commands() -> None:
    top = (ROOT / "README.md").read_text("utf-8").partition("\n## ")[0]
    assert START_COMMAND in top
    assert TEST_COMMAND in top


def test_the_check_runs_the_readme_s_own_test_command() -> None:
    check = ROOT / ".ci" / "run"
    assert f'bash -c "{TEST_COMMAND}"' in check.read_text("utf-8").splitlines()
    assert os.access(check, os.X_OK)


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f'softwareVersion: "{version}"' in (ROOT / "publiccode.yml").read_text("utf-8")


def test_the_lock_file_knows_every_dependency() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    own = next(package for package in lock["package"] if package["name"] == PROJECT["project"]["name"])
    locked = own["metadata"]["requires-dist"] + own["metadata"]["requires-dev"]["dev"]
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    assert {(each["name"], each.get("specifier", "")) for each in locked} == {
        (name, specifier)
        for name, specifier in (
            re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?([^;]*)(?:;.*)?", each).groups() for each in asked
        )
    }


def test_documents_name_the_commands_that_exist() -> None:
    cli = importlib.import_module("ui.cli")
    app = next(value for value in vars(cli).values() if isinstance(value, typer.Typer))
    commands = set(typer.main.get_group(app).commands)
    text = "\n".join((ROOT / path).read_text("utf-8") for path in MARKDOWN)
    in_code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    assert set(re.findall(r"\bungeoverblik ([a-z][\w-]*)", in_code)) == commands


def test_the_readme_names_every_setting() -> None:
    setting = re.compile(r"\bUNGEOVERBLIK_[A-Z_]+\b")
    read = {name for path, _ in code() for name in setting.findall((ROOT / path).read_text("utf-8"))}
    assert set(setting.findall((ROOT / "README.md").read_text("utf-8"))) == read


@pytest.mark.parametrize("path", MARKDOWN)
def test_links_lead_to_files_that_exist(path: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / path).read_text("utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (ROOT / path).parent.joinpath(link).exists()] == []
