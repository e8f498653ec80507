"""What had happened on a day: the calendar, the rows that were there, and who was in a group. Said slowly."""

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]

AAU, AP, UP = "aabenlyst_uddannelsesparat", "aktivitetsparat", "uddannelsesparat"
EMPLOYMENT_OFFERS = ("virksomhedspraktik", "loentilskud", "opkvalificering", "nytteindsats")
HAPPENED = {
    "cases": "first_enquiry_on",
    "center_periods": "from_on",
    "visitations": "visited_on",
    "interviews": "held_on",
    "guidance": "guided_on",
    "education_orders": "issued_on",
    "offers": "start_on",
    "no_shows": "missed_on",
    "plans": "made_on",
    "assignments": "from_on",
    "guide_statuses": "status_on",
    "groups": "from_on",
    "job_search": "registered_at_jobnet_on",
    "measurements": "measured_on",
    "benefits": "from_on",
}
"""Table -> the date on which the whole row happened.

Tests and transitions grow date by date, and so do meetings: one that is planned has been proposed already."""
DECIDED_WITH = {"no_shows": ("decided_on", "sanction"), "literacy_tests": ("exempted_on", "exemption")}
"""Table -> (date, value): the value was given on that date, so it is unseen as long as the date is."""
NEVER_MASKED = ("registered_on", "born_on")


# The calendar


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def plus_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month, or the month's last day when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def years_between(born: dt.date | None, day: dt.date) -> int | None:
    """Age in whole years; somebody born on 29 February grows older on 1 March."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


# What had happened on a day


class Seen:
    """The tables as they look to somebody who knows nothing that is dated after `day`."""

    def __init__(self, tables: Tables, day: dt.date) -> None:
        self.day = day
        self.year_ago = plus_months(day, -12)
        self.cases = list(self._happened(tables, "cases"))
        self._children: dict[str, dict[str, list[Row]]] = {}
        for table in tables:
            of_case: dict[str, list[Row]] = {case["case_id"]: [] for case in self.cases}
            for row in self._happened(tables, table):
                if row.get("case_id") in of_case:
                    of_case[row["case_id"]].append(row)
            self._children[table] = of_case
        self._agreements = list(self._happened(tables, "agreements"))

    def _happened(self, tables: Tables, table: str) -> Iterator[Row]:
        for row in tables.get(table, []):
            happened = row[HAPPENED[table]] if table in HAPPENED else None
            if happened is None or happened <= self.day:
                yield self._masked(table, row)

    def _masked(self, table: str, row: Row) -> Row:
        masked = dict(row)
        for column, value in row.items():
            if column.endswith("_on") and column not in NEVER_MASKED and value is not None and value > self.day:
                masked[column] = None
                if table in DECIDED_WITH and DECIDED_WITH[table][0] == column:
                    masked[DECIDED_WITH[table][1]] = None
        return masked

    def rows(self, table: str, case: Row, **wanted: object) -> list[Row]:
        """The rows of a case that have the wanted values."""
        found = self._children.get(table, {}).get(case["case_id"], [])
        return [row for row in found if all(row[column] == value for column, value in wanted.items())]

    def open_cases(self) -> list[Row]:
        return [case for case in self.cases if case["closed_on"] is None]

    def persons(self) -> list[str]:
        return sorted({case["person"] for case in self.cases})

    def rows_of(self, person: str, table: str, **wanted: object) -> list[Row]:
        """The rows of all the cases of a person, open or not."""
        mine = [case for case in self.cases if case["person"] == person]
        return [row for case in mine for row in self.rows(table, case, **wanted)]

    def live(self, rows: list[Row], start: str = "from_on") -> list[Row]:
        """Those of the rows whose period covers the day."""
        return [row for row in rows if covers(row[start], row["until"], self.day)]

    def agreements(self, meeting: Row) -> list[Row]:
        return [row for row in self._agreements if row["meeting_id"] == meeting["meeting_id"]]

    def members(self, kind: str) -> Iterator[tuple[str, Row, Row]]:
        """Each person in a group on the day, with the newest row that says so and its case."""
        for person in self.persons():
            rows = self.live(self.rows_of(person, "groups", kind=kind))
            if rows:
                newest = max(rows, key=lambda row: (row["from_on"], row["id"]))
                yield person, newest, self.case(newest)

    def case(self, row: Row) -> Row:
        """The case of a row."""
        return next(case for case in self.cases if case["case_id"] == row["case_id"])

    def open_centers(self, person: str) -> set[str]:
        """The centres that hold an open case of a person on the day."""
        return {self.center_on(case, self.day) for case in self.open_cases() if case["person"] == person}

    def guide_status(self, person: str, day: dt.date) -> str | None:
        """The newest status of a person's youth guide on a day."""
        said = [s for s in self.rows_of(person, "guide_statuses") if s["status_on"] <= day]
        return latest(said, "status_on")["status"] if said else None

    def center_on(self, case: Row, day: dt.date) -> str:
        held: str = case["center"]
        for period in sorted(self.rows("center_periods", case), key=lambda p: p["from_on"]):
            if covers(period["from_on"], period["until"], day):
                held = period["center"]
        return held

    def category_on(self, case: Row, day: dt.date) -> str | None:
        visited = [v for v in self.rows("visitations", case) if v["visited_on"] <= day]
        return latest(visited, "visited_on")["category"] if visited else None

    def first_interview(self, case: Row) -> dt.date | None:
        held = [i["held_on"] for i in self.rows("interviews", case) if i["held_on"] >= case["first_enquiry_on"]]
        return min(held, default=None)

    def first_guidance(self, case: Row, topic: str) -> dt.date | None:
        return min((g["guided_on"] for g in self.rows("guidance", case, topic=topic)), default=None)

    def first_visitation(self, case: Row, step: str) -> Row | None:
        return min(self.rows("visitations", case, step=step), key=lambda v: v["visited_on"], default=None)

    def in_year(self, day: dt.date | None) -> bool:
        """In the 12 months up to and including the day."""
        return day is not None and self.year_ago < day <= self.day

    def touches_year(self, start: dt.date | None, stop: dt.date | None) -> bool:
        """A period that has begun and had not ended before the 12 months."""
        return start is not None and start <= self.day and (stop is None or stop > self.year_ago)


def covers(start: dt.date, stop: dt.date | None, day: dt.date) -> bool:
    return start <= day and (stop is None or stop >= day)


def overlap(one: Row, other: Row) -> bool:
    """Two offers share at least one day: the later of their first days is in both."""
    day = max(one["start_on"], other["start_on"])
    return covers(one["start_on"], one["until"], day) and covers(other["start_on"], other["until"], day)


def latest(rows: list[Row], column: str) -> Row:
    """The newest row; of several from the same day the last registered."""
    return max(rows, key=lambda row: (row[column], row["registered_on"] or dt.date.min, row["id"]))


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """No if one says no; otherwise not known if one is blank; otherwise yes."""
    answers = list(answers)
    if False in answers:
        return False
    return None if None in answers else True


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Yes if one says yes; otherwise not known if one is blank; otherwise no."""
    answers = list(answers)
    if True in answers:
        return True
    return None if None in answers else False
