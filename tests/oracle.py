"""The outcomes of every measure once more, computed the slow, obvious way: the second opinion on the engine.

Plain Python over lists of rows, straight from the catalogue of measures and the rules of outcomes. It shares
no code with `metrics`, and is never optimised: whoever doubts a figure can read its rule here.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    "meetings": "held_on",
    "groups": "from_on",
}
"""Table -> the date on which the whole row happened. Tests and transitions grow date by date."""
DECIDED_WITH = {"no_shows": ("decided_on", "sanction"), "literacy_tests": ("exempted_on", "exemption")}
"""Table -> (date, value): the value was given on that date, so it is unseen as long as the date is."""
NEVER_MASKED = ("registered_on", "born_on")
OUTCOMES = ("met", "excused", "lapsed", "late", "overdue", "missing", "pending", "unknown", "unmet")
BASE = ("met", "late", "overdue", "missing", "unmet")


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

    def is_open(self, case: Row) -> bool:
        return case["closed_on"] is None

    def open_cases(self) -> list[Row]:
        return [case for case in self.cases if self.is_open(case)]

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


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Yes if one says yes; otherwise not known if one is blank; otherwise no."""
    answers = list(answers)
    if True in answers:
        return True
    return None if None in answers else False


# The outcomes


def deadline_outcome(
    view: dt.date,
    due: dt.date,
    done: dt.date | None = None,
    excused_on: dt.date | None = None,
    ended_on: dt.date | None = None,
    known: bool = True,
) -> str:
    """The outcome of a duty with a deadline: the first rule that applies. What is dated after V is unseen."""
    done, excused_on, ended_on = (
        None if day is not None and day > view else day for day in (done, excused_on, ended_on)
    )
    if due >= view:
        return "pending"
    if not known:
        return "unknown"
    if done is not None and done <= due:
        return "met"
    if excused_on is not None and excused_on <= due:
        return "excused"
    if ended_on is not None and ended_on <= due:
        return "lapsed"
    return "overdue" if done is None else "late"


def holds(answer: bool | None, otherwise: str = "missing") -> str:
    """The outcome of a duty (or, with `otherwise="unmet"`, a share) without a deadline."""
    if answer is None:
        return "unknown"
    return "met" if answer else otherwise


def unit(seen: Seen, unit_id: str, case: Row, day: dt.date, **values: object) -> Row:
    """One row: a unit, placed at the centre, category and age of its case on a day."""
    return {
        "measure": "",
        "unit_id": unit_id,
        "case_id": case["case_id"],
        "center": seen.center_on(case, day),
        "category": seen.category_on(case, day),
        "age": years_between(case["born_on"], day),
        "trigger": None,
        "on": day,
        "due": None,
        "done": None,
        "outcome": "",
        "handed_over": False,
    } | values


def deadline(
    seen: Seen,
    unit_id: str,
    case: Row,
    trigger: dt.date,
    due: dt.date,
    done: dt.date | None,
    *,
    known: bool = True,
    excused_on: dt.date | None = None,
    ended_on: dt.date | None = None,
) -> Row:
    """A unit with a deadline counts on its due date, at the centre of min(done, due, V)."""
    ended = min((day for day in (case["closed_on"], ended_on) if day is not None), default=None)
    row = unit(seen, unit_id, case, min(day for day in (done, due, seen.day) if day is not None))
    return row | {
        "trigger": trigger,
        "on": due,
        "due": due,
        "done": done,
        "outcome": deadline_outcome(seen.day, due, done, excused_on, ended, known),
        "handed_over": row["center"] != seen.center_on(case, trigger),
    }


def event(seen: Seen, unit_id: str, case: Row, on: dt.date, outcome: str) -> Row:
    """A unit that counts on the day of its event."""
    return unit(seen, unit_id, case, on, outcome=outcome)


def event_with_grace(seen: Seen, unit_id: str, case: Row, on: dt.date, due: dt.date, outcome: str) -> Row:
    """The same, but nothing is judged before the days of grace are over."""
    return unit(seen, unit_id, case, on, due=due, outcome="pending" if due >= seen.day else outcome)


def stock(seen: Seen, case: Row, outcome: str) -> Row:
    """A case that counts on the day of the stock."""
    return unit(seen, case["case_id"], case, seen.day, outcome=outcome)


def visitation_id(visitation: Row) -> str:
    return f"{visitation['case_id']}|{visitation['visited_on']:%Y-%m-%d}|{visitation['step']}"


# Screening


def first_interview(seen: Seen) -> Iterator[Row]:
    """First interview held <= 7 days after the first enquiry."""
    for case in seen.cases:
        enquiry = case["first_enquiry_on"]
        yield deadline(seen, case["case_id"], case, enquiry, enquiry + days(7), seen.first_interview(case))


def test_need_assessed(seen: Seen) -> Iterator[Row]:
    """Case without a youth education: the need for a test is assessed <= 1 month after the first enquiry."""
    for case in seen.cases:
        if case["has_youth_education"] is True:
            continue
        assessed = min((t["assessed_on"] for t in seen.rows("literacy_tests", case) if t["assessed_on"]), default=None)
        enquiry, known = case["first_enquiry_on"], case["has_youth_education"] is not None
        yield deadline(seen, case["case_id"], case, enquiry, plus_months(enquiry, 1), assessed, known=known)


def literacy_test(seen: Seen) -> Iterator[Row]:
    """Case that needs the test: completed <= 1 month after the enquiry; excused by a ground dated in time."""
    for case in seen.cases:
        for test in seen.rows("literacy_tests", case):
            if test["needed"] is False:
                continue
            enquiry, completed = case["first_enquiry_on"], test["completed_on"]
            due = plus_months(enquiry, 1)
            in_time = completed is not None and completed <= due
            undated = test["exemption"] is not None and test["exempted_on"] is None
            yield deadline(
                seen,
                case["case_id"],
                case,
                enquiry,
                due,
                completed,
                known=test["needed"] is not None and (in_time or not undated),
                excused_on=test["exempted_on"] if test["exemption"] is not None else None,
            )


def test_exemption_documented(seen: Seen) -> Iterator[Row]:
    """Open case that needs the test, the deadline passed, not tested: a valid ground is present."""
    for case in seen.open_cases():
        for test in seen.rows("literacy_tests", case):
            passed = plus_months(case["first_enquiry_on"], 1) < seen.day
            if test["needed"] is False or not passed or test["completed_on"] is not None:
                continue
            yield stock(seen, case, holds(None if test["needed"] is None else test["exemption"] is not None))


def course_offered(seen: Seen) -> Iterator[Row]:
    """Tested with a need for a course: a course is offered (30 days' grace from the test)."""
    for case in seen.cases:
        for test in seen.rows("literacy_tests", case):
            on = test["completed_on"]
            if on is None or test["course_needed"] is False:
                continue
            offered = None if test["course_needed"] is None else test["course_offered_on"] is not None
            yield event_with_grace(seen, case["case_id"], case, on, on + days(30), holds(offered))


def guidance_225(seen: Seen) -> Iterator[Row]:
    """Guided on the 225-hour rule on or before the first interview day, while the rule was in force."""
    for case in seen.cases:
        first = seen.first_interview(case)
        if first is not None and dt.date(2016, 4, 1) <= first <= dt.date(2025, 6, 30):
            yield deadline(seen, case["case_id"], case, first, first, seen.first_guidance(case, "225_timer"))


def guidance_coordinator(seen: Seen) -> Iterator[Row]:
    """Case visited AP: guided on the coordinating caseworker no later than 30 days after the first time."""
    for case in seen.cases:
        on = min((v["visited_on"] for v in seen.rows("visitations", case, category=AP)), default=None)
        if on is None:
            continue
        guided = seen.first_guidance(case, "koordinerende_sagsbehandler")
        in_time = guided is not None and guided <= on + days(30)
        yield event_with_grace(seen, case["case_id"], case, on, on + days(30), holds(in_time))


# Visitation


def final_visitation(seen: Seen) -> Iterator[Row]:
    """Case that was not ÅU at first: the final visitation is made <= 3 months after the first enquiry."""
    for case in seen.cases:
        first, final = seen.first_visitation(case, "foerste"), seen.first_visitation(case, "endelig")
        if first is not None and first["category"] == AAU:
            continue
        enquiry, done = case["first_enquiry_on"], final["visited_on"] if final else None
        yield deadline(seen, case["case_id"], case, enquiry, plus_months(enquiry, 3), done)


def perspective(seen: Seen) -> Iterator[Row]:
    """Final visitation to UP or AP: the youth's own perspective is in it."""
    for case in seen.cases:
        for final in seen.rows("visitations", case, step="endelig"):
            if final["category"] in (UP, AP):
                yield event(seen, visitation_id(final), case, final["visited_on"], holds(final["perspective"]))


def reasoned(seen: Seen) -> Iterator[Row]:
    """Final visitation: it is reasoned."""
    for case in seen.cases:
        for final in seen.rows("visitations", case, step="endelig"):
            yield event(seen, visitation_id(final), case, final["visited_on"], holds(final["reasoned"]))


def ap_at_first(seen: Seen) -> Iterator[Row]:
    """Case with a first visitation: its category is AP."""
    for case in seen.cases:
        first = seen.first_visitation(case, "foerste")
        if first is not None:
            outcome = holds(first["category"] == AP, "unmet")
            yield event(seen, case["case_id"], case, first["visited_on"], outcome)


def ap_own_word(seen: Seen) -> Iterator[Row]:
    """First or final visitation to AP: it rests on more than the youth's own word."""
    for case in seen.cases:
        for visitation in seen.rows("visitations", case, category=AP):
            if visitation["step"] not in ("foerste", "endelig"):
                continue
            grounds = visitation["grounds"]
            more = None if grounds is None else any(g != "egen_oplysning" for g in grounds.split("+"))
            yield event(seen, visitation_id(visitation), case, visitation["visited_on"], holds(more))


def unchanged(seen: Seen) -> Iterator[Row]:
    """Case with a first and a final visitation: the same category in both."""
    for case in seen.cases:
        first, final = seen.first_visitation(case, "foerste"), seen.first_visitation(case, "endelig")
        if first is not None and final is not None:
            outcome = holds(first["category"] == final["category"], "unmet")
            yield event(seen, case["case_id"], case, final["visited_on"], outcome)


def coordination(seen: Seen) -> Iterator[Row]:
    """Open AP case: a meeting across fields or a K-møde, or a coordinating caseworker, in 12 months."""
    for case in seen.open_cases():
        if seen.category_on(case, seen.day) == AP:
            met = any(
                m["kind"] in ("tvaerfagligt", "k_moede") and seen.in_year(m["held_on"])
                for m in seen.rows("meetings", case)
            ) or any(
                seen.touches_year(a["from_on"], a["until"])
                for a in seen.rows("assignments", case, role="koordinerende_sagsbehandler")
            )
            yield stock(seen, case, holds(met))


# Education orders


def order_at_first(seen: Seen) -> Iterator[Row]:
    """First interview (from 2022-04-01 not where a jobplan is live): an order of step 1 on that day."""
    for case in seen.cases:
        first = seen.first_interview(case)
        if first is None:
            continue
        jobplans = seen.rows("plans", case, kind="jobplan")
        if first >= dt.date(2022, 4, 1) and any(covers(p["made_on"], p["until"], first) for p in jobplans):
            continue
        ordered = bool(seen.rows("education_orders", case, step="1", issued_on=first))
        yield event(seen, case["case_id"], case, first, holds(ordered))


def order_followed_up(seen: Seen) -> Iterator[Row]:
    """Open case with a live order and an interview after it: the latest interview followed the order up."""
    for case in seen.open_cases():
        interviews = seen.rows("interviews", case)
        live = [o for o in seen.rows("education_orders", case) if covers(o["issued_on"], o["until"], seen.day)]
        if interviews:
            newest = latest(interviews, "held_on")
            if any(order["issued_on"] < newest["held_on"] for order in live):
                yield stock(seen, case, holds(newest["order_followed_up"]))


def order_fulfilled(seen: Seen) -> Iterator[Row]:
    """Order with a deadline: fulfilled no later than the deadline."""
    for case in seen.cases:
        for order in seen.rows("education_orders", case):
            issued, due = order["issued_on"], order["fulfilment_due"]
            if due is not None:
                yield deadline(
                    seen,
                    order["order_id"],
                    case,
                    issued,
                    due,
                    order["fulfilled_on"],
                    known=due >= issued,
                    ended_on=order["until"],
                )


def long_deadline(seen: Seen) -> Iterator[Row]:
    """Order: its deadline is at most 90 days away and has not been moved, or it is reasoned."""
    for case in seen.cases:
        for order in seen.rows("education_orders", case):
            due, original, met = order["fulfilment_due"], order["original_due"], order["deadline_reasoned"]
            if met is not True and due is None:
                met = None
            elif met is not True and due <= order["issued_on"] + days(90) and original in (None, due):
                met = True
            yield event(seen, order["order_id"], case, order["issued_on"], holds(met))


def education_focus(seen: Seen) -> Iterator[Row]:
    """Open case with an interview in 12 months: at least one of them with education in focus."""
    yield from _discussed(seen, "education_focus")


def resources(seen: Seen) -> Iterator[Row]:
    """Open case with an interview in 12 months: at least one of them on the youth's resources."""
    yield from _discussed(seen, "resources_discussed")


def _discussed(seen: Seen, column: str) -> Iterator[Row]:
    for case in seen.open_cases():
        interviews = [i for i in seen.rows("interviews", case) if seen.in_year(i["held_on"])]
        if interviews:
            yield stock(seen, case, holds(any_of(i[column] for i in interviews)))


def duty_assessed(seen: Seen) -> Iterator[Row]:
    """Transition: the duty to take an education is assessed no later than the study start."""
    for case, transition in _transitions(seen):
        yield _by_study_start(seen, case, transition, transition["duty_assessed_on"])


def handed_over(seen: Seen) -> Iterator[Row]:
    """Transition under an order: information handed over to the institution no later than the study start."""
    for case, transition in _transitions(seen):
        if transition["ordered"] is not False:
            known = transition["ordered"] is not None
            yield _by_study_start(seen, case, transition, transition["handed_over_on"], known=known)


def support_guidance(seen: Seen) -> Iterator[Row]:
    """Transition: guided on support, and on the sanction for breaking off, no later than the study start."""
    for case, transition in _transitions(seen):
        guided = seen.first_guidance(case, "stoette_og_sanktion")
        yield _by_study_start(seen, case, transition, guided)


def dropout_contact(seen: Seen) -> Iterator[Row]:
    """Transition with a warning of dropout: the youth is contacted <= 14 days after it."""
    for case, transition in _transitions(seen):
        warned = transition["dropout_warned_on"]
        if warned is not None:
            done = transition["contacted_after_warning_on"]
            yield deadline(seen, transition["transition_id"], case, warned, warned + days(14), done)


def break_assessed(seen: Seen) -> Iterator[Row]:
    """Transition broken off without a reasonable cause: a sanction is assessed <= 30 days after."""
    for case, transition in _transitions(seen):
        broken = transition["broken_off_on"]
        if broken is not None and transition["break_reasonable"] is not True:
            known, done = transition["break_reasonable"] is not None, transition["sanction_assessed_on"]
            yield deadline(seen, transition["transition_id"], case, broken, broken + days(30), done, known=known)


def _transitions(seen: Seen) -> Iterator[tuple[Row, Row]]:
    for case in seen.cases:
        for transition in seen.rows("transitions", case):
            yield case, transition


def _by_study_start(seen: Seen, case: Row, transition: Row, done: dt.date | None, *, known: bool = True) -> Row:
    start = transition["study_start_due"]
    trigger = transition["admitted_on"] or start
    return deadline(seen, transition["transition_id"], case, trigger, start, done, known=known)


# Sanctions


def undocumented(seen: Seen) -> Iterator[Row]:
    """Case with a no-show from an offer in the 12 months: one of them without a documented cause."""
    for case, missed in _missed_offers(seen):
        yield stock(seen, case, holds(_is_undocumented(missed), "unmet"))


def sanctioned_of_undocumented(seen: Seen) -> Iterator[Row]:
    """Case with an undocumented no-show from an offer: one of its no-shows was sanctioned."""
    for case, missed in _missed_offers(seen):
        if _is_undocumented(missed):
            yield stock(seen, case, holds(any_of(_was_sanctioned(m) for m in missed), "unmet"))


def sanctioned_of_all(seen: Seen) -> Iterator[Row]:
    """Case with a no-show from an offer in the 12 months: one of its no-shows was sanctioned."""
    for case, missed in _missed_offers(seen):
        yield stock(seen, case, holds(any_of(_was_sanctioned(m) for m in missed), "unmet"))


def _missed_offers(seen: Seen) -> Iterator[tuple[Row, list[Row]]]:
    for case in seen.cases:
        missed = [n for n in seen.rows("no_shows", case, missed="tilbud") if seen.in_year(n["missed_on"])]
        if missed:
            yield case, missed


def _is_undocumented(missed: list[Row]) -> bool:
    return any(no_show["cause_documented"] is not True for no_show in missed)


def _was_sanctioned(no_show: Row) -> bool | None:
    """Not known when a decision says nothing of the sanction, or a sanction nothing of the decision's day."""
    if no_show["decided_on"] is None:
        return False if no_show["sanction"] in (None, "ingen") else None
    return None if no_show["sanction"] is None else no_show["sanction"] != "ingen"


def decided(seen: Seen) -> Iterator[Row]:
    """No-show without a reasonable cause: a decision is made <= 14 days after, be it for no sanction."""
    for case in seen.cases:
        for no_show in seen.rows("no_shows", case):
            if no_show["reasonable_cause"] is not True:
                missed, done = no_show["missed_on"], no_show["decided_on"]
                known = done is not None or no_show["sanction"] is None
                yield deadline(seen, no_show["no_show_id"], case, missed, missed + days(14), done, known=known)


def heard(seen: Seen) -> Iterator[Row]:
    """Decided no-show with a sanction: the youth was heard on or before the day of the decision."""
    for case, no_show in _sanctions(seen):
        on = no_show["decided_on"]
        yield event(seen, no_show["no_show_id"], case, on, _before_decision(no_show, "heard_on"))


def ap_contacted(seen: Seen) -> Iterator[Row]:
    """Sanction of a youth in AP: personal contact on or before the day of the decision."""
    for case, no_show in _sanctions(seen):
        on = no_show["decided_on"]
        if seen.category_on(case, on) == AP:
            yield event(seen, no_show["no_show_id"], case, on, _before_decision(no_show, "contacted_on"))


def effectuated(seen: Seen) -> Iterator[Row]:
    """Sanction: effectuated by the end of the third calendar month after the no-show."""
    for case, no_show in _sanctions(seen):
        missed, known = no_show["missed_on"], no_show["sanction"] is not None
        due = end_of_month(plus_months(missed, 3))
        yield deadline(seen, no_show["no_show_id"], case, missed, due, no_show["effectuated_on"], known=known)


def _sanctions(seen: Seen) -> Iterator[tuple[Row, Row]]:
    """Decided no-shows with a sanction, and those where the decision says nothing of the sanction."""
    for case in seen.cases:
        for no_show in seen.rows("no_shows", case):
            if no_show["decided_on"] is not None and no_show["sanction"] != "ingen":
                yield case, no_show


def _before_decision(no_show: Row, column: str) -> str:
    if no_show["sanction"] is None:
        return "unknown"
    return holds(no_show[column] is not None and no_show[column] <= no_show["decided_on"])


# Support


def mentor(seen: Seen) -> Iterator[Row]:
    """Open case: a mentor offer begun and not ended before the 12 months."""
    for case in seen.open_cases():
        yield stock(seen, case, holds(_has_mentor_offer(seen, case), "unmet"))


def mentor_unregistered(seen: Seen) -> Iterator[Row]:
    """Open case: a mentor among the people around the youth in the 12 months, but no mentor offer."""
    for case in seen.open_cases():
        mentors = seen.rows("assignments", case, role="mentor")
        mentored = any(seen.touches_year(a["from_on"], a["until"]) for a in mentors)
        yield stock(seen, case, holds(mentored and not _has_mentor_offer(seen, case), "unmet"))


def _has_mentor_offer(seen: Seen, case: Row) -> bool:
    return any(seen.touches_year(o["start_on"], o["until"]) for o in seen.rows("offers", case, kind="mentor"))


def health_parallel(seen: Seen) -> Iterator[Row]:
    """Open case with an employment offer in 12 months: a health offer that overlaps it in time."""
    yield from _parallel(seen, "helbredsmestring")


def social_parallel(seen: Seen) -> Iterator[Row]:
    """Open case with an employment offer in 12 months: a social or health offer that overlaps it in time."""
    yield from _parallel(seen, "social_sundhed")


def _parallel(seen: Seen, kind: str) -> Iterator[Row]:
    for case in seen.open_cases():
        begun = [o for o in seen.rows("offers", case) if o["start_on"] is not None]
        employment = [
            o for o in begun if o["kind"] in EMPLOYMENT_OFFERS and seen.touches_year(o["start_on"], o["until"])
        ]
        if employment:
            met = any(overlap(one, other) for one in begun if one["kind"] == kind for other in employment)
            yield stock(seen, case, holds(met, "unmet"))


def fixed_contact(seen: Seen) -> Iterator[Row]:
    """Open case older than 12 months: exactly one person as caseworker in them (none: not known)."""
    for case in seen.open_cases():
        if case["first_enquiry_on"] <= seen.year_ago:
            people = {
                a["initials"]
                for a in seen.rows("assignments", case, role="sagsbehandler")
                if seen.touches_year(a["from_on"], a["until"])
            }
            yield stock(seen, case, holds(len(people) == 1 if people else None, "unmet"))


def coordinator_assigned(seen: Seen) -> Iterator[Row]:
    """Open AP case: a coordinating caseworker is assigned."""
    for case in seen.open_cases():
        if seen.category_on(case, seen.day) == AP:
            coordinators = seen.rows("assignments", case, role="koordinerende_sagsbehandler")
            assigned = any(covers(a["from_on"], a["until"], seen.day) for a in coordinators)
            yield stock(seen, case, holds(assigned))


def guide_assessed(seen: Seen) -> Iterator[Row]:
    """Youth in the target group: has a guide status (60 days' grace from joining the group)."""
    joined: dict[str, tuple[dt.date, int, Row]] = {}
    with_status = {case["person"] for case in seen.cases if seen.rows("guide_statuses", case)}
    for case in seen.cases:
        for group in seen.rows("groups", case, kind="maalgruppe"):
            if covers(group["from_on"], group["until"], seen.day):
                mine = (group["from_on"], group["id"], case)
                joined[case["person"]] = max(joined.get(case["person"], mine), mine, key=lambda g: g[:2])
    for person, (since, _, case) in joined.items():
        outcome = holds(person in with_status)
        yield event_with_grace(seen, person, case, seen.day, since + days(60), outcome)


# All of it

Measure = Callable[[Seen], Iterator[Row]]

EVENTS: tuple[Measure, ...] = (
    first_interview,
    test_need_assessed,
    literacy_test,
    course_offered,
    guidance_225,
    guidance_coordinator,
    final_visitation,
    perspective,
    reasoned,
    ap_at_first,
    ap_own_word,
    unchanged,
    order_at_first,
    order_fulfilled,
    long_deadline,
    duty_assessed,
    handed_over,
    support_guidance,
    dropout_contact,
    break_assessed,
    decided,
    heard,
    ap_contacted,
    effectuated,
)
"""Measures that count on a due date or on the day of an event: read once, on V."""
STOCKS: tuple[Measure, ...] = (
    test_exemption_documented,
    coordination,
    order_followed_up,
    education_focus,
    resources,
    undocumented,
    sanctioned_of_undocumented,
    sanctioned_of_all,
    mentor,
    mentor_unregistered,
    health_parallel,
    social_parallel,
    fixed_contact,
    coordinator_assigned,
    guide_assessed,
)
"""Measures that count what is there on a day: read on every stock day, as it looked then."""
KEYS = tuple(measure.__name__ for measure in EVENTS + STOCKS)


def outcomes(tables: Tables, view_date: dt.date, stock_days: Sequence[dt.date]) -> list[Row]:
    """One row per measure and unit (and stock day): what the assessed frame has to say.

    `tables`: table name -> rows with the model's columns. A stock day is at most V.
    """
    at_view = Seen(tables, view_date)
    rows = [row | {"measure": measure.__name__} for measure in EVENTS for row in measure(at_view)]
    for day in stock_days:
        seen = Seen(tables, day)
        rows += [row | {"measure": measure.__name__} for measure in STOCKS for row in measure(seen)]
    return rows


def figures(rows: Iterable[Row], view_date: dt.date, date_from: dt.date, date_to: dt.date) -> dict[str, dict[str, int]]:
    """Measure -> outcome -> units that count in the period, and their base. Stocks: on min(date_to, V)."""
    stocks = {measure.__name__ for measure in STOCKS}
    counts = {key: dict.fromkeys(OUTCOMES, 0) for key in KEYS}
    for row in rows:
        if row["measure"] in stocks:
            counted = row["on"] == min(date_to, view_date)
        else:
            counted = date_from <= row["on"] <= date_to
        if counted:
            counts[row["measure"]][row["outcome"]] += 1
    return {key: count | {"base": sum(count[outcome] for outcome in BASE)} for key, count in counts.items()}
