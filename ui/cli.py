"""The `ungeoverblik` command: take a delivery in, read figures and deviations, make a demo, start the dashboard.

Figures go to standard output and nothing else does; what a person should read goes to standard error.
Exit status: 0 done, 1 refused or impossible, 2 wrong use.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from data_access import (
    audit,
    backup,
    database,
    deliveries,
    demo,
    demo_decisions,
    demo_reviews,
    grants,
    intake,
    kept,
    retention,
    roles,
    rounds,
    tables,
)
from data_access import published as publications
from data_access.importing import DeliveryRefused, RejectedRow, Report, import_delivery
from data_access.models import CATEGORIES
from data_access.reading import spoken
from metrics import assess
from metrics import due_soon as soon
from metrics.measures import MEASURES
from metrics.review import AUDITED
from ui import catalogue, data_quality, digest, moved, published, publishing, server_log, texts, users
from ui.report import compose
from ui.report.pack import Kind, NoReport
from ui.review import sample

ROOT = Path(__file__).parent.parent
EMPTY = "Databasen er tom. Indlæs en leverance med `ungeoverblik import MAPPE`."
SHOWN = 50
"""Lines of a list that a person should read."""

HELP = """Ungeoverblik: læs leverancer ind, hent nøgletal og afvigelser, og start overblikket.

Tal skrives til standard output, og intet andet gør. Status: 0 udført, 1 afvist eller umuligt, 2 forkert brug.
"""

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=HELP)
log_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Loggen over opslag: kontrol, udtræk, oprydning."
)
app.add_typer(log_app, name="log")
database_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Databasens roller: hvem serveren er i PostgreSQL."
)
app.add_typer(database_app, name="database")
access_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Adgang: hvem der har hvilken rolle, efter hvad login siger."
)
app.add_typer(access_app, name="access")
aside = Console(stderr=True)


Format = Literal["json", "csv"]
By = Literal["month", "center", "category", "age"]

Size = Literal["rebild", "viborg", "copenhagen"]
ReportKind = Literal["month", "half-year", "year"]
REPORTS: Mapping[ReportKind, Kind] = {"month": "month", "half-year": "half_year", "year": "year"}
Role = Literal["head", "steering", "coordinator", "administrator", "protection", "blocked"]


def _day(flag: str, meaning: str) -> Any:
    """An option that takes a date, in ISO or in Danish order."""
    return typer.Option(flag, help=meaning, formats=["%Y-%m-%d", "%d-%m-%Y"], metavar="DATO")


Day = dt.datetime | None
AsOf = Annotated[Day, _day("--as-of", "Opgjort pr. (V). Uden: den nyeste leverances udtræksdato.")]
KnownAt = Annotated[Day, _day("--known-at", "Som kendt pr. (K). Uden: alt, hvad der er kendt nu.")]
From = Annotated[Day, _day("--from", "Periodens første dag. Uden: de 12 måneder op til periodens slut.")]
To = Annotated[Day, _day("--to", "Periodens sidste dag. Uden: V.")]
Split = Annotated[By | None, typer.Option("--by", help="Del tallene op.")]
Keys = Annotated[list[str] | None, typer.Option("--measure", help="Kun dette nøgletal (kan gentages).")]
Centers = Annotated[list[str] | None, typer.Option("--center", help="Kun dette center (kan gentages).")]
Categories = Annotated[list[str] | None, typer.Option("--category", help="Kun denne visitationskategori.")]
As = Annotated[Format, typer.Option("--format", help="json eller csv.")]


@app.command("figures")
def figures(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    date_from: From = None,
    date_to: To = None,
    by: Split = None,
    measure: Keys = None,
    center: Centers = None,
    category: Categories = None,
    format: As = "json",
) -> None:
    """Alle nøgletal med grundlag, udfald, andel og usikkerhed."""
    with _in_danish():
        assessed, cut = _assessed(as_of, known_at, date_from, date_to, center, category, by)
        hidden = ["audit_low", "audit_high", *(() if by == "age" else ("age",))]
        frame = assess.figures(assessed, cut, by).drop(hidden)
        _write(_only(frame, measure).with_columns(pl.col("month").dt.strftime("%Y-%m")), format)


@app.command("deviations")
def deviations(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    date_from: From = None,
    date_to: To = None,
    by: Split = None,
    measure: Keys = None,
    center: Centers = None,
    category: Categories = None,
    format: As = "json",
) -> None:
    """De enkelte sager bag tallene: for sent, overskredet, ikke dokumenteret."""
    with _in_danish():
        assessed, cut = _assessed(as_of, known_at, date_from, date_to, center, category, by)
        rows = _only(assess.deviations(assessed, cut, by), measure).select(
            "measure",
            "center",
            "category",
            "on",
            "due",
            "done",
            "outcome",
            case="case_id",
            days_over="days",
        )
        order = ["measure", "case", "center", "category", "on", "due", "done", "outcome", "days_over"]
        _write(rows.select(order), format)


@app.command("due-soon")
def due_soon(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    days: Annotated[int, typer.Option(min=0, max=soon.FORTNIGHT, help="Så mange dage frem.")] = soon.FORTNIGHT,
    measure: Keys = None,
    center: Centers = None,
    category: Categories = None,
    format: As = "json",
) -> None:
    """De frister, der forfalder i dag og de næste dage, og som ikke er nået endnu."""
    with _in_danish():
        assessed, cut = _assessed(as_of, known_at, None, None, center, category, None)
        rows = _only(soon.due_soon(assessed, cut, days), measure)
        _write(rows.select("measure", "center", "team", "due", "days_left", case="case_id"), format)


@app.command("digest")
def digest_(
    center: Annotated[str | None, typer.Option("--center", help="Kun dette center. Uden: hele kommunen.")] = None,
    days: Annotated[int, typer.Option(min=1, max=soon.FORTNIGHT, help="Så mange dage frem.")] = soon.WEEK,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FIL", help="Skriv teksten i en fil. Uden: til standard output.")
    ] = None,
) -> None:
    """Ugens tekst til en mail: hvad der forfalder, er nyt og stikker ud. Kun antal; emnet står først."""
    with _in_danish(), _database() as engine:
        if tables.newest_extract(engine) is None:
            raise database.DatabaseUnavailable(EMPTY)
        _known("--center", [center] if center else None, tables.centers(engine))
        text = digest.week(engine, tables.FULL_SCOPE, center, days)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError:
        raise typer.BadParameter("Filen kan ikke skrives. Se efter, om mappen findes.", param_hint="--out") from None


@app.command("measures")
def measures(format: As = "json") -> None:
    """Kataloget: hvert nøgletal med regel, grundlag, lovhjemmel og sammenligningstal."""
    rows = catalogue.as_rows()
    if format == "json":
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1, default=str) + "\n")
    else:
        flat = [{key: value for key, value in row.items() if isinstance(value, str | bool)} for row in rows]
        sys.stdout.write(pl.DataFrame(flat).write_csv())


@app.command("import")
def import_(
    delivery: Annotated[Path, typer.Argument(metavar="MAPPE_ELLER_XLSX", help="Leverancen.")],
    source: Annotated[str, typer.Option(help="Navnet på en mapping, fx contract eller jobfokus.")] = "contract",
    extract_date: Annotated[Day, _day("--extract-date", "Udtræksdato. Uden: datoen i navnet, ellers i dag.")] = None,
    allow_rejections: Annotated[
        bool, typer.Option("--allow-rejections", help="Indlæs, selv om over 10 % af en tabel afvises.")
    ] = False,
    allow_withdrawals: Annotated[
        bool, typer.Option("--allow-withdrawals", help="Indlæs, selv om over 20 % af en tabel forsvinder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Skriv rapporten som JSON.")] = False,
) -> None:
    """Indlæs en leverance: alt eller intet."""
    drawn = _date(extract_date)
    if drawn and drawn > data_quality.today() + dt.timedelta(days=1):
        raise typer.BadParameter("Udtræksdatoen ligger i fremtiden.", param_hint="--extract-date")
    with _in_danish(), _progress() as progress, _database(create=True) as engine:
        months = retention.kept_months()
        try:
            report = import_delivery(
                engine,
                delivery,
                source=source,
                extract_date=drawn,
                allow_rejections=allow_rejections,
                allow_withdrawals=allow_withdrawals,
                progress=progress,
            )
        except DeliveryRefused as refused:
            if as_json:
                _say(_refusal(refused, delivery))
            else:
                _show_rejections(refused.rejections, "Få dem alle med --json.")
            raise
        if as_json:
            _say(report.as_dict())
        else:
            _show(report)
        _tell_past_limit(engine, months)


@app.command("intake")
def intake_(
    inbox: Annotated[Path, typer.Argument(metavar="INDBAKKE", help="Mappen, som leverancerne lægges i.")],
    source: Annotated[str, typer.Option(help="Navnet på en mapping, fx contract eller jobfokus.")] = "contract",
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=0, help="Så mange dage gemmes filerne, efter at de er læst ind.")
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Skriv rapporterne som JSON, én linje for hver.")] = False,
) -> None:
    """Indlæs det, der ligger klar i en indbakke, og slet de gamle filer. Status 1, hvis noget kræver et menneske."""
    said: list[dict[str, Any]] = []

    def say(line: dict[str, Any]) -> None:
        said.append(line)
        if as_json:
            _say(line)

    status = 1
    try:
        with _in_danish():
            status = _take_in_from(inbox, source, keep_days, say, None if as_json else _show)
    finally:
        try:
            intake.write_report(said, status)
        except OSError as error:
            status = 1
            _complain(f"Rapporten i {intake.REPORT} kan ikke skrives ({error.strerror}).")
    raise typer.Exit(status)


def _take_in_from(
    inbox: Path,
    source: str,
    keep_days: int,
    say: Callable[[dict[str, Any]], None],
    show: Callable[[Report], None] | None,
) -> int:
    """Take in what is ready, the oldest first; 1: somebody must see to something, which has been said."""
    now, faults = dt.datetime.now(dt.UTC), []

    def fault(message: str) -> None:
        faults.append(message)
        _complain(message)

    try:
        with intake.alone(inbox):
            gone, left = intake.delete_old(inbox, keep_days, now)
            if gone:
                _tell(f"Slettet: {texts.counts(gone, 'leverances filer', 'leverancers filer')}.")
            found = intake.look(inbox, now, data_quality.today())
            if found.waiting:
                _tell(f"Venter til næste gang, fordi det lige er ændret: {', '.join(found.waiting)}.")
            for message in (*found.odd, *(f"{name} i {intake.DONE} kan ikke slettes. Ret ejer." for name in left)):
                fault(message)
                say({"problem": message})
            with _database(create=True) as engine:
                months = retention.kept_months()
                for delivery in found.ready:
                    taken, report = _taken_in(engine, delivery, source)
                    if isinstance(report, DeliveryRefused):
                        say(_refusal(report, taken))
                        fault(f"{spoken(taken.name)} bliver liggende. Ret den, eller tag den ud. {report}")
                        continue
                    say(report.as_dict())
                    if show:
                        show(report)
                    try:
                        intake.put_away(taken, now)
                    except OSError as error:
                        fault(
                            f"{report.delivery} er læst ind, men kan ikke flyttes til {intake.DONE} ({error.strerror})."
                        )
                _tell_past_limit(engine, months)
    except BlockingIOError:
        fault("Indbakken bliver læst ind af en anden kørsel. Vent, til den er færdig.")
    except OSError as error:
        raise typer.BadParameter(f"Indbakken kan ikke bruges ({error.strerror}).", param_hint="INDBAKKE") from None
    return 1 if faults else 0


def _taken_in(engine: Any, delivery: Path, source: str) -> tuple[Path, Report | DeliveryRefused]:
    """Where a delivery lies now, and what taking it in did; whatever goes wrong with it is its refusal."""
    try:
        taken = intake.take(delivery)
    except OSError as error:
        reason = f"Den kan ikke flyttes ({error.strerror}). Den skal ejes af den bruger, der kører indlæsningen."
        return delivery, DeliveryRefused([reason])
    try:
        return taken, import_delivery(engine, taken, source=source)
    except DeliveryRefused as refused:
        return intake.give_back(taken), refused
    except (Exception, pl.exceptions.PanicException) as error:
        return intake.give_back(taken), DeliveryRefused([_unforeseen(error)])


RoundFile = Annotated[Path, typer.Argument(metavar="FIL", help="Én CSV- eller xlsx-fil.")]


@app.command("survey")
def survey(file: RoundFile) -> None:
    """Læs en ungeundersøgelse ind: hvor mange der blev spurgt, og hvad de svarede."""
    _take_in(file, "survey")


@app.command("costs")
def costs(file: RoundFile) -> None:
    """Læs en opgørelse af udgifter ind: hvad hver art tilbud har kostet."""
    _take_in(file, "cost")


def _take_in(file: Path, kind: rounds.Kind) -> None:
    with _in_danish(), _database(create=True) as engine:
        taken = rounds.take_in(engine, tables.FULL_SCOPE, file, kind)
    if not taken.new:
        _tell(f"»{taken.title}« er læst ind før med præcis den fil. Intet er ændret.")
    elif taken.version == 1:
        _tell(f"Gemt: »{taken.title}«.")
    else:
        _tell(f"Gemt: »{taken.title}«, udgave {taken.version}. De tidligere udgaver er bevaret.")


@app.command("demo")
def demo_(
    size: Annotated[Size, typer.Option(help="Hvor stor en kommune.")] = "rebild",
    seed: Annotated[int, typer.Option(help="Samme tal giver samme kommune.")] = 1,
    folder: Annotated[Path, typer.Option(help="Hvor leverancerne skrives.")] = Path("var/demo"),
) -> None:
    """Lav en demokommune: skriv dens leverancer og indlæs dem."""
    with _in_danish():
        _make_demo(size, seed, folder)


@app.command("purge")
def purge(
    months: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=retention.MOST_MONTHS,
            help=f"Slet sager, der er afsluttet for flere måneder siden. Uden: {retention.CASE_MONTHS}.",
        ),
    ] = None,
    case: Annotated[
        str | None, typer.Option(metavar="SAGSNUMMER", help="Slet alle sager om den person, sagen handler om.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Slet dem. Uden: vis kun, hvad der ville blive slettet.")] = False,
) -> None:
    """Slet sager for altid: dem, der er over slettefristen, eller alle om én person."""
    if months is not None and case is not None:
        raise typer.BadParameter("Vælg en af dem: --months eller --case.", param_hint="--case")
    with _in_danish(), _database() as engine:
        if case is not None:
            due = retention.of_person(engine, tables.FULL_SCOPE, case)
            found, nothing = "om den samme person", "Sagen er allerede slettet."
        else:
            months = months or retention.kept_months()
            if months is None:
                raise typer.BadParameter(f"Angiv den, eller sæt {retention.CASE_MONTHS}.", param_hint="--months")
            due = retention.past_limit(engine, tables.FULL_SCOPE, months)
            found, nothing = f"afsluttet for mere end {_months(months)} siden", "Ingen sager er over slettefristen."
        _tell(f"{_cases(due)} {found}. Efter afslutningsår: {_years(due)}." if due.cases else nothing)
        if yes:
            retention.purge(engine, tables.FULL_SCOPE, due)
            if kept.folder(engine) is None:
                _tell(f"Serverens gemte tal er ikke rørt, for {kept.KEPT} er ikke sat her. Slet dem, hvor den er.")
    if due.cases:
        _tell(
            "De er slettet. De står stadig i kildesystemet, i leverancernes filer, i hentede filer og i "
            "sikkerhedskopier: slet dem også der."
            if yes
            else "Intet er slettet. Slet dem for altid med --yes."
        )


@app.command("backup")
def backup_(
    file: Annotated[Path, typer.Argument(metavar="FIL", help="En ny fil. Den rummer sager: kryptér den bagefter.")],
) -> None:
    """Tag en kopi af hele databasen, som den er, også mens den bruges, og se efter, at den er hel."""
    with _in_danish():
        url = database.database_url()
        engine = database.connect(url)  # never upgraded first: this copy may be the way back
        try:
            counts = backup.backup(engine, url, file)
        finally:
            engine.dispose()
    _tell(f"{file.name} er en hel kopi: {_rows(counts)}.")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FIL", help="En kopi, som `ungeoverblik backup` har lavet.")],
) -> None:
    """Lav databasen igen af en kopi, hvor der ingen database er; intet bliver overskrevet."""
    with _in_danish():
        counts = backup.restore(database.database_url(), file)
    _tell(f"Genskabt: {_rows(counts)}.")
    _tell(
        "Alle logger ind igen. Kør de sletninger igen, der er sket siden kopien, og se adgangene efter med "
        "`ungeoverblik access list`. PostgreSQL: kør `ungeoverblik database allow ROLLE`."
    )


@app.command("start")
def start(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port på denne maskine.")] = 8501,
    size: Annotated[Size, typer.Option(help="Demokommunens størrelse, hvis databasen er tom.")] = "rebild",
) -> None:
    """Start overblikket. Er der ingen SQLite-database endnu, laves en demokommune først."""
    from ui import safety  # with Streamlit behind it, which no other command waits for

    safety.as_streamlit_run(ROOT / "server.py")
    safety.refuse_unsafe(ROOT / "server.py")
    with _in_danish():
        # a PostgreSQL database that is still empty waits for its first real delivery
        if not _has_data() and database.database_url().get_backend_name() == "sqlite":
            _make_demo(size, 1, Path("var/demo"))
    aside.print(f"Åbn http://localhost:{port} i en browser. Stop med Ctrl+C.")
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "server.py"), f"--server.port={port}"]
    try:
        raise typer.Exit(subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command("docs")
def docs(
    check: Annotated[bool, typer.Option("--check", help="Skriv intet; fejl, hvis noget er forældet.")] = False,
) -> None:
    """Skriv de genererede dele af docs/ (kataloget og leverancens tabeller)."""
    stale = catalogue.write_docs(ROOT / "docs", check=check)
    for name in stale:
        aside.print(f"docs/{name} er {'forældet: kør `ungeoverblik docs`' if check else 'skrevet'}.")
    raise typer.Exit(1 if check and stale else 0)


@log_app.command("verify")
def log_verify(
    anchors: Annotated[
        Path | None, typer.Option("--anchors", metavar="FIL", help="Ankrene, som `log anchor` har skrevet.")
    ] = None,
) -> None:
    """Se efter, om loggen er hel. Status 1, hvis noget er ændret, slettet eller føjet til."""
    with _in_danish(), _database() as engine:
        findings = audit.verify(engine, anchors)
    for finding in findings[:SHOWN]:
        _tell(finding)
    if (more := len(findings) - SHOWN) > 0:
        aside.print(f"… og {texts.number(more)} fund til.")
    if findings:
        raise typer.Exit(1)
    aside.print(
        "Loggen er hel." if anchors else "Loggen hænger sammen. Kun med --anchors ses det, om slutningen mangler."
    )


@log_app.command("anchor")
def log_anchor(
    folder: Annotated[Path, typer.Option(help="En mappe, som databasens brugere ikke kan skrive i.", metavar="MAPPE")],
) -> None:
    """Skriv i en fil uden for databasen, hvor loggen slutter. Kør den hver dag."""
    with _in_danish(), _database() as engine:
        audit.anchor(engine, folder)


@log_app.command("extract")
def log_extract(
    case: Annotated[str, typer.Argument(metavar="SAGSNUMMER", help="Sagen, som borgeren spørger til.")],
    format: As = "json",
) -> None:
    """Hvornår og hvorfor der er set på en sag: tidspunkt, formål og handling, uden navn på den ansatte."""
    with _in_danish(), _database() as engine:
        looks = audit.extract(engine, tables.FULL_SCOPE, case)
    _write(
        looks.select(
            _local("at"),
            pl.col("purpose").replace(audit.PURPOSES),
            pl.col("action").replace(audit.ACTIONS),
        ),
        format,
    )


@log_app.command("purge")
def log_purge() -> None:
    """Slet de poster i loggen, der er ældre end UNGEOVERBLIK_LOG_DAYS (365 dage, hvis den ikke er sat)."""
    with _in_danish(), _database() as engine:
        gone = audit.purge(engine, tables.FULL_SCOPE)
    aside.print(f"Slettet: {texts.number(gone)} poster.")


@access_app.command("list")
def access_list(format: As = "json") -> None:
    """Hvem der har adgang nu, og hvem der er spærret."""
    with _in_danish(), _database() as engine:
        standing = grants.standing(engine, tables.FULL_SCOPE)
    fields = ("number", "claim", "value", "role", "center", "granted_at", "granted_by")
    schema = pl.Schema(
        {field: pl.String() for field in fields} | {"number": pl.Int64(), "granted_at": pl.Datetime("us", "UTC")}
    )
    rows = pl.DataFrame([tuple(getattr(each, field) for field in fields) for each in standing], schema, orient="row")
    _write(rows.with_columns(_local("granted_at")), format)


@access_app.command("grant")
def access_grant(
    claim: Annotated[str, typer.Option(help="Oplysningens navn i login, fx roles, groups eller email.")],
    value: Annotated[str, typer.Option(help="Værdien, helt som den står i login.")],
    role: Annotated[Role, typer.Option(help="Rollen; blocked spærrer.")],
    center: Annotated[str | None, typer.Option(help="Afdelingslederens center.")] = None,
) -> None:
    """Giv en rolle til alle, hvis login siger værdien; eller spær dem. Sådan får den første administrator adgang."""
    with _in_danish(), _database(create=True) as engine:
        granted = grants.grant(engine, tables.FULL_SCOPE, claim=claim, value=value, role=role, center=center)
    _tell(f"Nr. {granted.number}: {users.named(granted)}.")


@access_app.command("revoke")
def access_revoke(
    number: Annotated[
        int, typer.Argument(min=1, max=2**31 - 1, metavar="NUMMER", help="Adgangens nummer fra `access list`.")
    ],
) -> None:
    """Fjern en adgang eller en spærring, også den sidste administrators."""
    with _in_danish(), _database() as engine:
        grants.revoke(engine, tables.FULL_SCOPE, number)
    aside.print(f"Fjernet: nr. {number}.")


@database_app.command("allow")
def database_allow(
    role: Annotated[str, typer.Argument(metavar="ROLLE", help="En rolle, der findes i PostgreSQL.")],
) -> None:
    """Opgrader databasen, og giv serverens rolle lige det, den skal bruge. Køres af den, der ejer databasen."""
    with _in_danish(), _database() as engine:
        roles.allow(engine, role)
    _tell(f"Rollen {role} kan vise data og intet andet.")


def _rows(counts: backup.Counts) -> str:
    return f"{texts.counts(sum(counts.values()), 'række', 'rækker')} i {len(counts)} tabeller"


def _cases(due: retention.Due) -> str:
    return "1 sag" if len(due.cases) == 1 else f"{texts.number(len(due.cases))} sager"


def _months(months: int) -> str:
    return "1 måned" if months == 1 else f"{texts.number(months)} måneder"


def _years(due: retention.Due) -> str:
    return ", ".join(f"{year or 'ikke afsluttet'}: {texts.number(count)}" for year, count in due.years().items())


def _tell_past_limit(engine: Any, months: int | None) -> None:
    due = retention.past_limit(engine, tables.FULL_SCOPE, months) if months else None
    if months and due and due.cases:
        _tell(f"{_cases(due)} er over slettefristen på {_months(months)}. Se og slet dem med `ungeoverblik purge`.")


def _complain(message: str) -> None:
    aside.print(message, style="red", markup=False, highlight=False, soft_wrap=True)


def _tell(message: str) -> None:
    aside.print(message, markup=False, highlight=False, soft_wrap=True)


@app.command("publish")
def publish(
    month: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m"], metavar="ÅÅÅÅ-MM", help="Måneden. Uden: den nyeste, der er slut."),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Begrundelse for at rette en måned, der er offentliggjort: en ny version ved siden af.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Offentliggør intet; fejl, hvis noget offentliggjort er ændret.")
    ] = False,
) -> None:
    """Offentliggør en måneds tal til styregruppen: det, der kan sige noget om enkelte unge, bliver skjult."""
    if check and (month or reason):
        raise typer.BadParameter("Kontrollen gælder alt, hvad der er offentliggjort.", param_hint="--check")
    with _in_danish(), _database() as engine:
        newest = tables.newest_extract(engine)
        if newest is None:
            raise database.DatabaseUnavailable(EMPTY)
        if check:
            raise typer.Exit(_check_published(engine))
        done = publishing.publish_month(
            engine,
            tables.FULL_SCOPE,
            _date(month) or publishing.whole_months(newest, 1)[0],
            moved.reader(engine, tables.FULL_SCOPE),
            view_date=newest,
            delivery=tables.import_number(engine, None),
            centers=tables.centers(engine),
            reason=reason,
        )
        cells = publications.cells(engine, tables.FULL_SCOPE, done.month)
    said = "er offentliggjort" if done.version == 1 else f"er rettet: version {done.version} er offentliggjort"
    _tell(f"Tallene for {texts.month(done.month)} {said}. {published.hidden_words(cells)}")


@app.command("report")
def report_(
    month: Annotated[dt.datetime, typer.Option(formats=["%Y-%m"], metavar="ÅÅÅÅ-MM", help="En offentliggjort måned.")],
    out: Annotated[Path, typer.Option("--out", metavar="MAPPE", help="Hvor filerne lægges.")],
    kind: Annotated[
        ReportKind,
        typer.Option(help="month: månedens materiale · half-year: nøgletalsrapport · year: ved siden af revisionen."),
    ] = "month",
) -> None:
    """Lav styregruppens materiale for en offentliggjort måned: PDF, PowerPoint og Excel med de samme tal."""
    from ui.report import files  # what sets and draws takes a second to load

    with _in_danish(), _progress() as progress, _database() as engine:
        progress(0, 1, "Læser, hvad der er offentliggjort")
        pack = compose.pack(engine, tables.FULL_SCOPE, month.date(), kind=REPORTS[kind])
        paths = files.write(pack, out, progress)
    for path in paths:
        _tell(f"Skrevet: {path}")


def _check_published(engine: Any) -> int:
    """Say what is no longer as it was published, and what comes out otherwise when it is judged again.

    Every version must be as it was; of a month only the newest is judged again. Status 1 when something was changed, or
    comes out otherwise without enough reason. What a deletion or a rule explains is told, and is no fault.
    """
    scope, read = tables.FULL_SCOPE, moved.reader(engine, tables.FULL_SCOPE)
    found, known = list(publications.broken(engine, scope)), list[str]()
    done = publications.versions(engine, scope)
    for each in {each.month: each for each in done}.values():
        name = f"{texts.sentence(texts.month(each.month))}, version {each.version}"
        for difference in publishing.recomputed(
            each,
            publications.cells(engine, scope, each.month, version=each.version),
            publications.counts(engine, scope, each.month, each.version),
            read(each.view_date, each.delivery, (publications.last_day(each.month),)),
            purged=publications.purged_since(engine, scope, each.published_at),
        ):
            lines = known if difference.explained else found
            lines.append(f"{name}: {publishing.difference_words(difference)}")
    for lines, kind in ((found, "fund"), (known, "forklarede tal")):
        for line in lines[:SHOWN]:
            _tell(line)
        if (more := len(lines) - SHOWN) > 0:
            aside.print(f"… og {texts.number(more)} {kind} til.")
    if not found:
        checked = texts.counts(len(done), "udgivelse", "udgivelser")
        again = f"{texts.counts(len(known), 'tal', 'tal')} regnes anderledes nu, og det er forklaret" if known else ""
        _tell(f"{checked} er kontrolleret: intet er ændret, og {again or 'tallene kan genskabes'}.")
    return 1 if found else 0


def _has_data() -> bool:
    """Whether there is a database with a delivery in it; a database that cannot be reached is an error."""
    try:
        with _database() as engine:
            return database.data_version(engine) > 0
    except database.DatabaseMissing:
        return False


def _environment() -> dict[str, str]:
    """What the server process gets: the same database, also when the command was not run in the project folder."""
    return os.environ | {database.DATABASE_URL: database.database_url().render_as_string(hide_password=False)}


def _make_demo(size: Size, seed: int, folder: Path) -> None:
    with _progress() as progress, _database(create=True) as engine:
        demo.make_demo(engine, folder, size=size, seed=seed, progress=progress)
        _publish_as_delivered(engine, progress)
        demo_decisions.comment(engine, demo.AUTHOR)
        _review(engine, progress)
    aside.print("Demokommunen er klar. Alle personer og sager er opdigtede.")


def _publish_as_delivered(engine: Any, progress: Any) -> None:
    """Publish the demo's months as they were known: each from the first delivery that was drawn when it was over."""
    scope = tables.FULL_SCOPE
    # what is now to one month is then to the next
    read = cast(moved.Read, lru_cache(maxsize=4)(moved.reader(engine, scope)))
    drawn = deliveries.imports(engine, scope).sort("import_id").select("import_id", "extract_date").rows()
    months = publishing.whole_months(drawn[-1][1])[::-1]
    for done, month in enumerate(months):
        progress(done, len(months), "Offentliggør måneder")
        delivery, view_date = next((number, day) for number, day in drawn if day >= publications.last_day(month))
        publishing.publish_month(
            engine,
            scope,
            month,
            read,
            view_date=view_date,
            delivery=delivery,
            centers=tables.centers(engine),
        )


def _review(engine: Any, progress: Any) -> None:
    """Two sampled reviews of the demo's cases: one of some months ago that is finished, and one that has begun."""
    drawn = deliveries.imports(engine, tables.FULL_SCOPE).sort("import_id").select("import_id", "extract_date").rows()
    for done, ((delivery, view_date), size, share) in enumerate(((drawn[-4:][0], 40, 1.0), (drawn[-1], 40, 0.6))):
        progress(done, 2, "Læser sager til ledelsestilsyn")
        asked = sample.Asked(AUDITED, assess.Cut(assess.year_before(view_date), view_date), "center")
        known = assess.assess(tables.read(engine, tables.FULL_SCOPE, delivery), view_date)
        title, seed = f"Ledelsestilsyn {texts.month(view_date)}", int(f"{view_date:%Y%m%d}")
        drawing = {"delivery": delivery, "title": title, "size": size, "seed": seed, "second_share": 0.5}
        demo_reviews.review(engine, sample.define(engine, demo.AUTHOR, known, asked, **drawing), share)


def _assessed(
    as_of: dt.datetime | None,
    known_at: dt.datetime | None,
    date_from: dt.datetime | None,
    date_to: dt.datetime | None,
    centers: list[str] | None,
    categories: list[str] | None,
    by: By | None,
) -> tuple[assess.Assessed, assess.Cut]:
    with _database() as engine:
        newest = tables.newest_extract(engine)
        if newest is None:
            raise database.DatabaseUnavailable(EMPTY)
        _known("--center", centers, tables.centers(engine))
        _known("--category", categories, CATEGORIES)
        known = tables.read(engine, tables.FULL_SCOPE, _date(known_at))
    view_date = _date(as_of) or newest
    last = _date(date_to) or view_date
    first = _date(date_from) or assess.year_before(last)
    if first > last:
        raise typer.BadParameter("Periodens første dag ligger efter dens sidste.", param_hint="--from")
    cut = assess.Cut(
        first, last, centers=tuple(centers) if centers else None, categories=tuple(categories) if categories else None
    )
    return assess.assess(known, view_date, assess.stock_days(cut, view_date, by)), cut


def _known(option: str, asked: list[str] | None, known: Iterable[str]) -> None:
    """A word that is misspelt would else read as "no deviations"."""
    if unknown := sorted(set(asked or ()) - set(known)):
        raise typer.BadParameter(f"Kendes ikke: {', '.join(unknown)}. Kendte: {', '.join(known)}.", param_hint=option)


def _only(frame: pl.DataFrame, keys: list[str] | None) -> pl.DataFrame:
    known = {measure.key for measure in MEASURES}
    if keys is None:
        return frame
    if unknown := sorted(set(keys) - known):
        raise typer.BadParameter(f"Ukendt nøgletal: {', '.join(unknown)}. Se `ungeoverblik measures`.")
    return frame.filter(pl.col("measure").is_in(keys))


def _local(column: str) -> pl.Expr:
    """A moment in UTC as Danish time in ISO."""
    return pl.col(column).dt.convert_time_zone("Europe/Copenhagen").dt.strftime("%Y-%m-%dT%H:%M:%S%:z")


def _write(frame: pl.DataFrame, format: Format) -> None:
    if format == "csv":
        sys.stdout.write(frame.write_csv())
    else:
        _say(frame.to_dicts())


def _say(values: Any) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")


def _refusal(refused: DeliveryRefused, delivery: Path) -> dict[str, Any]:
    bad_rows = [asdict(row) for row in refused.rejections]
    return {"refused": True, "delivery": spoken(delivery.name), "problems": refused.problems, "rejections": bad_rows}


def _unforeseen(error: BaseException) -> str:
    """What may be said of an error that nobody foresaw: its text may quote a case."""
    return f"Der skete en uventet fejl ({type(error).__name__}). Fejlnummer: {server_log.failed(error)}."


def _show(report: Report) -> None:
    title = f"Leverance {report.number}: {report.delivery}, udtrukket {texts.date(report.extract_date)}"
    table = Table(title=title, title_justify="left")
    for heading in ("Tabel", "Fil", "Nye", "Ændrede", "Udgåede", "Uændrede", "Afviste"):
        table.add_column(heading, justify="left" if heading in ("Tabel", "Fil") else "right")
    for taken in report.tables:
        counts = (taken.new, taken.changed, taken.withdrawn, taken.unchanged, taken.rejected)
        table.add_row(taken.table, taken.file, *(texts.number(count) for count in counts))
    aside.print(table)
    for note in report.notes:
        aside.print(note, markup=False, soft_wrap=True)
    _show_rejections(report.rejections, "Se siden Datagrundlag.")


def _show_rejections(rejections: Sequence[RejectedRow], all_of_them: str) -> None:
    for rejection in rejections[:SHOWN]:
        aside.print(
            f"{rejection.file}, række {rejection.row}, {rejection.column}: {rejection.reason} {rejection.advice}",
            markup=False,
            soft_wrap=True,
        )
    if (more := len(rejections) - SHOWN) > 0:
        aside.print(f"… og {texts.number(more)} fejl til. {all_of_them}")


@contextmanager
def _database(*, create: bool = False) -> Iterator[Any]:
    """The configured database with the newest schema, closed afterwards."""
    engine = database.connect(create=create)
    try:
        database.upgrade(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _progress() -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=aside, transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, label: str) -> None:
            bar.update(task, completed=done, total=total, description=label)

        yield report


@contextmanager
def _in_danish() -> Iterator[None]:
    """Turn what a user can do something about into one Danish message and exit status 1."""
    try:
        yield
    except (
        database.DatabaseUnavailable,
        DeliveryRefused,
        demo.DemoRefused,
        audit.LogRefused,
        backup.BackupRefused,
        roles.RoleRefused,
        grants.InvalidGrant,
        retention.PurgeRefused,
        publications.PublicationRefused,
        rounds.RoundRefused,
        NoReport,
    ) as error:
        _complain(str(error))
        raise typer.Exit(1) from None


def _date(moment: dt.datetime | None) -> dt.date | None:
    return moment.date() if moment else None


def main() -> None:
    """Entry point of the `ungeoverblik` command. Like the server's log, what it writes holds no text of an error."""
    server_log.keep_case_data_out()
    try:
        app()
    except (Exception, pl.exceptions.PanicException) as error:
        _complain(_unforeseen(error))
        raise SystemExit(1) from None
