"""Who has which role, after what the sign-in says."""

from typing import Annotated, Literal

import polars as pl
import typer

from data_access import grants, tables
from ui import users
from ui.cli.terminal import As, aside, in_danish, local, opened_database, tell, write

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Adgang: hvem der har hvilken rolle, efter hvad login siger."
)


Role = Literal["head", "steering", "coordinator", "administrator", "protection", "blocked"]


@app.command("list")
def access_list(format: As = "json") -> None:
    """Hvem der har adgang nu, og hvem der er spærret."""
    with in_danish(), opened_database() as engine:
        standing = grants.standing(engine, tables.FULL_SCOPE)
    fields = ("number", "claim", "value", "role", "center", "granted_at", "granted_by")
    schema = pl.Schema(
        {field: pl.String() for field in fields} | {"number": pl.Int64(), "granted_at": pl.Datetime("us", "UTC")}
    )
    rows = pl.DataFrame([tuple(getattr(each, field) for field in fields) for each in standing], schema, orient="row")
    write(rows.with_columns(local("granted_at")), format)


@app.command("grant")
def access_grant(
    claim: Annotated[str, typer.Option(help="Oplysningens navn i login, fx roles, groups eller email.")],
    value: Annotated[str, typer.Option(help="Værdien, helt som den står i login.")],
    role: Annotated[Role, typer.Option(help="Rollen; blocked spærrer.")],
    center: Annotated[str | None, typer.Option(help="Afdelingslederens center.")] = None,
) -> None:
    """Giv en rolle til alle, hvis login siger værdien; eller spær dem. Sådan får den første administrator adgang."""
    with in_danish(), opened_database(create=True) as engine:
        granted = grants.grant(engine, tables.FULL_SCOPE, claim=claim, value=value, role=role, center=center)
    tell(f"Nr. {granted.number}: {users.named(granted)}.")


@app.command("revoke")
def access_revoke(
    number: Annotated[
        int, typer.Argument(min=1, max=2**31 - 1, metavar="NUMMER", help="Adgangens nummer fra `access list`.")
    ],
) -> None:
    """Fjern en adgang eller en spærring, også den sidste administrators."""
    with in_danish(), opened_database() as engine:
        grants.revoke(engine, tables.FULL_SCOPE, number)
    aside.print(f"Fjernet: nr. {number}.")
