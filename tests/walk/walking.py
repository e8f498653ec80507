"""The walk: one identity goes to a page, tries every way out of it, and what came out is held up against the policy.

`POLICY` says who may see what, and where; what is not in it nobody may see. A new way out goes into `every_way_out`,
a new kind of secret into `town.py`, and a row here.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from tests.walk.client import Answer, Visitor, resources
from tests.walk.serving import Server
from tests.walk.town import CENTERS_OF, ROLES, Marked, Town

POLICY = """
what           | head              | coordinator      | steering      | administrator    | protection
center         | own all@published | all              | all@published | all@adgang       | all@loggen
case           | own               | all              | -             | -                | -
protected      | own               | all              | -             | -                | -
moved          | own               | all              | -             | -                | -
movedprotected | own               | all              | -             | -                | -
waiting        | own               | all              | -             | -                | -
team           | own               | all              | -             | -                | -
institution    | own@sag           | all@sag          | -             | -                | -
instrument     | own@sag           | all@sag          | -             | -                | -
responsible    | own@sag,k-moeder  | all@sag,k-moeder | -             | -                | -
days           | own               | all              | -             | -                | -
base           | own all@published | all              | all@published | -                | -
event          | own               | all              | -             | all@maal         | -
targetnote     | -                 | all@maal         | -             | all@maal         | -
colleague      | all@udforsk       | all@maal,udforsk | -             | all@maal         | all@loggen
delivery       | all@datagrundlag  | all@datagrundlag | -             | all@datagrundlag | -
grant          | -                 | -                | -             | all@adgang       | all@loggen
user           | own               | own              | own           | own              | own all@loggen
note           | own               | own              | own           | own              | own all@loggen
""".replace("@published", "@maanedens-tal,styregruppen")
"""What may come over the wire to whom: `own` = of one's own centres (or oneself), `all`, `-` = never; `@` = only there.
The name of a centre is also told where it says something of one's own case, and to who keeps grants, targets and
deliveries. Who is left out sees their own user name and nothing else."""

TOLD_OF_CENTERS = {"head": ("sag",), "administrator": ("maal", "datagrundlag")}
"""Role -> pages where the names of all centres may stand, beside those of the policy."""

MUST = """
who           | page               | what
head          | afvigelser         | case protected moved
head          | sag                | institution instrument responsible center
head          | visitation         | days
head          | k-moeder           | case responsible waiting
head          | uddannelsespaalaeg | base event
head          | udforsk            | case colleague
head of two   | afvigelser         | case protected moved
head of two   | sag                | institution
head of two   | visitation         | days
coordinator   | afvigelser         | case protected moved movedprotected
coordinator   | sag                | institution
coordinator   | visitation         | days
coordinator   | udforsk            | case colleague
coordinator   | maal               | event targetnote
administrator | adgang             | grant
administrator | maal               | event targetnote
administrator | datagrundlag       | delivery
steering      | maanedens-tal      | base center
steering      | styregruppen       | base center
head          | styregruppen       | base
head          | maanedens-tal      | base
protection    | loggen             | user note
"""
"""What must be seen, of every centre that one may see: a server that shows nothing keeps no secrets."""


def table(text: str) -> list[dict[str, str]]:
    """The rows of a table of words."""
    heading, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return [dict(zip(heading, row, strict=True)) for row in rows]


_POLICY = {row["what"]: row for row in table(POLICY)}


def may_see(who: str, page: str, what: Marked) -> bool:
    """Whether the policy lets somebody see something on a page."""
    own = CENTERS_OF[who] | {who}
    if who not in ROLES:
        return what.kind == "user" and who in what.centers
    if what.kind == "center" and any(page in TOLD_OF_CENTERS.get(role, ()) for role, _ in ROLES[who]):
        return True
    cells = {_POLICY[what.kind][role] for role, _ in ROLES[who]} if what.kind in _POLICY else set()
    for way in (way for cell in cells for way in cell.split()):
        whose, _, pages = way.partition("@")
        if (not pages or page in pages.split(",")) and (whose == "all" or (whose == "own" and own & what.centers)):
            return True
    return False


@dataclass
class Walked:
    """What one identity was given."""

    who: str
    town: Town
    seen: dict[str, dict[str, Marked]] = field(default_factory=dict)
    """Page -> the marks that came over the wire."""
    failed: list[str] = field(default_factory=list)
    """Pages that met an error that nobody foresaw."""
    files: list[str] = field(default_factory=list)
    """Addresses of the files that were taken out."""
    loose: list[str] = field(default_factory=list)
    """Pages with a table that can be edited, or a part that can be run without the page around it.

    The guided first visit is such a part: words that are the same for all."""

    log: str = ""
    """What the server wrote meanwhile."""

    def take(self, page: str, answer: Answer) -> None:
        """Read what came of a page."""
        self.seen.setdefault(page, {}).update(self.town.found(answer.everything))
        if answer.failed:
            self.failed.append(page)
        if any(one.editing_mode for one in answer.all("dataframe")) or answer.parts - answer.parts_with(
            "rundvisning_luk"
        ):
            self.loose.append(page)

    def leaks(self) -> list[str]:
        """What came out and may not, a line each."""
        return [
            f"{self.who} saw {what.kind} of {'+'.join(sorted(what.centers)) or 'nobody'} on /{page}: {word}"
            for page, words in self.seen.items()
            for word, what in sorted(words.items())
            if not may_see(self.who, page, what)
        ]

    def written(self) -> list[str]:
        """Lines of the server's log that tell of somebody, or of an error."""
        words = ("Traceback", "Error", "Fejl ")
        lines = self.log.splitlines()
        return [line[:300] for line in lines if self.town.found(line) or any(word in line for word in words)]

    def missed(self) -> list[str]:
        """What must be seen, and was not."""
        return [
            f"{self.who} did not see {kind} of {center} on /{row['page']}"
            for row in table(MUST)
            if row["who"] == self.who
            for kind in row["what"].split()
            for center in sorted(CENTERS_OF[self.who] & self.town.centers_with(kind)) or [""]
            if not any(
                kind == what.kind and (not center or center in what.centers)
                for what in self.seen.get(row["page"], {}).values()
            )
        ]

    def cases(self) -> set[str]:
        """The case numbers that were sent."""
        kinds = ("case", "protected", "moved", "movedprotected", "waiting")
        return {word for words in self.seen.values() for word, what in words.items() if what.kind in kinds}


def walk(server: Server, town: Town, who: str, pages: Sequence[str]) -> Walked:
    """Go to each page, as somebody, and try every way out of it."""
    walked, before = Walked(who, town), server.said()
    with server.visitor(town.identities[who]) as visitor:
        hashes = visitor.open().pages
        for page in pages:
            for query in _addresses(town, who, page):
                for answer in every_way_out(visitor, walked, page, query):
                    walked.take(visitor.at, answer)
            answer = visitor.open(hash=hashes.get(page, ""))
            walked.take(visitor.at, answer)
    walked.log = server.said().removeprefix(before)
    return walked


def _addresses(town: Town, who: str, page: str) -> list[str]:
    """The query strings that a page is asked for with: the case page once for each kind of case of each centre, the
    K-møder once for each of its parts, and Udforsk with the list behind the total."""
    if page == "k-moeder":
        return ["", "vis=dagsorden", "vis=aftaler"]
    if page == "udforsk":
        return ["", "raekke=alle&kolonne=alle"]
    if page != "sag":
        return [""]
    kinds = [numbers[0] for numbers in town.cases.values()]
    return ["", *(f"sag={case}" for case in (kinds if CENTERS_OF[who] else kinds[:3]))]


def every_way_out(visitor: Visitor, walked: Walked, page: str, query: str = "") -> Iterator[Answer]:
    """All that a page gives: drawn, unfolded, asked why, a row picked, as files, and the files it points at."""
    answer = visitor.open(page, query)
    yield answer
    if not answer.all("markdown") and not answer.all("dataframe"):
        return
    folded = [box for kind in ("expandable", "popover") for box in answer.all(kind) if box.id]
    if folded:
        for box in folded:
            visitor.put(box, True)
        answer = visitor.again()
        yield answer
    for _ in range(2):  # why, and for a protected case why just this one
        given = give_reason(visitor, answer, walked.town, walked.who)
        if given is None:
            break
        answer = given
        yield answer
    for listed in answer.all("dataframe"):
        if listed.selection_mode:
            yield visitor.pick_row(listed, 0)
            answer = visitor.pick_row(listed, 1)
            yield answer
    for button in answer.all("download_button"):
        url, file = visitor.download(button)
        walked.files.append(url)
        yield file
    for url in sorted(resources(answer)):
        status, content = visitor.fetch(url)
        yield Answer([], [content]) if status == 200 else Answer()


def give_reason(visitor: Visitor, answer: Answer, town: Town, who: str) -> Answer | None:
    """Say why, where a page asks before it shows a case. None: it does not ask."""
    note = town.mark("note", who)
    purpose = answer.find("selectbox", begins="formaal_valg_")
    reason = answer.find("text_input", begins="beskyttet_")
    if asked := purpose or reason:
        if purpose:
            visitor.put(purpose, "Ledelsestilsyn")
        form = [(kind, one) for kind, one in answer.drawn if getattr(one, "form_id", "") == asked.form_id]
        for text in (one for kind, one in form if kind == "text_input"):
            visitor.put(text, note)
        return visitor.press(next(one for kind, one in form if kind == "button"))
    return None


# --- the log, read past the product -------------------------------------------------------------------


def entries(engine: sa.Engine, user: str) -> list[tuple[str, int, frozenset[str]]]:
    """(action, rows, cases) of what the access log holds of a user, oldest first."""
    log = sa.text('SELECT id, action, "rows" FROM access_log WHERE lower("user") = :user ORDER BY id')
    about = sa.text("SELECT case_id FROM access_log_cases WHERE log_id = :id")
    with engine.connect() as connection:
        found = connection.execute(log, {"user": user.lower()}).all()
        return [
            (action, rows, frozenset(connection.execute(about, {"id": id}).scalars())) for id, action, rows in found
        ]


def logged(engine: sa.Engine, user: str) -> set[str]:
    """The cases that the log says a user was shown."""
    return {case.lower() for action, _, cases in entries(engine, user) if action != "refused" for case in cases}


@contextmanager
def statement(engine: sa.Engine, before: str, after: str) -> Iterator[None]:
    """Something done to the database from outside, and undone."""
    with engine.begin() as connection:
        connection.exec_driver_sql(before)
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(after)


def broken_log(engine: sa.Engine) -> AbstractContextManager[None]:
    """A log that takes nothing more in, until it is left."""
    stop = "CREATE TRIGGER stopped BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'stopped'); END"
    return statement(engine, stop, "DROP TRIGGER stopped")
