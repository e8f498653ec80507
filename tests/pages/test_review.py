"""Ledelsestilsyn: drawn, read and followed up; the register is told of afterwards, and each look is logged."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data_access import demo_reviews, reviews, tables
from data_access.reviews import Round
from data_access.tables import FULL_SCOPE, Scope
from metrics.assess import Cut, assess, year_before
from metrics.review import AUDITED, YES
from tests.pages.conftest import Open
from tests.pages.test_access import CENTER, HEAD, change, logged
from tests.town import TODAY
from ui import exports, texts
from ui.review import answers, results, sample, standing
from ui.review.sample import Asked

YEAR = Cut(year_before(TODAY), TODAY)
ANNA = Scope("anna", ("coordinator",), None)
TRIED = Scope("prøve", ("coordinator",), None)
"""Whoever tries a role in a demo."""


def begin(engine: sa.Engine, *, read: float = 0.0, title: str = "Efteråret 2026", size: int = 30) -> Round:
    """A round of the town's cases, of which another than the visitor has read a share."""
    known = assess(tables.read(engine, FULL_SCOPE, 2), TODAY)
    asked = Asked(AUDITED, YEAR, "center")
    round_ = sample.define(engine, ANNA, known, asked, delivery=2, title=title, size=size, seed=1, second_share=0.5)
    if read:
        demo_reviews.review(engine, round_, read)
    return round_


def labelled(elements: Iterable[Any], label: str) -> Any:
    return next(each for each in elements if label in each.label.replace(texts.SPACE, " "))


def press(app: AppTest, label: str) -> AppTest:
    return labelled(app.button, label).click().run()


def everything(app: AppTest) -> str:
    """All words on the page, without the marks that keep Markdown from reading them."""
    kinds = ("markdown", "caption", "text", "info", "warning", "success", "header", "subheader", "title", "error")
    said = [str(getattr(each, "value", "")) for kind in kinds for each in app.get(kind)]
    said += [each.proto.text for each in app.get("progress")]
    said += [each.proto.body for each in app.get("html")] + [each.label for each in app.button]
    said += [frame.value.to_csv() for frame in app.dataframe]
    return " ".join(said).replace("\\", "").replace(texts.SPACE, " ")


def opened(app: AppTest) -> AppTest:
    """With the form of a new round unfolded."""
    app.session_state["ny_runde"] = True
    return app.run()


def drawn(engine: sa.Engine, round_: Round, center: str | None = None) -> list[str]:
    found = reviews.cases(engine, FULL_SCOPE, round_.id)
    return [case for case, held in found.select("case_id", "center").iter_rows() if center in (None, held)]


# --- drawing ------------------------------------------------------------------------------------------


def test_a_round_is_defined_previewed_and_drawn(open_page: Open, own: sa.Engine) -> None:
    app = open_page("ledelsestilsyn", purpose=False)
    assert not app.exception
    assert [info.value for info in app.info] == ["Der er ikke lavet en runde endnu."]
    app = opened(app)
    assert labelled(app.multiselect, "Spørgsmål").value == list(AUDITED)
    first = everything(app)
    population = int(re.search(r"\*\*(\d+) sager i rammen", first)[1])  # type: ignore[index]
    assert f"Med 40 af {population} sager kan en andel fastlægges" in first
    app.number_input(key="runde_antal").set_value(25)
    app.selectbox(key="runde_opdeling").select("center")
    app.text_input(key="runde_titel").input("Prøverunden").run()
    assert f"Med 25 af {population} sager" in everything(app)
    assert "Delt op:" in everything(app)
    assert reviews.rounds(own, ANNA) == ()
    press(app, "Udtræk 25 sager")
    [saved] = reviews.rounds(own, ANNA)
    assert (saved.title, saved.size, saved.strata, saved.created_by) == ("Prøverunden", 25, "center", "prøve")
    assert (saved.seed, saved.view_date, saved.delivery) == (20261122, TODAY, 2)
    assert sum(saved.frame_sizes.values()) == population
    assert "25 sager er udtrukket." in everything(app)
    assert "0 af 25 sager læst" in everything(open_page("ledelsestilsyn"))


def test_what_cannot_be_drawn_is_said_beside_the_form(open_page: Open, own: sa.Engine) -> None:
    app = opened(open_page("ledelsestilsyn"))
    app.text_input(key="runde_titel").input(" ").run()
    press(app, "Udtræk")
    assert [error.value for error in app.error] == ["Skriv en titel, så runden kan kendes fra de andre."]
    app.multiselect(key="runde_spoergsmaal").set_value([]).run()
    assert "Vælg en periode og mindst ét spørgsmål" in everything(app)
    assert reviews.rounds(own, ANNA) == ()


def test_a_round_is_extended_with_the_cases_that_stand_next(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own)
    before = drawn(own, round_)
    app = open_page("ledelsestilsyn", runde=str(round_.id))
    app.number_input(key=f"udvid_antal_{round_.id}_30").set_value(45).run()
    press(app, "Udvid stikprøven")
    assert not app.error
    assert "udvidet fra 30 til 45 sager" in everything(app)
    assert drawn(own, round_)[:30] == before
    assert len(drawn(own, round_)) == 45


def test_a_frame_that_cannot_be_made_anew_is_not_extended(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own)
    change(own, "UPDATE review_rounds SET frame_hash = 'en anden'")
    app = press(open_page("ledelsestilsyn", runde=str(round_.id)), "Udvid stikprøven")
    assert "Rammen er ikke den samme som ved udtrækket" in app.error[0].value
    assert len(drawn(own, round_)) == 30


def test_a_round_that_is_not_there_is_told_of(open_page: Open, own: sa.Engine) -> None:
    begin(own)
    for number in ("99", "x", "1 OR 1=1"):
        app = open_page("ledelsestilsyn", runde=number)
        assert not app.exception
        assert [warning.value for warning in app.warning] == ["Runden findes ikke."]


# --- reading ------------------------------------------------------------------------------------------


def answer(app: AppTest, code: str, note: str = "") -> AppTest:
    for radio in app.radio:
        radio.set_value(code)
    app.text_input[0].input(note)
    return press(app, "Gem svarene")


def test_a_case_is_read_without_knowing_the_register_and_the_log_is_written_first(
    open_page: Open, own: sa.Engine
) -> None:
    round_ = begin(own)
    case = drawn(own, round_)[0]
    app = open_page("ledelsestilsyn", purpose=False, runde=str(round_.id), sag=case)
    assert not app.exception
    [looked] = [entry for entry in logged(own) if entry["action"] == "list_cases"]
    assert (looked["purpose"], looked["note"], looked["cases"]) == ("management_review", "Efteråret 2026", {case})
    assert [radio.label for radio in app.radio] == [answers.QUESTIONS[measure] for measure in AUDITED]
    assert "Registeret siger" not in everything(app)
    press(app, "Gem svarene")
    assert "Svar på alle spørgsmål" in app.error[0].value
    answer(app, YES, "Står *tydeligt* i <b>journalen</b>")
    assert not app.exception
    shown = everything(app)
    assert f"Gemt: {len(AUDITED)} svar om sag {case}." in shown
    assert "Registeret siger" in shown
    assert "&lt;b&gt;journalen&lt;/b&gt;" in shown
    saved = reviews.answers(own, FULL_SCOPE, round_.id)
    assert set(saved["case_id"]) == {case}
    assert set(saved["saved_by"]) == {"prøve"}
    assert f"**{case}** · " not in " ".join(button.label for button in app.button)


def test_the_answers_can_be_corrected_by_who_gave_them(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own)
    case = drawn(own, round_)[1]
    app = answer(open_page("ledelsestilsyn", runde=str(round_.id), sag=case), YES)
    answer(app, "no")
    assert set(reviews.answers(own, FULL_SCOPE, round_.id)["answer"]) == {"no"}
    assert reviews.history(own, FULL_SCOPE, round_.id, case).height == 2 * len(AUDITED)


def test_the_second_reader_does_not_see_the_first_s_answers(
    open_page: Open, own: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = begin(own)
    cases = reviews.cases(own, FULL_SCOPE, round_.id)
    case = cases.filter("second")["case_id"][0]
    reviews.answer(own, ANNA, round_.id, case, dict.fromkeys(AUDITED, ("no", "ANNAS NOTE")), reviewer=1)
    files: list[dict[str, str]] = []
    monkeypatch.setattr(exports, "offer", lambda *_, about, **__: files.append(about))
    result = everything(open_page("ledelsestilsyn", runde=str(round_.id), vis="resultat"))
    assert result.count("intet svar endnu") >= len(AUDITED)
    assert f"Resultatet er {standing.LEFT_OUT}." in result
    assert files[0]["Runde"].endswith(f" · {standing.LEFT_OUT}")
    assert "Hvad runderne har vist" not in everything(open_page("ledelsestilsyn"))
    for query in ({"sag": case}, {}, {"vis": "opfoelgning"}, {"vis": "enighed"}):
        app = open_page("ledelsestilsyn", runde=str(round_.id), **query)
        assert not app.exception
        assert "ANNAS NOTE" not in everything(app)
        assert "Nej, mangler" not in everything(app)
    app = answer(open_page("ledelsestilsyn", runde=str(round_.id), sag=case), YES)
    shown = everything(app)
    assert "ANNAS NOTE" in shown
    assert "Svarene er låst" in shown
    assert not app.radio


def test_the_list_leads_to_the_cases_that_are_left(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own, read=0.5)
    app = open_page("ledelsestilsyn", runde=str(round_.id))
    left = standing.read(own, TRIED, round_).to_read("prøve")
    lines = [button.label for button in app.button if " · " in button.label]
    assert len(lines) == 30
    assert sum("Skal læses" in line for line in lines) == 15
    assert sum("andenlæser" in line for line in lines) == list(left.values()).count(standing.SECOND_READ)
    [looked] = [entry for entry in logged(own) if entry["user"] == "prøve"]
    assert looked["cases"] == set(drawn(own, round_))


# --- a head -------------------------------------------------------------------------------------------


def test_a_head_sees_own_cases_and_no_result(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own, read=1.0)
    app = open_page("ledelsestilsyn", role=HEAD)
    assert "Ny runde" not in [box.label for box in app.expander]
    assert "Hvad runderne har vist" not in everything(app)
    mine, others = set(drawn(own, round_, CENTER)), set(drawn(own, round_)) - set(drawn(own, round_, CENTER))
    assert mine
    for view in ("sager", "resultat", "enighed", "opfoelgning"):
        app = open_page("ledelsestilsyn", role=HEAD, runde=str(round_.id), vis=view)
        assert not app.exception
        shown = everything(app)
        assert not any(case in shown for case in others)
        assert "registeret " not in shown
        assert f"{len(mine)} af {len(mine)} sager fra dine centre læst" in shown
        assert "Sådan er sagerne udtrukket" not in [box.label for box in app.expander]
    assert all(entry["cases"] <= mine for entry in logged(own) if entry["user"] == "prøve")


def test_a_head_cannot_read_another_centre_s_case(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own)
    other = next(case for case in drawn(own, round_) if case not in drawn(own, round_, CENTER))
    undrawn = "findes-ikke"
    for case in (other, undrawn):
        app = open_page("ledelsestilsyn", role=HEAD, runde=str(round_.id), sag=case)
        assert [warning.value for warning in app.warning] == [reviews.NOT_YOURS]
        assert not app.radio
        assert case not in everything(app).replace(round_.title, "")
    assert [entry["action"] for entry in logged(own) if entry["user"] == "prøve"] == ["refused", "refused"]


def test_a_head_without_cases_in_a_round_is_told_so(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own)
    change(own, "DELETE FROM review_cases")
    assert "Ingen af dine sager er udtrukket til et tilsyn." in everything(open_page("ledelsestilsyn", role=HEAD))
    app = open_page("ledelsestilsyn", role=HEAD, runde=str(round_.id))
    assert "Ingen af dine sager er udtrukket til denne runde." in everything(app)


# --- what it shows ------------------------------------------------------------------------------------


def test_the_result_stands_beside_the_register_s_figure(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own, read=1.0)
    found = results.lines(standing.read(own, FULL_SCOPE, round_))
    app = open_page("ledelsestilsyn", runde=str(round_.id), vis="resultat")
    assert not app.exception
    shown = everything(app)
    for line in found:
        assert f"{line.said}<small" in "".join(block.proto.body for block in app.get("html"))
        assert line.beside.replace(texts.SPACE, " ") in shown
    assert "Foreløbigt" not in shown
    over_time = everything(open_page("ledelsestilsyn"))
    assert "Hvad runderne har vist" in over_time
    assert found[0].said.replace(texts.SPACE, " ") in over_time


def test_agreement_and_disagreements_are_told(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own, read=1.0)
    both = results.pairs(standing.read(own, FULL_SCOPE, round_))
    app = open_page("ledelsestilsyn", runde=str(round_.id), vis="enighed")
    shown = everything(app)
    assert texts.sentence(results.agreement_words(results.agreement(both))).replace(texts.SPACE, " ") in shown
    assert len(app.dataframe[0].value) == results.disagreements(both).height > 0


def pick(app: AppTest, row: int) -> AppTest:
    key = app.dataframe[0].proto.id.rpartition("-")[2]
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return app.run()


def test_what_was_found_wanting_is_followed_up(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own, read=1.0)
    app = open_page("ledelsestilsyn", role=HEAD, runde=str(round_.id), vis="opfoelgning", status="open")
    before = app.dataframe[0].value
    app = pick(app, 0)
    labelled(app.radio, "Status").set_value("done")
    labelled(app.text_input, "Hvad er der gjort").input("Talt med den unge")
    press(app, "Gem")
    assert not app.error
    saved = reviews.follow_ups(own, FULL_SCOPE, round_.id)
    [mine] = saved.filter(saved_by="prøve").rows(named=True)
    assert (mine["case_id"], mine["state"], mine["note"]) == (before["Sag"][0], "done", "Talt med den unge")
    assert f"Gemt: sag {before['Sag'][0]}, fulgt op." in everything(app)


@pytest.mark.parametrize("row", [-1, 10_000])
def test_a_row_that_is_not_there_is_not_picked(open_page: Open, own: sa.Engine, row: int) -> None:
    round_ = begin(own, read=1.0)
    app = pick(open_page("ledelsestilsyn", runde=str(round_.id), vis="opfoelgning"), row)
    assert not app.exception
    assert not app.radio


def test_the_newest_result_stands_under_its_measure_for_who_sees_all(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own, read=1.0)
    assert "Seneste tilsyn: " in everything(open_page("visitation"))
    assert f", {round_.title}." in everything(open_page("visitation"))
    assert "Seneste tilsyn" not in everything(open_page("visitation", role=HEAD))


def test_deleted_cases_are_told_of(open_page: Open, own: sa.Engine) -> None:
    round_ = begin(own)
    change(own, "DELETE FROM review_cases WHERE position < 3")
    assert "2 af de udtrukne sager er slettet siden." in everything(open_page("ledelsestilsyn", runde=str(round_.id)))
