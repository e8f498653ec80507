"""The log of who has looked at what: see that it is whole, anchor it, extract from it, clear it out."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from data_access import audit, tables
from ui import texts
from ui.cli.terminal import SHOWN, As, aside, in_danish, local, opened_database, tell, write

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Loggen over opslag: kontrol, udtræk, oprydning.")


@app.command("verify")
def log_verify(
    anchors: Annotated[
        Path | None, typer.Option("--anchors", metavar="FIL", help="Ankrene, som `log anchor` har skrevet.")
    ] = None,
) -> None:
    """Se efter, om loggen er hel. Status 1, hvis noget er ændret, slettet eller føjet til."""
    with in_danish(), opened_database() as engine:
        findings = audit.verify(engine, anchors)
    for finding in findings[:SHOWN]:
        tell(finding)
    if (more := len(findings) - SHOWN) > 0:
        aside.print(f"… og {texts.number(more)} fund til.")
    if findings:
        raise typer.Exit(1)
    aside.print(
        "Loggen er hel." if anchors else "Loggen hænger sammen. Kun med --anchors ses det, om slutningen mangler."
    )


@app.command("anchor")
def log_anchor(
    folder: Annotated[Path, typer.Option(help="En mappe, som databasens brugere ikke kan skrive i.", metavar="MAPPE")],
) -> None:
    """Skriv i en fil uden for databasen, hvor loggen slutter. Kør den hver dag."""
    with in_danish(), opened_database() as engine:
        audit.anchor(engine, folder)


@app.command("extract")
def log_extract(
    case: Annotated[str, typer.Argument(metavar="SAGSNUMMER", help="Sagen, som borgeren spørger til.")],
    format: As = "json",
) -> None:
    """Hvornår og hvorfor der er set på en sag: tidspunkt, formål og handling, uden navn på den ansatte."""
    with in_danish(), opened_database() as engine:
        looks = audit.extract(engine, tables.FULL_SCOPE, case)
    write(
        looks.select(
            local("at"),
            pl.col("purpose").replace(audit.PURPOSES),
            pl.col("action").replace(audit.ACTIONS),
        ),
        format,
    )


@app.command("purge")
def log_purge() -> None:
    """Slet de poster i loggen, der er ældre end UNGEOVERBLIK_LOG_DAYS (365 dage, hvis den ikke er sat)."""
    with in_danish(), opened_database() as engine:
        gone = audit.purge(engine, tables.FULL_SCOPE)
    aside.print(f"Slettet: {texts.number(gone)} poster.")
