"""What the demo municipality's reviewers have answered: mostly as the register says, and sometimes not."""

import hashlib
import json

import sqlalchemy as sa

from data_access import reviews
from data_access.reviews import Round
from data_access.tables import Scope

FIRST, SECOND = (Scope(name, ("coordinator",), None) for name in ("anna", "bo"))
"""Who reads the cases: nobody who looks at the demo is either of them."""
IN_THE_FILE, NOT_FOUND = "Står i journalen, men er ikke registreret", "Ikke fundet i sagen"


def review(engine: sa.Engine, round_: Round, share: float = 1.0) -> None:
    """Answer for a share of a round's cases in the order drawn, and follow up on some; all by the case's own hash.

    The second reviewer has read all but the last two of those.
    """
    cases = reviews.cases(engine, FIRST, round_.id)
    read = cases.head(round(cases.height * share))
    for case, registered in read.select("case_id", "registered").iter_rows():
        told = json.loads(registered)
        said = {measure: _answer(round_, case, measure, told.get(measure)) for measure in round_.measures}
        reviews.answer(engine, FIRST, round_.id, case, said, reviewer=1)
    twice = read.filter("second")["case_id"].to_list()
    for case in twice if share == 1 else twice[:-2]:
        first = reviews.answers(engine, FIRST, round_.id).filter(case_id=case, reviewer=1)
        agreed = {m: (a, "") for m, a in first.select("measure", "answer").iter_rows()}
        other = {m: ("cannot_tell", "Uklart") for m in agreed if _chance(round_, case, m, "second") < 0.1}
        reviews.answer(engine, SECOND, round_.id, case, agreed | other, reviewer=2)
    wanting = reviews.answers(engine, FIRST, round_.id).filter(reviewer=1, answer="no", blind=False)
    for case, measure in wanting.select("case_id", "measure").iter_rows():
        if _chance(round_, case, measure, "done") < 0.4 * share:
            note = "Talt med sagsbehandleren, og sagen er bragt i orden"
            reviews.follow_up(engine, FIRST, round_.id, case, measure, state="done", note=note)


def _answer(round_: Round, case: str, measure: str, registered: str | None) -> tuple[str, str]:
    """An answer to one question: most of what is not registered is there when somebody looks."""
    if registered is None:
        return "not_covered", ""
    chance = _chance(round_, case, measure, "first")
    if chance < 0.04:
        return "cannot_tell", ""
    if registered == "yes":
        return ("no", NOT_FOUND) if chance > 0.92 else ("yes", "")
    found = 0.6 if registered == "blank" else 0.3
    return ("yes", IN_THE_FILE) if chance < found else ("no", "")


def _chance(round_: Round, *about: str) -> float:
    """A number from 0 to 1 that is the same every time."""
    mark = hashlib.sha256("|".join((round_.title, *about)).encode()).digest()
    return int.from_bytes(mark[:4], "big") / 2**32
