"""The steering group's months: publish one, see that none has changed, make its material."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from data_access import database, tables
from data_access import published as publications
from ui import moved, published, publishing, texts
from ui.cli.terminal import EMPTY, SHOWN, aside, date_of, in_danish, opened_database, progress_bar, tell
from ui.report import compose
from ui.report.pack import Kind

app = typer.Typer()


ReportKind = Literal["month", "half-year", "year"]


REPORTS: Mapping[ReportKind, Kind] = {"month": "month", "half-year": "half_year", "year": "year"}


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
    with in_danish(), opened_database() as engine:
        newest = tables.newest_extract(engine)
        if newest is None:
            raise database.DatabaseUnavailable(EMPTY)
        if check:
            raise typer.Exit(_check_published(engine))
        done = publishing.publish_month(
            engine,
            tables.FULL_SCOPE,
            date_of(month) or publishing.whole_months(newest, 1)[0],
            moved.reader(engine, tables.FULL_SCOPE),
            view_date=newest,
            delivery=tables.import_number(engine, None),
            centers=tables.centers(engine),
            reason=reason,
        )
        cells = publications.cells(engine, tables.FULL_SCOPE, done.month)
    said = "er offentliggjort" if done.version == 1 else f"er rettet: version {done.version} er offentliggjort"
    tell(f"Tallene for {texts.month(done.month)} {said}. {published.hidden_words(cells)}")


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

    with in_danish(), progress_bar() as progress, opened_database() as engine:
        progress(0, 1, "Læser, hvad der er offentliggjort")
        pack = compose.pack(engine, tables.FULL_SCOPE, month.date(), kind=REPORTS[kind])
        paths = files.write(pack, out, progress)
    for path in paths:
        tell(f"Skrevet: {path}")


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
            tell(line)
        if (more := len(lines) - SHOWN) > 0:
            aside.print(f"… og {texts.number(more)} {kind} til.")
    if not found:
        checked = texts.counts(len(done), "udgivelse", "udgivelser")
        again = f"{texts.counts(len(known), 'tal', 'tal')} regnes anderledes nu, og det er forklaret" if known else ""
        tell(f"{checked} er kontrolleret: intet er ændret, og {again or 'tallene kan genskabes'}.")
    return 1 if found else 0
