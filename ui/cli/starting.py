"""Starting the dashboard, on a demo municipality where there is no database yet; and the generated documents."""

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer

from data_access import database, deliveries, demo, demo_decisions, demo_reviews, tables
from data_access import published as publications
from metrics import assess
from metrics.review import AUDITED
from ui import catalogue, moved, publishing, texts
from ui.cli.terminal import aside, in_danish, opened_database, progress_bar
from ui.review import sample

app = typer.Typer()


Size = Literal["rebild", "viborg", "copenhagen"]


ROOT = Path(__file__).parents[2]


@app.command("demo")
def demo_(
    size: Annotated[Size, typer.Option(help="Hvor stor en kommune.")] = "rebild",
    seed: Annotated[int, typer.Option(help="Samme tal giver samme kommune.")] = 1,
    folder: Annotated[Path, typer.Option(help="Hvor leverancerne skrives.")] = Path("var/demo"),
) -> None:
    """Lav en demokommune: skriv dens leverancer og indlæs dem."""
    with in_danish():
        make_demo(size, seed, folder)


@app.command("start")
def start(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port på denne maskine.")] = 8501,
    size: Annotated[Size, typer.Option(help="Demokommunens størrelse, hvis databasen er tom.")] = "rebild",
) -> None:
    """Start overblikket. Er der ingen SQLite-database endnu, laves en demokommune først."""
    from ui import safety  # with Streamlit behind it, which no other command waits for

    safety.as_streamlit_run(ROOT / "server.py")
    safety.refuse_unsafe(ROOT / "server.py")
    with in_danish():
        # a PostgreSQL database that is still empty waits for its first real delivery
        if not _has_data() and database.database_url().get_backend_name() == "sqlite":
            make_demo(size, 1, Path("var/demo"))
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


def make_demo(size: Size, seed: int, folder: Path) -> None:
    with progress_bar() as progress, opened_database(create=True) as engine:
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


def _has_data() -> bool:
    """Whether there is a database with a delivery in it; a database that cannot be reached is an error."""
    try:
        with opened_database() as engine:
            return database.data_version(engine) > 0
    except database.DatabaseMissing:
        return False


def _environment() -> dict[str, str]:
    """What the server process gets: the same database, also when the command was not run in the project folder."""
    return os.environ | {database.DATABASE_URL: database.database_url().render_as_string(hide_password=False)}
