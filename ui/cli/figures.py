"""Figures, deviations and what falls due, as the pages show them."""

import datetime as dt
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import typer

from data_access import database, tables
from data_access.models import CATEGORIES
from metrics import assess
from metrics import due_soon as soon
from metrics.measures import MEASURES
from ui import catalogue, digest
from ui.cli.terminal import EMPTY, As, Day, date_of, date_option, in_danish, opened_database, write

app = typer.Typer()


By = Literal["month", "center", "category", "age"]


AsOf = Annotated[Day, date_option("--as-of", "Opgjort pr. (V). Uden: den nyeste leverances udtræksdato.")]


KnownAt = Annotated[Day, date_option("--known-at", "Som kendt pr. (K). Uden: alt, hvad der er kendt nu.")]


From = Annotated[Day, date_option("--from", "Periodens første dag. Uden: de 12 måneder op til periodens slut.")]


To = Annotated[Day, date_option("--to", "Periodens sidste dag. Uden: V.")]


Split = Annotated[By | None, typer.Option("--by", help="Del tallene op.")]


Keys = Annotated[list[str] | None, typer.Option("--measure", help="Kun dette nøgletal (kan gentages).")]


Centers = Annotated[list[str] | None, typer.Option("--center", help="Kun dette center (kan gentages).")]


Categories = Annotated[list[str] | None, typer.Option("--category", help="Kun denne visitationskategori.")]


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
    with in_danish():
        assessed, cut = _assessed(as_of, known_at, date_from, date_to, center, category, by)
        hidden = ["audit_low", "audit_high", *(() if by == "age" else ("age",))]
        frame = assess.figures(assessed, cut, by).drop(hidden)
        write(_only(frame, measure).with_columns(pl.col("month").dt.strftime("%Y-%m")), format)


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
    with in_danish():
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
        write(rows.select(order), format)


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
    with in_danish():
        assessed, cut = _assessed(as_of, known_at, None, None, center, category, None)
        rows = _only(soon.due_soon(assessed, cut, days), measure)
        write(rows.select("measure", "center", "team", "due", "days_left", case="case_id"), format)


@app.command("digest")
def digest_(
    center: Annotated[str | None, typer.Option("--center", help="Kun dette center. Uden: hele kommunen.")] = None,
    days: Annotated[int, typer.Option(min=1, max=soon.FORTNIGHT, help="Så mange dage frem.")] = soon.WEEK,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FIL", help="Skriv teksten i en fil. Uden: til standard output.")
    ] = None,
) -> None:
    """Ugens tekst til en mail: hvad der forfalder, er nyt og stikker ud. Kun antal; emnet står først."""
    with in_danish(), opened_database() as engine:
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


def _assessed(
    as_of: dt.datetime | None,
    known_at: dt.datetime | None,
    date_from: dt.datetime | None,
    date_to: dt.datetime | None,
    centers: list[str] | None,
    categories: list[str] | None,
    by: By | None,
) -> tuple[assess.Assessed, assess.Cut]:
    with opened_database() as engine:
        newest = tables.newest_extract(engine)
        if newest is None:
            raise database.DatabaseUnavailable(EMPTY)
        _known("--center", centers, tables.centers(engine))
        _known("--category", categories, CATEGORIES)
        known = tables.read(engine, tables.FULL_SCOPE, date_of(known_at))
    view_date = date_of(as_of) or newest
    last = date_of(date_to) or view_date
    first = date_of(date_from) or assess.year_before(last)
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
