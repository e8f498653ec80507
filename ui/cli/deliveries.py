"""Taking data in: a delivery, an inbox of them, a survey, the costs."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.table import Table

from data_access import intake, retention, rounds, tables
from data_access.importing import DeliveryRefused, RejectedRow, Report, import_delivery
from data_access.reading import spoken
from ui import data_quality, texts
from ui.cli.database import tell_past_limit
from ui.cli.terminal import (
    SHOWN,
    Day,
    aside,
    complain,
    date_of,
    date_option,
    in_danish,
    opened_database,
    progress_bar,
    tell,
    unforeseen,
    write_json,
)

app = typer.Typer()


ExtractDate = Annotated[Day, date_option("--extract-date", "Udtræksdato. Uden: datoen i navnet, ellers i dag.")]
RoundFile = Annotated[Path, typer.Argument(metavar="FIL", help="Én CSV- eller xlsx-fil.")]


@app.command("import")
def import_(
    delivery: Annotated[Path, typer.Argument(metavar="MAPPE_ELLER_XLSX", help="Leverancen.")],
    source: Annotated[str, typer.Option(help="Navnet på en mapping, fx contract eller jobfokus.")] = "contract",
    extract_date: ExtractDate = None,
    allow_rejections: Annotated[
        bool, typer.Option("--allow-rejections", help="Indlæs, selv om over 10 % af en tabel afvises.")
    ] = False,
    allow_withdrawals: Annotated[
        bool, typer.Option("--allow-withdrawals", help="Indlæs, selv om over 20 % af en tabel forsvinder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Skriv rapporten som JSON.")] = False,
) -> None:
    """Indlæs en leverance: alt eller intet."""
    drawn = date_of(extract_date)
    if drawn and drawn > data_quality.today() + dt.timedelta(days=1):
        raise typer.BadParameter("Udtræksdatoen ligger i fremtiden.", param_hint="--extract-date")
    with in_danish(), progress_bar() as progress, opened_database(create=True) as engine:
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
                write_json(_refusal(refused, delivery))
            else:
                _show_rejections(refused.rejections, "Få dem alle med --json.")
            raise
        if as_json:
            write_json(report.as_dict())
        else:
            _show(report)
        tell_past_limit(engine, months)


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
            write_json(line)

    status = 1
    try:
        with in_danish():
            status = _take_in_from(inbox, source, keep_days, say, None if as_json else _show)
    finally:
        try:
            intake.write_report(said, status)
        except OSError as error:
            status = 1
            complain(f"Rapporten i {intake.REPORT} kan ikke skrives ({error.strerror}).")
    raise typer.Exit(status)


@app.command("survey")
def survey(file: RoundFile) -> None:
    """Læs en ungeundersøgelse ind: hvor mange der blev spurgt, og hvad de svarede."""
    _take_in(file, "survey")


@app.command("costs")
def costs(file: RoundFile) -> None:
    """Læs en opgørelse af udgifter ind: hvad hver art tilbud har kostet."""
    _take_in(file, "cost")


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
        complain(message)

    try:
        with intake.alone(inbox):
            gone, left = intake.delete_old(inbox, keep_days, now)
            if gone:
                tell(f"Slettet: {texts.counts(gone, 'leverances filer', 'leverancers filer')}.")
            found = intake.look(inbox, now, data_quality.today())
            if found.waiting:
                tell(f"Venter til næste gang, fordi det lige er ændret: {', '.join(found.waiting)}.")
            for message in (*found.odd, *(f"{name} i {intake.DONE} kan ikke slettes. Ret ejer." for name in left)):
                fault(message)
                say({"problem": message})
            with opened_database(create=True) as engine:
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
                tell_past_limit(engine, months)
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
        return intake.give_back(taken), DeliveryRefused([unforeseen(error)])


def _take_in(file: Path, kind: rounds.Kind) -> None:
    with in_danish(), opened_database(create=True) as engine:
        taken = rounds.take_in(engine, tables.FULL_SCOPE, file, kind)
    if not taken.new:
        tell(f"»{taken.title}« er læst ind før med præcis den fil. Intet er ændret.")
    elif taken.version == 1:
        tell(f"Gemt: »{taken.title}«.")
    else:
        tell(f"Gemt: »{taken.title}«, udgave {taken.version}. De tidligere udgaver er bevaret.")


def _refusal(refused: DeliveryRefused, delivery: Path) -> dict[str, Any]:
    bad_rows = [asdict(row) for row in refused.rejections]
    return {"refused": True, "delivery": spoken(delivery.name), "problems": refused.problems, "rejections": bad_rows}


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
