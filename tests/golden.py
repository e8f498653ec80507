"""The golden delivery: a town made so that its figures are the focus audit's national column, number by number.

Everybody who reads the figures back reads the table below. The town is drawn on 30 June 2025: then every rule that the
audit looked at was in force. Each group of cases counts in some measures only: by what is open, and by whose deadlines
lie in the 12 months.
"""

import csv
import datetime as dt
from collections import defaultdict
from pathlib import Path

VIEW = dt.date(2025, 6, 30)
AAU, UP, AP = "aabenlyst_uddannelsesparat", "uddannelsesparat", "aktivitetsparat"

NATIONAL = """
    measure                    | met | base | excused | percent
    first_interview            |  92 |  100 |       0 |      92
    literacy_test              |  29 |   92 |       8 |      29
    test_exemption_documented  |   3 |   25 |       0 |      12
    guidance_225               |  61 |  100 |       0 |      61
    guidance_coordinator       |   7 |   50 |       0 |      14
    final_visitation           |  94 |  100 |       0 |      94
    ap_at_first                |  34 |  100 |       0 |      34
    coordination               |  41 |   50 |       0 |      82
    order_at_first             |  79 |  100 |       0 |      79
    order_followed_up          |  53 |  100 |       0 |      53
    education_focus            |  71 |  100 |       0 |      71
    duty_assessed              |  55 |  123 |       0 |      45
    undocumented               | 150 |  500 |       0 |      30
    sanctioned_of_undocumented |  99 |  150 |       0 |      66
    sanctioned_of_all          | 330 |  500 |       0 |      66
    mentor                     |  92 |  200 |       0 |      46
    health_parallel            |  54 |  100 |       0 |      54
    fixed_contact              | 118 |  200 |       0 |      59
    job_discussed              |  82 |  100 |       0 |      82
    first_offer                |  93 |  186 |       0 |      50
    offer_assessed             |  76 |  100 |       0 |      76
    offer_purpose              |  69 |  100 |       0 |      69
    plan_agreements            | 174 |  200 |       0 |      87
    plan_goal                  | 104 |  200 |       0 |      52
    registered_jobseeker       |  60 |  100 |       0 |      60
    joblog                     |  37 |  100 |       0 |      37
    cv_available               |  19 |  100 |       0 |      19
"""
"""The percentage is of base and excused: the audit keeps those with a valid ground in its base. 55 of 123 is 44.7."""
COUNTS = """
    figure           | value                      | count
    categories_first | aabenlyst_uddannelsesparat |    14
    categories_first | uddannelsesparat           |    52
    categories_first | aktivitetsparat            |    34
    guide_status     | tildelt                    |    92
    guide_status     | takket_nej                 |    28
    guide_status     | ikke_relevant              |    69
    guide_status     | afsluttet                  |     9
    k_meetings       | ungekonference             |    94
    k_meetings       | k_moede                    |    28
"""
"""The categories of the audit, and the tables of Viborg of 8 January 2021: 198 youths in the target group."""

OPEN = [f"A{number}" for number in range(200)]
"""Open for years: 100 openly education-ready, 50 activity-ready, 50 education-ready. Counted on the day."""
MISSED = [f"B{number}" for number in range(500)]
"""As old, but closed: each has a no-show, and some begin an education."""
NEW = [f"C{number}" for number in range(100)]
"""All their deadlines lie in the year."""
MAY = [f"D{number}" for number in range(14)]
"""Of their deadlines only the three months lie in the year."""
JUNE = [f"E{number}" for number in range(86)]
"""Openly education-ready: of their deadlines those of 21 days and a month lie in the year."""


def rows_of(text: str) -> list[dict[str, str]]:
    """Header -> cell, for every line of a table above."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


MET = {row["measure"]: int(row["met"]) for row in rows_of(NATIONAL)}
EXCUSED = {row["measure"]: int(row["excused"]) for row in rows_of(NATIONAL)}
COUNT = {row["value"]: int(row["count"]) for row in rows_of(COUNTS)}


def write(folder: Path) -> Path:
    """The delivery as a folder with a CSV file per table."""
    town = _Town()
    _open(town)
    _missed(town)
    _new(town)
    for number, case in enumerate(MAY):
        town.case(case, "2024-05-02")
        town.add("samtaler", case, samtale_id=case, dato="2024-05-03")
        town.visit(case, "2024-05-03", "foerste", UP)
        in_time = number < MET["final_visitation"] - (len(NEW) - COUNT[AAU])
        town.visit(case, "2024-08-02" if in_time else "2024-08-03", "endelig", UP)
    for number, case in enumerate(JUNE):
        town.case(case, "2024-06-15")
        town.add("samtaler", case, samtale_id=case, dato="2024-06-17")
        town.visit(case, "2024-06-17", "foerste", AAU)
        if number < MET["cv_available"]:
            town.add("jobsoegning", case, art="cv_tilgaengeligt", dato="2024-07-06")
    return town.write(folder)


def _open(town: "_Town") -> None:
    for number, case in enumerate(OPEN):

        def first(measure: str, number: int = number) -> str:
            return "ja" if number < MET[measure] else "nej"

        category = AAU if number < 100 else AP if number < 150 else UP
        town.case(case, "2022-05-02", closed="")
        town.visit(case, "2022-05-03", "foerste", category)
        town.add("samtaler", case, samtale_id=f"{case}-1", dato="2022-05-03")
        town.add("tilknytninger", case, rolle="sagsbehandler", person="AB", fra="2022-05-02", til="2024-12-31")
        again = "AB" if number < MET["fixed_contact"] else "CD"
        town.add("tilknytninger", case, rolle="sagsbehandler", person=again, fra="2025-01-01")
        plan = {"aftaler": first("plan_agreements"), "uddannelsesmaal": first("plan_goal")}
        town.add("planer", case, plan_id=case, art="min_plan", dato="2025-01-06", **plan)
        if number < 25:
            test = {"undtaget_grund": "sygdom", "undtaget": "2022-05-20"}
            exempted = number < MET["test_exemption_documented"]
            town.add("tests", case, behov="ja", **(test if exempted else {}))
        if category == AAU:
            town.add("paalaeg", case, paalaeg_id=case, trin="1", afgivet="2022-05-03")
            said = {
                "paalaeg_fulgt_op": first("order_followed_up"),
                "uddannelsesfokus": first("education_focus"),
                "job_droeftet": first("job_discussed"),
            }
            town.add("samtaler", case, samtale_id=f"{case}-2", dato="2025-05-05", **said)
            said = {"individuel_vurdering": first("offer_assessed"), "formaal": first("offer_purpose")}
            town.add("tilbud", case, tilbud_id=case, art="virksomhedspraktik", start="2025-03-03", **said)
            for measure, kind in (("health_parallel", "helbredsmestring"), ("mentor", "mentor")):
                if number < MET[measure]:
                    town.add(
                        "tilbud", case, tilbud_id=f"{case}-{kind}", art=kind, start="2025-02-03", slut="2025-03-03"
                    )
            for measure, kind in (("registered_jobseeker", "tilmeldt"), ("joblog", "joblog")):
                if number < MET[measure]:
                    town.add("jobsoegning", case, art=kind, dato="2025-06-20")
            if number < COUNT["ungekonference"]:
                town.add("moeder", case, moede_id=case, art="ungekonference", dato="2025-04-01")
        elif number - 100 < COUNT["k_moede"]:
            town.add("moeder", case, moede_id=case, art="k_moede", dato="2025-04-01")
        elif number - 100 < MET["coordination"]:
            town.add("tilknytninger", case, rolle="koordinerende_sagsbehandler", person="EF", fra="2024-01-01")
    kinds = ("tildelt", "takket_nej", "ikke_relevant", "afsluttet")
    statuses = [kind for kind in kinds for _ in range(COUNT[kind])]
    for case, status in zip(OPEN, statuses, strict=False):
        town.add("grupper", case, gruppe="maalgruppe", fra="2023-01-01")
        town.add("ungeguide", case, dato="2024-01-08", status=status)


def _missed(town: "_Town") -> None:
    sanctioned_with_a_cause = MET["sanctioned_of_all"] - MET["sanctioned_of_undocumented"]
    for number, case in enumerate(MISSED):
        undocumented = number < MET["undocumented"]
        place = number if undocumented else number - MET["undocumented"]
        most = MET["sanctioned_of_undocumented"] if undocumented else sanctioned_with_a_cause
        said = {
            "aarsag_dokumenteret": "nej" if undocumented else "ja",
            "sanktion": "punkt" if place < most else "ingen",
        }
        town.case(case, "2022-05-02")
        town.add(
            "udeblivelser", case, udeblivelse_id=case, dato="2025-03-03", fra="tilbud", afgoerelse="2025-03-10", **said
        )
        if number < 123:
            assessed = "2024-09-02" if number < MET["duty_assessed"] else "2024-09-03"
            days = {"optaget": "2024-07-30", "studiestart": "2024-09-02", "pligt_vurderet": assessed}
            town.add("overgange", case, overgang_id=case, **days, paalagt="nej")


def _new(town: "_Town") -> None:
    for number, case in enumerate(NEW):
        held = "2024-09-09" if number < MET["first_interview"] else "2024-09-10"
        categories = [category for category in (AP, AAU, UP) for _ in range(COUNT[category])]
        town.case(case, "2024-09-02")
        town.add("samtaler", case, samtale_id=case, dato=held)
        town.visit(case, held, "foerste", categories[number])
        if categories[number] != AAU:
            # 16 of the education-ready become activity-ready: then 50 have a right to be told of a coordinator
            final = AP if number >= len(NEW) - 16 else categories[number]
            town.visit(case, "2024-12-02", "endelig", final)
        if number < MET["guidance_coordinator"]:
            town.add("vejledninger", case, dato="2024-10-01", emne="koordinerende_sagsbehandler")
        if number < MET["guidance_225"]:
            town.add("vejledninger", case, dato=held, emne="225_timer")
        if number < MET["order_at_first"]:
            town.add("paalaeg", case, paalaeg_id=case, trin="1", afgivet=held)
        if number < MET["first_offer"]:
            town.add("tilbud", case, tilbud_id=case, art="andet", start="2024-10-02")
        if number < MET["literacy_test"]:
            test = {"gennemfoert": "2024-10-02"}
        elif number < MET["literacy_test"] + EXCUSED["literacy_test"]:
            test = {"undtaget_grund": "barsel", "undtaget": "2024-10-02"}
        else:
            test = {}
        town.add("tests", case, behov="ja", **test)


class _Town:
    """Rows of every table as they are delivered."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, object]]] = defaultdict(list)

    def add(self, table: str, case: str, **columns: object) -> None:
        self.tables[table].append({"sagsnummer": case} | columns)

    def case(self, case: str, enquiry: str, closed: str = "2025-06-02") -> None:
        columns = {"borgernoegle": f"P-{case}", "foedselsdato": "2004-02-29", "center": "Jobcenter"}
        self.add("sager", case, **columns, henvendelse=enquiry, afsluttet=closed)

    def visit(self, case: str, day: str, step: str, category: str) -> None:
        self.add("visitationer", case, dato=day, trin=step, kategori=category)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        for table, rows in self.tables.items():
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list({column: None for row in rows for column in row}), delimiter=";")
                writer.writeheader()
                writer.writerows(rows)
        return folder
