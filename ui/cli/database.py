"""Keeping the database: its copies, what is deleted for good, and who the server is in PostgreSQL."""

from pathlib import Path
from typing import Annotated, Any

import typer

from data_access import backup, database, kept, retention, roles, tables
from ui import texts
from ui.cli.terminal import in_danish, opened_database, tell

app = typer.Typer()


database_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Databasens roller: hvem serveren er i PostgreSQL."
)


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
    with in_danish(), opened_database() as engine:
        if case is not None:
            due = retention.of_person(engine, tables.FULL_SCOPE, case)
            found, nothing = "om den samme person", "Sagen er allerede slettet."
        else:
            months = months or retention.kept_months()
            if months is None:
                raise typer.BadParameter(f"Angiv den, eller sæt {retention.CASE_MONTHS}.", param_hint="--months")
            due = retention.past_limit(engine, tables.FULL_SCOPE, months)
            found, nothing = f"afsluttet for mere end {_months(months)} siden", "Ingen sager er over slettefristen."
        tell(f"{_cases(due)} {found}. Efter afslutningsår: {_years(due)}." if due.cases else nothing)
        if yes:
            retention.purge(engine, tables.FULL_SCOPE, due)
            if kept.folder(engine) is None:
                tell(f"Serverens gemte tal er ikke rørt, for {kept.KEPT} er ikke sat her. Slet dem, hvor den er.")
    if due.cases:
        tell(
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
    with in_danish():
        url = database.database_url()
        engine = database.connect(url)  # never upgraded first: this copy may be the way back
        try:
            counts = backup.backup(engine, url, file)
        finally:
            engine.dispose()
    tell(f"{file.name} er en hel kopi: {_rows(counts)}.")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FIL", help="En kopi, som `ungeoverblik backup` har lavet.")],
) -> None:
    """Lav databasen igen af en kopi, hvor der ingen database er; intet bliver overskrevet."""
    with in_danish():
        counts = backup.restore(database.database_url(), file)
    tell(f"Genskabt: {_rows(counts)}.")
    tell(
        "Alle logger ind igen. Kør de sletninger igen, der er sket siden kopien, og se adgangene efter med "
        "`ungeoverblik access list`. PostgreSQL: kør `ungeoverblik database allow ROLLE`."
    )


@database_app.command("allow")
def database_allow(
    role: Annotated[str, typer.Argument(metavar="ROLLE", help="En rolle, der findes i PostgreSQL.")],
) -> None:
    """Opgrader databasen, og giv serverens rolle lige det, den skal bruge. Køres af den, der ejer databasen."""
    with in_danish(), opened_database() as engine:
        roles.allow(engine, role)
    tell(f"Rollen {role} kan vise data og intet andet.")


def tell_past_limit(engine: Any, months: int | None) -> None:
    due = retention.past_limit(engine, tables.FULL_SCOPE, months) if months else None
    if months and due and due.cases:
        tell(f"{_cases(due)} er over slettefristen på {_months(months)}. Se og slet dem med `ungeoverblik purge`.")


def _rows(counts: backup.Counts) -> str:
    return f"{texts.counts(sum(counts.values()), 'række', 'rækker')} i {len(counts)} tabeller"


def _cases(due: retention.Due) -> str:
    return "1 sag" if len(due.cases) == 1 else f"{texts.number(len(due.cases))} sager"


def _months(months: int) -> str:
    return "1 måned" if months == 1 else f"{texts.number(months)} måneder"


def _years(due: retention.Due) -> str:
    return ", ".join(f"{year or 'ikke afsluttet'}: {texts.number(count)}" for year, count in due.years().items())
