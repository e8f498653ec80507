"""Surveys and costs: taken in whole or not at all, kept by version, and a message holds nothing from the file."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from data_access import rounds
from data_access.database import DatabaseUnavailable, reading
from data_access.demo_rounds import QUESTIONS, write
from data_access.demo_spells import SIZES
from data_access.models import Cost, Round, SurveyAnswer
from data_access.rounds import ANSWERS, Kind, Line, RoundRefused, Taken, costs, surveys, take_in
from data_access.tables import FULL_SCOPE, NoScope, Scope
from metrics.statistics import finite_population
from tests.case_database import CENTERS, fill

ANNA = Scope("anna", ("coordinator",), None)
HEAD = Scope("hanne", ("head",), (CENTERS[0],))
SURVEY = """
titel;fra;til;inviterede;besvarede;spoergsmaal;svar;antal
Trivsel 2026;01-05-2026;31-05-2026;102;45;Hjalp det?;hoej_grad;20
Trivsel 2026;01-05-2026;31-05-2026;102;45;Hjalp det?;slet_ikke;15
Trivsel 2026;01-05-2026;31-05-2026;102;45;Blev du hørt?;ved_ikke;5
Trivsel 2026;01-05-2026;31-05-2026;102;45;Blev du hørt?;nogen_grad;40
""".lstrip()
COSTS = """
titel;fra;til;art;center;beloeb;unge
Tilbud 2025;01-01-2025;31-12-2025;mentor;Børn og Unge;1.234,50;4
Tilbud 2025;01-01-2025;31-12-2025;mentor;Familie og Handicap;800;
Tilbud 2025;01-01-2025;31-12-2025;loentilskud;;90000;2
""".lstrip()
TEXT: dict[Kind, str] = {"survey": SURVEY, "cost": COSTS}


def file(folder: Path, text: str, name: str = "runde.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def taken(engine: sa.Engine, folder: Path, text: str, kind: Kind = "survey", name: str = "runde.csv") -> Taken:
    return take_in(engine, ANNA, file(folder, text, name), kind)


def rows(engine: sa.Engine) -> list[int]:
    """How many rows each of the three tables holds."""
    with reading(engine) as connection:
        return [
            connection.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
            for model in (Round, SurveyAnswer, Cost)
        ]


def test_a_survey_is_given_back_as_it_was_read(engine: sa.Engine, tmp_path: Path) -> None:
    assert taken(engine, tmp_path, SURVEY) == Taken("Trivsel 2026", True, 1)
    [survey] = surveys(engine, HEAD)
    assert (survey.title, survey.from_on, survey.to_on) == ("Trivsel 2026", dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    assert (survey.invited, survey.answered) == (102, 45)
    first, second = survey.questions
    assert (first.text, dict(first.counts), first.base, first.agreed) == (
        "Hjalp det?",
        {"hoej_grad": 20, "slet_ikke": 15},
        35,
        20,
    )
    assert list(second.counts) == ["nogen_grad", "ved_ikke"]  # as the answers are ordered
    assert (second.base, second.agreed) == (45, 40)  # who does not know stays in the base
    assert dt.datetime.now(dt.UTC) - survey.saved_at < dt.timedelta(minutes=1)


def test_costs_are_given_back_as_they_were_read(engine: sa.Engine, tmp_path: Path) -> None:
    fill(engine)
    assert taken(engine, tmp_path, COSTS, "cost") == Taken("Tilbud 2025", True, 1)
    [found] = costs(engine, ANNA)
    assert found.lines == (
        Line("mentor", "Børn og Unge", 1234.5, 4),
        Line("mentor", "Familie og Handicap", 800, None),
        Line("loentilskud", None, 90_000, 2),
    )
    assert surveys(engine, ANNA) == ()


def test_a_head_sees_the_costs_of_the_own_centre_and_those_that_are_not_divided(
    engine: sa.Engine, tmp_path: Path
) -> None:
    fill(engine)
    taken(engine, tmp_path, COSTS, "cost")
    own = Scope("bo", ("head",), ("Børn og Unge",))
    assert [line.center for line in costs(engine, own)[0].lines] == ["Børn og Unge", None]
    assert [line.center for line in costs(engine, HEAD)[0].lines] == [None]


def test_a_workbook_is_read_as_well(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "runde.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for number, line in enumerate(SURVEY.splitlines()):
        cells = [int(cell) if cell.isdigit() else cell for cell in line.split(";")]
        sheet.write_row(number, 0, cells)
    book.close()
    assert take_in(engine, ANNA, path, "survey").new
    [survey] = surveys(engine, ANNA)
    assert [question.base for question in survey.questions] == [35, 45]


def test_the_same_file_twice_changes_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    taken(engine, tmp_path, SURVEY)
    before = rows(engine)
    assert taken(engine, tmp_path, SURVEY, name="kopi.csv") == Taken("Trivsel 2026", False, 1)
    assert rows(engine) == before == [1, 4, 0]


def test_the_same_title_anew_is_a_new_version_and_the_old_is_kept(engine: sa.Engine, tmp_path: Path) -> None:
    taken(engine, tmp_path, SURVEY)
    assert taken(engine, tmp_path, SURVEY.replace(";40", ";39")) == Taken("Trivsel 2026", True, 2)
    assert [question.base for question in surveys(engine, ANNA)[0].questions] == [35, 44]
    assert rows(engine) == [2, 8, 0]
    assert taken(engine, tmp_path, SURVEY) == Taken("Trivsel 2026", True, 3)  # back to what it was


def test_another_title_is_another_round_and_the_newest_period_comes_first(engine: sa.Engine, tmp_path: Path) -> None:
    taken(engine, tmp_path, SURVEY)
    taken(engine, tmp_path, SURVEY.replace("2026", "2025"))
    assert [survey.title for survey in surveys(engine, ANNA)] == ["Trivsel 2026", "Trivsel 2025"]


def test_two_at_once_save_the_file_once(engine: sa.Engine, tmp_path: Path) -> None:
    path = file(tmp_path, SURVEY)
    with ThreadPoolExecutor(2) as together:
        found = list(together.map(lambda _: take_in(engine, ANNA, path, "survey"), range(2)))
    assert sorted(one.new for one in found) == [False, True]
    assert rows(engine) == [1, 4, 0]


LIKE_CPR = "610199" + "-1234"
REFUSED: list[tuple[str, Kind, str, str, str]] = [
    ("unknown answer", "survey", "slet_ikke", "måske", "række 3, svar: Koden kendes ikke. Brug en af koderne hoej"),
    ("negative", "survey", ";15", ";-15", "række 3, antal: Antallet skal være et helt tal, der ikke er negativt."),
    ("half a person", "survey", ";15", ";1,5", "række 3, antal: Antallet skal være et helt tal"),
    ("no number", "survey", ";15", ";mange", "række 3, antal: Kan ikke læses som et tal."),
    ("blank", "survey", ";15", ";", "række 3, antal: Feltet er tomt."),
    ("too many", "survey", ";15", ";26", "række 2, 3, antal: Spørgsmålet har flere svar, end der er besvarede"),
    ("more answered than asked", "survey", ";102;45", ";44;45", "besvarede: Der er flere besvarede end inviterede."),
    ("two rounds", "survey", "Trivsel 2026;01-05-2026;31-05-2026;102;45;Blev", "2026;01-05-2026;31-05-2026;102;45;Blev",
     "række 4, 5, titel: Værdien skal være den samme"),
    ("twice", "survey", "slet_ikke", "hoej_grad", "række 2, 3, svar: Svaret står flere gange"),
    ("backwards", "survey", "01-05-2026", "01-06-2026", "række 2, 3, 4, 5, til: Den sidste dag ligger før den første."),
    ("no date", "survey", "01-05-2026", "maj", "fra: Kan ikke læses som en dato"),
    ("no such column", "survey", ";svar;", ";vurdering;", "Kolonnen »svar« mangler"),
    ("a column twice", "survey", ";svar;antal", ";antal;antal", "Kolonnen »svar« mangler"),
    ("CPR-like question", "survey", "Hjalp det?", f"Hjalp {LIKE_CPR}?", "række 2, 3, spoergsmaal: Noget i feltet"),
    ("CPR-like title", "survey", "Trivsel 2026", LIKE_CPR, "række 2, 3, 4, 5, titel: Noget i feltet ligner"),
    ("CPR-like answer", "survey", "slet_ikke", LIKE_CPR, "række 3, svar: Koden kendes ikke."),
    ("long", "survey", "Hjalp det?", "Hjalp det? " * 30, "spoergsmaal: Teksten er over 200 tegn."),
    ("no rows", "survey", SURVEY.partition("\n")[2], "", "Filen har ingen rækker"),
    ("unknown kind", "cost", "loentilskud", "kaffe", "række 4, art: Koden kendes ikke. Brug en af koderne virksomheds"),
    ("negative amount", "cost", ";800;", ";-800;", "række 3, beloeb: Beløbet må ikke være negativt."),
    ("negative youths", "cost", ";90000;2", ";90000;-2", "række 4, unge: Antallet skal være"),
    ("a kind twice", "cost", "Familie og Handicap", "Børn og Unge", "række 2, 3, art: Arten står flere gange"),
    ("unknown centre", "cost", "Børn og Unge", "Et andet", "række 2, center: Centret kendes ikke."),
    ("CPR-like centre", "cost", "Børn og Unge", LIKE_CPR, "række 2, center: Noget i feltet ligner"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_wrong_refuses_the_whole_file(
    sqlite_engine: sa.Engine, tmp_path: Path, kind: Kind, old: str, new: str, words: str
) -> None:
    fill(sqlite_engine)
    text = TEXT[kind].replace(old, new)
    assert text != TEXT[kind]
    with pytest.raises(RoundRefused) as refused:
        taken(sqlite_engine, tmp_path, text, kind)
    message = str(refused.value)
    assert message.startswith("runde.csv blev ikke læst ind, og intet er ændret.\n")
    assert words in message
    assert LIKE_CPR not in message
    assert not [word for word in ("Trivsel", "Hjalp", "måske", "mange", "maj", "kaffe", "Et andet") if word in message]
    assert rows(sqlite_engine) == [0, 0, 0]


def test_a_column_that_stands_twice_is_told(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    lines = [line + ";" + last for line, last in zip(SURVEY.splitlines(), ["antal", "1", "1", "1", "1"], strict=True)]
    with pytest.raises(RoundRefused, match="Kolonnen »antal« står to gange"):
        taken(sqlite_engine, tmp_path, "\n".join(lines))


@pytest.mark.parametrize("name", ["findes-ikke.csv", "."])
def test_what_is_no_file_is_told(sqlite_engine: sa.Engine, tmp_path: Path, name: str) -> None:
    with pytest.raises(RoundRefused, match="Der er ingen fil"):
        take_in(sqlite_engine, ANNA, tmp_path / name, "survey")


def test_what_cannot_be_read_is_told_without_the_number_in_its_name(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / f"{LIKE_CPR}.csv"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(RoundRefused, match=r"xxxxxx-xxxx\.csv: filen er ikke en tabel"):
        take_in(sqlite_engine, ANNA, path, "survey")


def test_a_workbook_with_several_sheets_is_refused(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "runde.xlsx"
    book = xlsxwriter.Workbook(path)
    for name in ("Et", "To"):
        book.add_worksheet(name).write(0, 0, "titel")
    book.close()
    with pytest.raises(RoundRefused, match="præcis ét synligt ark"):
        take_in(sqlite_engine, ANNA, path, "survey")


def test_what_fails_halfway_leaves_nothing(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = sa.Table("is_not_there", sa.MetaData(), *(sa.Column(column.name) for column in rounds._answer.c))
    monkeypatch.setattr(rounds, "_answer", broken)
    with pytest.raises(DatabaseUnavailable, match="Runden blev ikke gemt"):
        taken(engine, tmp_path, SURVEY)
    assert rows(engine) == [0, 0, 0]


NOT_ALLOWED: list[Any] = [None, "anna", Scope("ingen"), HEAD, Scope("stig", ("steering",))]


@pytest.mark.parametrize("scope", NOT_ALLOWED)
def test_only_who_delivers_may_take_in(sqlite_engine: sa.Engine, tmp_path: Path, scope: Any) -> None:
    with pytest.raises(NoScope):
        take_in(sqlite_engine, scope, file(tmp_path, SURVEY), "survey")
    assert rows(sqlite_engine) == [0, 0, 0]


@pytest.mark.parametrize("read", [surveys, costs])
@pytest.mark.parametrize("scope", [None, "anna", Scope("ingen"), Scope("adm", ("administrator",))])
def test_only_who_sees_figures_may_see_them(sqlite_engine: sa.Engine, read: Any, scope: Any) -> None:
    with pytest.raises(NoScope):
        read(sqlite_engine, scope)


def test_the_demo_says_what_viborg_said(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    fill(sqlite_engine)
    for path, kind in write(tmp_path, SIZES["rebild"], dt.date(2026, 11, 22)):
        if kind == "survey":
            take_in(sqlite_engine, FULL_SCOPE, path, kind)
    [survey] = surveys(sqlite_engine, ANNA)
    assert (survey.invited, survey.answered) == (102, 45)
    assert [round(100 * one.agreed / one.base) for one in survey.questions] == [70, 46, 67, 65]
    assert [len(counts) for counts in QUESTIONS.values()] == [len(ANSWERS)] * 4
    low, high = finite_population(30, 45, 102)
    assert (round(low, 2), round(high, 2)) == (0.55, 0.76)  # of 102 without replacement: narrower than Wilson's
