"""The same fourteen figures per centre and month in other engines: DuckDB, PostgreSQL and SQLite, by plain SQL.

    uv run --group bench python -m benchmarks.peers --size M --folder FOLDER

What they count must be equal before a time is compared; if it is not, the script stops. It is a second opinion on the
rules, too: nothing of `metrics` is in the SQL.
"""

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from benchmarks import sizes
from benchmarks.measured import Measured, at_least, not_here
from data_access import tables
from metrics.assess import Assessed, assess, within

FIGURES = (
    "first_interview",
    "test_need_assessed",
    "guidance_225",
    "final_visitation",
    "contact_course",
    "first_offer",
    "cv_available",
    "decided",
    "effectuated",
    "dropout_contact",
    "break_assessed",
    "order_fulfilled",
    "perspective",
    "reasoned",
)
COLUMNS = ("measure", "center", "month", "outcome")
INDEXED = ("interviews", "visitations", "offers", "job_search", "guidance", "no_shows", "education_orders")
MONTH_START = {"sqlite": "date({0}, 'start of month')", "sql": "CAST(date_trunc('month', {0}) AS date)"}


def added(engine: str, day: str, count: int, unit: str) -> str:
    """SQL for a day some days or months later, at the end of a month that is shorter."""
    if engine != "sqlite":
        return f"CAST({day} + INTERVAL '{count} {unit}' AS date)"
    if unit == "days":
        return f"date({day}, '+{count} days')"
    return f"min(date({day}, '+{count} months'), date({day}, 'start of month', '+{count + 1} months', '-1 day'))"


def sql(engine: str, view_date: dt.date, centers: Sequence[str] = ()) -> str:
    """The fourteen figures: measure, center, month, outcome and how many, in the words of one engine."""
    day = f"'{view_date}'" if engine == "sqlite" else f"DATE '{view_date}'"
    month = MONTH_START["sqlite" if engine == "sqlite" else "sql"]

    def date(text: str) -> str:
        return f"'{text}'" if engine == "sqlite" else f"DATE '{text}'"

    def least(*columns: str) -> str:
        far = date("9999-12-31")
        inner = ", ".join(f"coalesce({column}, {far})" for column in columns)
        return f"{'min' if engine == 'sqlite' else 'least'}({inner})"

    def later(column: str, count: int, unit: str) -> str:
        return added(engine, column, count, unit)

    end_of_third = (
        "date(n.missed_on, 'start of month', '+4 months', '-1 day')"
        if engine == "sqlite"
        else "CAST(date_trunc('month', n.missed_on) + INTERVAL '4 months' - INTERVAL '1 day' AS date)"
    )
    law = date("2026-07-01")
    offer_due = (
        f"CASE WHEN first_enquiry_on >= {law} THEN {later('first_enquiry_on', 6, 'months')} "
        f"ELSE {later('first_enquiry_on', 1, 'months')} END"
    )
    chosen = f"AND center IN ({', '.join(repr(center) for center in centers)})" if centers else ""
    ready = "'aabenlyst_uddannelsesparat'"
    return f"""
WITH c AS (
  SELECT case_id, first_enquiry_on, closed_on, center, has_youth_education
  FROM cases WHERE known_to IS NULL AND first_enquiry_on <= {day} {chosen}
), talks AS (
  SELECT i.case_id, i.held_on, row_number() OVER (PARTITION BY i.case_id ORDER BY i.held_on) AS place
  FROM interviews i JOIN c ON c.case_id = i.case_id
  WHERE i.known_to IS NULL AND i.held_on >= c.first_enquiry_on
), talked AS (
  SELECT case_id, min(held_on) AS first_on, max(CASE WHEN place = 4 THEN held_on END) AS fourth_on
  FROM talks WHERE place <= 4 GROUP BY case_id
), visits AS (
  SELECT v.case_id, v.step, v.visited_on, v.category,
    row_number() OVER (PARTITION BY v.case_id, v.step ORDER BY v.visited_on, v.registered_on, v.id) AS place
  FROM visitations v JOIN c ON c.case_id = v.case_id WHERE v.known_to IS NULL
), firsts AS (SELECT case_id, category FROM visits WHERE step = 'foerste' AND place = 1
), finals AS (SELECT case_id, visited_on FROM visits WHERE step = 'endelig' AND place = 1
), offered AS (
  SELECT o.case_id, min(o.start_on) AS start_on FROM offers o JOIN c ON c.case_id = o.case_id
  WHERE o.known_to IS NULL AND o.start_on >= c.first_enquiry_on AND o.start_on <= {day} GROUP BY o.case_id
), cv AS (
  SELECT j.case_id, min(j.registered_at_jobnet_on) AS shown_on FROM job_search j JOIN c ON c.case_id = j.case_id
  WHERE j.known_to IS NULL AND j.kind = 'cv_tilgaengeligt' GROUP BY j.case_id
), guided AS (
  SELECT g.case_id, min(g.guided_on) AS guided_on FROM guidance g JOIN c ON c.case_id = g.case_id
  WHERE g.known_to IS NULL AND g.topic = '225_timer' GROUP BY g.case_id
), each_case AS (
  SELECT c.*, talked.first_on, talked.fourth_on, firsts.category AS first_category, finals.visited_on AS final_on,
    offered.start_on, cv.shown_on, guided.guided_on, t.assessed_on
  FROM c LEFT JOIN talked ON talked.case_id = c.case_id LEFT JOIN firsts ON firsts.case_id = c.case_id
  LEFT JOIN finals ON finals.case_id = c.case_id LEFT JOIN offered ON offered.case_id = c.case_id
  LEFT JOIN cv ON cv.case_id = c.case_id LEFT JOIN guided ON guided.case_id = c.case_id
  LEFT JOIN literacy_tests t ON t.case_id = c.case_id AND t.known_to IS NULL
), deadlines(measure, case_id, due, done, ended, known) AS (
  SELECT 'first_interview', case_id, {later("first_enquiry_on", 7, "days")}, first_on, closed_on, TRUE FROM each_case
  UNION ALL SELECT 'test_need_assessed', case_id, {later("first_enquiry_on", 1, "months")}, assessed_on, closed_on,
    has_youth_education IS NOT NULL FROM each_case WHERE coalesce(NOT has_youth_education, TRUE)
  UNION ALL SELECT 'guidance_225', case_id, first_on, guided_on, closed_on, TRUE FROM each_case
    WHERE first_on BETWEEN {date("2016-04-01")} AND {date("2025-06-30")}
  UNION ALL SELECT 'final_visitation', case_id, {later("first_enquiry_on", 3, "months")}, final_on, closed_on, TRUE
    FROM each_case WHERE coalesce(first_category, '') <> {ready}
  UNION ALL SELECT 'contact_course', case_id, {later("first_enquiry_on", 6, "months")}, fourth_on, closed_on, TRUE
    FROM each_case WHERE first_enquiry_on BETWEEN {date("2020-01-01")} AND {date("2026-06-30")}
  UNION ALL SELECT 'first_offer', case_id, {offer_due}, start_on, closed_on, TRUE FROM each_case
  UNION ALL SELECT 'cv_available', case_id, {later("first_enquiry_on", 21, "days")}, shown_on, closed_on, TRUE
    FROM each_case WHERE first_category = {ready}
  UNION ALL SELECT 'decided', n.case_id, {later("n.missed_on", 14, "days")}, n.decided_on, c.closed_on,
    NOT (n.decided_on IS NULL AND n.sanction IS NOT NULL)
    FROM no_shows n JOIN c ON c.case_id = n.case_id
    WHERE n.known_to IS NULL AND NOT coalesce(n.reasonable_cause, FALSE)
  UNION ALL SELECT 'effectuated', n.case_id, {end_of_third}, n.effectuated_on, c.closed_on, n.sanction IS NOT NULL
    FROM no_shows n JOIN c ON c.case_id = n.case_id
    WHERE n.known_to IS NULL AND n.decided_on IS NOT NULL AND coalesce(n.sanction <> 'ingen', TRUE)
  UNION ALL SELECT 'dropout_contact', t.case_id, {later("t.dropout_warned_on", 14, "days")},
    t.contacted_after_warning_on, c.closed_on, TRUE
    FROM transitions t JOIN c ON c.case_id = t.case_id WHERE t.known_to IS NULL AND t.dropout_warned_on IS NOT NULL
  UNION ALL SELECT 'break_assessed', t.case_id, {later("t.broken_off_on", 30, "days")}, t.sanction_assessed_on,
    c.closed_on, t.break_reasonable IS NOT NULL
    FROM transitions t JOIN c ON c.case_id = t.case_id
    WHERE t.known_to IS NULL AND t.broken_off_on IS NOT NULL AND coalesce(NOT t.break_reasonable, TRUE)
  UNION ALL SELECT 'order_fulfilled', e.case_id, e.fulfilment_due, e.fulfilled_on,
    {least("c.closed_on", "e.until")},
    e.fulfilment_due >= e.issued_on
    FROM education_orders e JOIN c ON c.case_id = e.case_id
    WHERE e.known_to IS NULL AND e.fulfilment_due IS NOT NULL
), judged(measure, case_id, counts_on, day, outcome) AS (
  SELECT measure, case_id, due, {least("due", "done", day)},
    CASE WHEN due >= {day} THEN 'pending' WHEN NOT known THEN 'unknown' WHEN done <= due THEN 'met'
      WHEN ended <= due THEN 'lapsed' WHEN done IS NOT NULL THEN 'late' ELSE 'overdue' END
  FROM deadlines WHERE due IS NOT NULL
  UNION ALL SELECT 'perspective', v.case_id, v.visited_on, v.visited_on,
    CASE WHEN v.perspective IS NULL THEN 'unknown' WHEN v.perspective THEN 'met' ELSE 'missing' END
    FROM visitations v JOIN c ON c.case_id = v.case_id
    WHERE v.known_to IS NULL AND v.step = 'endelig' AND v.category <> {ready}
  UNION ALL SELECT 'reasoned', v.case_id, v.visited_on, v.visited_on,
    CASE WHEN v.reasoned IS NULL THEN 'unknown' WHEN v.reasoned THEN 'met' ELSE 'missing' END
    FROM visitations v JOIN c ON c.case_id = v.case_id WHERE v.known_to IS NULL AND v.step = 'endelig'
)
SELECT j.measure, coalesce(p.center, c.center) AS center, {month.format("j.counts_on")} AS month, j.outcome,
  count(*) AS units
FROM judged j JOIN c ON c.case_id = j.case_id
LEFT JOIN center_periods p ON p.case_id = j.case_id AND p.known_to IS NULL AND p.from_on <= j.day
  AND (p.until IS NULL OR p.until >= j.day)
GROUP BY 1, 2, 3, 4"""


def counted(outcomes: pl.DataFrame) -> pl.DataFrame:
    """The same, read off the assessed frame."""
    return (
        outcomes.lazy()
        .filter(pl.col("measure").is_in(FIGURES))
        .group_by("measure", "center", pl.col("on").dt.month_start().alias("month"), "outcome")
        .agg(units=pl.len())
        .collect()
    )


PREPARED = "SELECT measure, center, date_trunc('month', \"on\"), outcome, count(*) FROM prepared GROUP BY 1, 2, 3, 4"


def compared(size: str, folder: Path) -> dict[str, float]:
    """Engine -> how many times as long as polars on the assessed frame, at one size. Empty: no DuckDB here."""
    import duckdb

    engine = sizes.engine(size, folder)
    known = tables.read(engine, tables.FULL_SCOPE)
    view_date = tables.newest_extract(engine)
    assert view_date is not None
    assessed = assess(known, view_date)
    mine = [center for center in tables.centers(engine) if not center[-1].isdigit()]
    own = within(assessed, mine)
    duck = duckdb.connect()
    for name, frame in known.items():
        duck.register("arriving", frame.collect().with_columns(known_to=pl.lit(None, dtype=pl.Int64)).to_arrow())
        duck.execute(f"CREATE TABLE {name} AS SELECT * FROM arriving")
    prepared = assessed.outcomes.filter(pl.col("measure").is_in(FIGURES)).with_columns(
        pl.col("measure", "outcome").cast(pl.String)
    )
    duck.register("arriving", prepared.select("measure", "center", "on", "outcome").to_arrow())
    duck.execute("CREATE TABLE prepared AS SELECT * FROM arriving")
    whole = sql("duckdb", view_date)
    contenders: dict[str, tuple[Callable[[], Any], Assessed]] = {
        "polars, all": (lambda: counted(assessed.outcomes), assessed),
        "DuckDB raw, all": (lambda: duck.execute(whole).fetchall(), assessed),
        "DuckDB prepared, all": (lambda: duck.execute(PREPARED).fetchall(), assessed),
        "polars, one": (lambda: counted(own.outcomes), own),
        "SQLite, one": (_in(engine, sql("sqlite", view_date, mine)), own),
        "PostgreSQL, one": (_in(sizes.engine(size, folder, "postgresql"), sql("postgresql", view_date, mine)), own),
    }
    for name, (work, of) in contenders.items():
        _same(name, work(), counted(of.outcomes))
    runs = [{name: _seconds(work) for name, (work, _) in contenders.items()} for _ in range(3)]
    seconds = {name: statistics.median(run[name] for run in runs) for name in contenders}
    return {
        name: seconds[name] / seconds["polars, one" if name.endswith("one") else "polars, all"] for name in contenders
    }


def _in(engine: sa.Engine, statement: str) -> Callable[[], Any]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in INDEXED:
            connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS bench_{name} ON {name} (case_id)")

    def work() -> Any:
        with engine.connect() as connection:
            return connection.exec_driver_sql(statement.replace("%", "%%")).fetchall()

    return work


def _same(name: str, rows: Any, expected: pl.DataFrame) -> None:
    """Stop unless both have counted the same."""
    if isinstance(rows, pl.DataFrame):
        rows = rows.rows()
    said = {(str(row[0]), row[1], str(row[2])[:10], str(row[3])): row[4] for row in rows}
    known = {(str(row[0]), row[1], str(row[2]), str(row[3])): row[4] for row in expected.rows()}
    if said != known:
        keys = [key for key in {*said, *known} if said.get(key) != known.get(key)]
        shown = "\n".join(f"{key}: {said.get(key)} and not {known.get(key)}" for key in sorted(map(str, keys))[:10])
        raise SystemExit(f"{name} counts otherwise in {len(keys)} groups:\n{shown}")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure(asked: Sequence[str], folder: Path) -> list[Measured]:
    """P2 and P3, at M."""
    if "M" not in asked:
        return [not_here(goal, "kun ved M", target) for goal, target in (("P2", ">= 15 × / >= 3 ×"), ("P3", ">= 30 ×"))]
    try:
        times = compared("M", folder)
    except ImportError:
        return [not_here("P2", "DuckDB er ikke installeret her", ">= 15 × / >= 3 ×"), not_here("P3", "-", ">= 30 ×")]
    return [
        at_least("P2", "fjorten tal, hele M, mod DuckDB på rå tabeller", times["DuckDB raw, all"], 15, "×"),
        at_least("P2", "mod DuckDB på de samme forberedte tabeller", times["DuckDB prepared, all"], 3, "×"),
        at_least("P3", "én kommune af M mod PostgreSQL med indeks", times["PostgreSQL, one"], 30, "×"),
        at_least("P3", "én kommune af M mod SQLite med indeks", times["SQLite, one"], 30, "×"),
    ]


def main() -> None:
    """Measure one size and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="S", choices=list(sizes.COPIES))
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    for name, times in compared(chosen.size, chosen.folder).items():
        print(f"{name:>22}: {times:.1f} x")


if __name__ == "__main__":
    main()
