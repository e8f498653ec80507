"""The demo's survey among the youths and its costs, as the files that a municipality would read in.

The survey is Viborg's of November 2020: 102 asked, 45 answered, and the shares that answered to a high or to some
degree (70, 46, 67 and 65 %). How many answered each question and what else they answered is not published, and is made
up so that the shares come out. The costs are made up.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from data_access.demo_spells import Size
from data_access.rounds import ANSWERS, Kind

QUESTIONS: Mapping[str, tuple[int, ...]] = {
    "Har det hjulpet dig at have en ungeguide?": (17, 13, 7, 4, 2),
    "Er du blevet mere sikker på dine planer for uddannelse eller job?": (8, 11, 12, 8, 2),
    "Har du følt dig inddraget i at lave en plan for din fremtid?": (15, 15, 8, 5, 2),
    "Har dine sagsbehandlere og afdelinger samarbejdet om dit forløb?": (12, 16, 8, 5, 2),
}
"""Question -> how many gave each of `ANSWERS`."""
PER_YOUTH: Mapping[str, tuple[int, float]] = {
    "virksomhedspraktik": (6_200, 0.11),
    "loentilskud": (58_000, 0.015),
    "opkvalificering": (31_500, 0.045),
    "mentor": (28_000, 0.08),
    "helbredsmestring": (14_800, 0.035),
    "social_sundhed": (74_000, 0.025),
}
"""Kind of offer -> kroner for each youth, and youths for each case of the municipality."""


def write(folder: Path, size: Size, view_date: dt.date) -> list[tuple[Path, Kind]]:
    """The two files, and which kind each is. The costs are those of the year before the view date's."""
    asked = {"titel": "Ungeundersøgelse november 2020", "fra": dt.date(2020, 11, 1), "til": dt.date(2020, 11, 30)}
    answers = [
        asked | {"inviterede": 102, "besvarede": 45, "spoergsmaal": question, "svar": answer, "antal": count}
        for question, counts in QUESTIONS.items()
        for answer, count in zip(ANSWERS, counts, strict=True)
    ]
    year = view_date.year - 1
    of_year = {"titel": f"Udgifter til tilbud {year}", "fra": dt.date(year, 1, 1), "til": dt.date(year, 12, 31)}
    lines = []
    for kind, (price, share) in PER_YOUTH.items():
        # mentors are paid by the two largest centres, the rest is not divided
        places = list(size.centers)[:2] if kind == "mentor" else [None]
        for number, place in enumerate(places, start=1):
            youths = round(size.cases * share / number)
            lines.append(of_year | {"art": kind, "center": place, "beloeb": youths * price, "unge": youths})
    files: list[tuple[Path, Kind]] = [(folder / "ungeundersoegelse.csv", "survey"), (folder / "udgifter.csv", "cost")]
    for (path, _), rows in zip(files, (answers, lines), strict=True):
        pl.DataFrame(rows).write_csv(path, separator=";", date_format="%d-%m-%Y", line_terminator="\r\n")
    return files
