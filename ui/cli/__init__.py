"""The `ungeoverblik` command: take a delivery in, read figures and deviations, make a demo, start the dashboard.

Figures go to standard output and nothing else does; what a person should read goes to standard error.
Exit status: 0 done, 1 refused or impossible, 2 wrong use.
"""

import polars as pl
import typer

from ui import server_log
from ui.cli import access, database, deliveries, figures, log, months, starting
from ui.cli.terminal import complain, unforeseen

HELP = """Ungeoverblik: læs leverancer ind, hent nøgletal og afvigelser, og start overblikket.

Tal skrives til standard output, og intet andet gør. Status: 0 udført, 1 afvist eller umuligt, 2 forkert brug.
"""

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=HELP)
for module in (starting, deliveries, figures, months, database):
    app.add_typer(module.app)
app.add_typer(log.app, name="log")
app.add_typer(access.app, name="access")
app.add_typer(database.database_app, name="database")


def main() -> None:
    """Entry point of the `ungeoverblik` command. Like the server's log, what it writes holds no text of an error."""
    server_log.keep_case_data_out()
    try:
        app()
    except (Exception, pl.exceptions.PanicException) as error:
        complain(unforeseen(error))
        raise SystemExit(1) from None
