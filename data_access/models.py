"""The case database as SQLModel tables: at once the schema, the data contract and the data dictionary.

Every table of a delivery is one class. Its docstring names what one row is; each column carries, as
`Source`, what the contract says about the Danish column it is filled from. The importer, the typed reader,
the migrations and the documentation are all derived from here. The tables at the end are not delivered: they come of
the dashboard's use.

Naming: `*_on` = something that happened (masked by the view date), `*_due`, `until` and `planned_*` may lie
in the future. Code values keep the Danish word as data; `GLOSSARY.md` binds the two languages.
Source: the data contract for deliveries (`docs/leverance.md`).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

Kind = Literal["date", "flag", "text", "number", "code", "codes"]

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Source:
    """What the contract says about one delivered column."""

    name: str
    """The Danish column name in a delivery."""
    kind: Kind
    identity: bool = False
    """Part of what tells one row from another."""
    required: bool = False
    """Never blank."""
    ahead: bool = False
    """A date that may lie after the extract date (a deadline, a planned start or end)."""
    codes: Mapping[str, str] = field(default_factory=lambda: NOTHING, hash=False)
    """Allowed code -> Danish label."""


def _column(source: Source) -> Any:
    if source.required:
        return Field(sa_column_kwargs={"info": {"source": source}})
    return Field(default=None, sa_column_kwargs={"info": {"source": source}})


def text(name: str, *, identity: bool = False, required: bool = False) -> Any:
    """A text column."""
    return _column(Source(name, "text", identity=identity, required=required or identity))


def date(name: str, *, identity: bool = False, required: bool = False, ahead: bool = False) -> Any:
    """A calendar date in Europe/Copenhagen."""
    return _column(Source(name, "date", identity=identity, required=required or identity, ahead=ahead))


def flag(name: str) -> Any:
    """ja / nej / blank (= unknown)."""
    return _column(Source(name, "flag"))


def code(name: str, codes: Mapping[str, str], *, identity: bool = False, required: bool = False) -> Any:
    """One of a list of codes."""
    return _column(Source(name, "code", identity=identity, required=required or identity, codes=codes))


def codes(name: str, allowed: Mapping[str, str]) -> Any:
    """Several codes joined by `+`."""
    return _column(Source(name, "codes", codes=allowed))


CLOSURES = {
    "uddannelse": "Uddannelse",
    "job": "Job",
    "anden_ydelse": "Anden ydelse",
    "fraflyttet": "Fraflyttet",
    "aldersgraense": "Aldersgrænse nået",
    "trukket_tilbage": "Henvendelse trukket tilbage",
    "doed": "Død",
    "andet": "Andet",
}
CATEGORIES = {
    "aabenlyst_uddannelsesparat": "Åbenlyst uddannelsesparat",
    "uddannelsesparat": "Uddannelsesparat",
    "aktivitetsparat": "Aktivitetsparat",
}
VISITATION_STEPS = {"foerste": "Første visitation", "endelig": "Endelig visitation", "aendring": "Ændring"}
GROUNDS = {
    "test": "Test",
    "behandling": "Behandling",
    "laege": "Lægelige oplysninger",
    "tidligere_sag": "Tidligere sag",
    "samarbejdspart": "Samarbejdspart",
    "egen_oplysning": "Den unges egne oplysninger",
}
INTERVIEW_FORMS = {"fremmoede": "Personligt fremmøde", "video": "Video", "telefon": "Telefon"}
GUIDANCE_TOPICS = {
    "225_timer": "225-timersreglen",
    "koordinerende_sagsbehandler": "Koordinerende sagsbehandler",
    "stoette_og_sanktion": "Støtte og sanktion ved afbrud",
    "sanktion": "Sanktion",
}
EXEMPTIONS = {"sygdom": "Sygdom", "barsel": "Barsel", "andet_gyldigt": "Anden gyldig grund"}
ORDER_STEPS = {"1": "Trin 1: forslag", "2": "Trin 2: søge optagelse", "3": "Trin 3: begynde og gennemføre"}
OFFER_KINDS = {
    "virksomhedspraktik": "Virksomhedspraktik",
    "loentilskud": "Løntilskud",
    "opkvalificering": "Opkvalificering",
    "nytteindsats": "Nytteindsats",
    "mentor": "Mentor",
    "helbredsmestring": "Helbredsmestring",
    "social_sundhed": "Social- eller sundhedstilbud",
    "andet": "Andet tilbud",
}
NO_SHOW_FROM = {"samtale": "Samtale", "tilbud": "Tilbud", "jobsoegning": "Jobsøgning"}
SANCTIONS = {
    "ingen": "Ingen sanktion",
    "fradrag": "Fradrag",
    "punkt": "Punktsanktion",
    "nedsaettelse": "Nedsættelse",
    "skaerpet": "Skærpet rådighedssanktion",
}
PLAN_KINDS = {
    "min_plan": "Min Plan",
    "jobplan": "Jobplan",
    "uddannelsesplan": "Uddannelsesplan",
    "faelles_plan": "Fælles plan",
    "langsigtet_plan": "Langsigtet plan",
}
JOB_SEARCH_KINDS = {
    "tilmeldt": "Tilmeldt som jobsøgende",
    "cv_tilgaengeligt": "CV tilgængeligt",
    "joblog": "Joblog",
}
ROLES = {
    "sagsbehandler": "Sagsbehandler",
    "kontaktperson": "Kontaktperson",
    "koordinerende_sagsbehandler": "Koordinerende sagsbehandler",
    "mentor": "Mentor",
    "ungeguide": "Ungeguide",
}
GUIDE_STATUSES = {
    "tildelt": "Tildelt",
    "takket_nej": "Takket nej",
    "ikke_relevant": "Ikke relevant",
    "afsluttet": "Afsluttet",
}
MEETING_KINDS = {
    "k_moede": "K-møde",
    "opfoelgning": "Opfølgningsmøde",
    "ungekonference": "Ungekonference",
    "tvaerfagligt": "Tværfagligt møde",
    "uko": "UKO",
}
GROUP_KINDS = {"maalgruppe": "Målgruppe", "indsatsgruppe": "Indsatsgruppe"}
BENEFIT_KINDS = {
    "uddannelseshjaelp": "Uddannelseshjælp",
    "kontanthjaelp": "Kontanthjælp",
    "uddannelse": "Uddannelse",
    "job": "Job",
    "fleksjob": "Fleksjob",
    "ressourceforloeb": "Ressourceforløb",
    "anden_ydelse": "Anden ydelse",
    "ingen": "Ingen ydelse",
}
EVENT_KINDS = {
    "law": "Lov",
    "organisation": "Organisation",
    "covid": "Covid-19",
    "vacancy": "Ledig lederstilling",
    "other": "Anden hændelse",
}
"""English codes: no delivery holds them."""
PURPOSES = {
    "management_review": "Ledelsestilsyn",
    "follow_up": "Opfølgning på afvigelse",
    "meeting_preparation": "Forberedelse af K-møde",
    "data_quality": "Kontrol af datakvalitet",
    "enquiry": "Henvendelse fra borger eller andre",
    "other_purpose": "Andet formål",
}
"""Why somebody looks at single cases. English codes, as above."""
LOG_ACTIONS = {
    "look_case": "Opslag på sag",
    "list_cases": "Liste over sager",
    "open_protected": "Åbning af beskyttet sag",
    "export": "Eksport",
    "handle": "Håndtering af afvigelse",
    "review": "Udtræk og svar i ledelsestilsyn",
    "refused": "Afvist forsøg",
    "sign_in": "Login",
    "grant": "Ændring af adgang",
    "purge": "Sletning af sager",
    "log_read": "Gennemsyn af loggen",
    "log_extract": "Udtræk af loggen",
    "log_purge": "Oprydning i loggen",
}
"""What the access log holds. English codes, as above."""
ACCESS_ROLES = {
    "head": "Afdelingsleder",
    "steering": "Styregruppe",
    "coordinator": "Ungekoordinator",
    "administrator": "Administrator",
    "protection": "Databeskyttelse",
    "blocked": "Spærret",
}
"""What somebody who signs in may be. English codes, as above. Whoever is blocked is nothing else."""
HANDLINGS = {
    "explained": "Forklaret",
    "misregistered": "Registreringsfejl",
    "under_way": "Sat i gang",
    "accepted": "Accepteret",
    "unmarked": "Mærket fjernet",
}
"""What a leader has said of a deviation. It never changes a figure. English codes, as above."""
HANDLING_GROUNDS = {
    "illness": "Den unge var syg",
    "leave": "Barsel eller orlov",
    "absence": "Ferie eller andet fravær",
    "declined": "Den unge har sagt nej",
    "out_of_reach": "Den unge kunne ikke nås",
    "waiting": "Afventer en anden myndighed eller behandling",
    "other_ground": "Anden god grund",
}
"""Why a deviation is explained. English codes, as above."""
ROUND_KINDS = {"survey": "Ungeundersøgelse", "cost": "Udgifter"}
"""English codes, as above."""
SURVEY_ANSWERS = {
    "hoej_grad": "I høj grad",
    "nogen_grad": "I nogen grad",
    "mindre_grad": "I mindre grad",
    "slet_ikke": "Slet ikke",
    "ved_ikke": "Ved ikke",
}
DECISION_STATES = {
    "planned": "Ikke begyndt",
    "under_way": "I gang",
    "done": "Gennemført",
    "dropped": "Opgivet",
}
"""How far a decision is. English codes, as above."""
REVIEW_STRATA = {"none": "Ingen opdeling", "center": "Pr. center", "category": "Pr. visitationskategori"}
"""What the frame of a sampled case review is divided by. English codes, as above."""
REVIEW_ANSWERS = {
    "yes": "Ja",
    "no": "Nej, mangler",
    "not_covered": "Ikke relevant i sagen",
    "cannot_tell": "Kan ikke afgøres",
}
"""What a reviewer answers to one question about one case. English codes, as above."""
FOLLOW_UP_STATES = {"open": "Skal følges op", "done": "Fulgt op"}
"""English codes, as above."""
PURGE_REASONS = {"rule": "Slettefrist", "request": "Anmodning om sletning"}
"""English codes, as above."""


class Import(SQLModel, table=True):
    """One delivery taken in: the number that `known_from` and `known_to` refer to."""

    __tablename__ = "imports"

    id: int = Field(primary_key=True)
    delivery: str
    """Name of the folder or workbook, without its path."""
    source: str
    """Name of the mapping file."""
    imported_at: dt.datetime
    """Time of the import, UTC."""
    extract_date: dt.date
    known_on: dt.date
    """The day from which this import counts as known (K): its extract date, never before the previous import's."""
    demo: bool
    key_mark: str | None = None
    """Keyed HMAC-SHA256 of a fixed word: which key its persons were made with. Empty: it held no cases."""


class ImportTable(SQLModel, table=True):
    """What one delivery held of one table: the file, its hash and what happened to its rows."""

    __tablename__ = "import_tables"

    import_id: int = Field(foreign_key="imports.id", primary_key=True)
    table_name: str = Field(primary_key=True)
    file: str
    sha256: str
    new: int
    changed: int
    withdrawn: int
    unchanged: int
    rejected: int


class Rejection(SQLModel, table=True):
    """One problem of a row that was not taken in (it may have several). Never holds a CPR number or text of a file."""

    __tablename__ = "rejections"

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="imports.id", index=True)
    table_name: str
    file: str
    row: int
    """Row number as Excel counts it: the header is row 1."""
    column: str
    reason: str
    advice: str


class Center(SQLModel, table=True):
    """A centre of the municipality, in organisational order."""

    __tablename__ = "centers"

    name: str = Field(primary_key=True)
    position: int


class Row(SQLModel):
    """What every delivered row carries: when it was known, and when the source registered it."""

    id: int | None = Field(default=None, primary_key=True)
    known_from: int = Field(foreign_key="imports.id")
    """The import that brought this version of the row."""
    known_to: int | None = Field(default=None, foreign_key="imports.id")
    """The import that changed or withdrew it; empty while it stands."""
    registered_on: dt.date | None = date("registreret")

    extract: ClassVar[str]
    """The table's Danish name in a delivery."""
    periods: ClassVar[tuple[tuple[str, str], ...]] = ()
    """(start, stop) columns: a stop before its start is refused."""


class Case(Row, table=True):
    """sager: one case, from the first enquiry for help until it is closed."""

    __tablename__ = "cases"
    extract: ClassVar[str] = "sager"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("first_enquiry_on", "closed_on"),)

    case_id: str = text("sagsnummer", identity=True)
    person: str
    """Pseudonym: keyed HMAC-SHA256 of the CPR number or of the source's own key. The number itself is never stored."""
    born_on: dt.date | None = date("foedselsdato")
    """Read from the CPR number, or delivered beside `borgernoegle`."""
    first_enquiry_on: dt.date = date("henvendelse", required=True)
    center: str = text("center", required=True)
    team: str | None = text("team")
    caseworker: str | None = text("sagsbehandler")
    closed_on: dt.date | None = date("afsluttet")
    closure: str | None = code("afslutning", CLOSURES)
    has_youth_education: bool | None = flag("ungdomsuddannelse")
    earlier_spell: bool | None = flag("tidligere_forloeb")
    special_class: bool | None = flag("specialklasse")
    stu: bool | None = flag("stu")
    social_case: bool | None = flag("social_sag")
    protected: bool | None = flag("beskyttet")


class CenterPeriod(Row, table=True):
    """centerskift: a period in which one centre held the case."""

    __tablename__ = "center_periods"
    extract: ClassVar[str] = "centerskift"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("from_on", "until"),)

    case_id: str = text("sagsnummer", identity=True)
    center: str = text("center", required=True)
    from_on: dt.date = date("fra", identity=True, ahead=True)
    until: dt.date | None = date("til", ahead=True)


class Visitation(Row, table=True):
    """visitationer: one placing of the youth in a category."""

    __tablename__ = "visitations"
    extract: ClassVar[str] = "visitationer"

    case_id: str = text("sagsnummer", identity=True)
    visited_on: dt.date = date("dato", identity=True)
    step: str = code("trin", VISITATION_STEPS, identity=True)
    category: str = code("kategori", CATEGORIES, required=True)
    reasoned: bool | None = flag("begrundelse")
    perspective: bool | None = flag("perspektiv")
    grounds: str | None = codes("grundlag", GROUNDS)


class Interview(Row, table=True):
    """samtaler: one interview held with the youth."""

    __tablename__ = "interviews"
    extract: ClassVar[str] = "samtaler"

    case_id: str = text("sagsnummer", required=True)
    interview_id: str = text("samtale_id", identity=True)
    held_on: dt.date = date("dato", required=True)
    form: str | None = code("form", INTERVIEW_FORMS)
    order_followed_up: bool | None = flag("paalaeg_fulgt_op")
    education_focus: bool | None = flag("uddannelsesfokus")
    resources_discussed: bool | None = flag("ressourcer")
    job_discussed: bool | None = flag("job_droeftet")
    caseworker: str | None = text("sagsbehandler")


class Guidance(Row, table=True):
    """vejledninger: one piece of statutory guidance given to the youth."""

    __tablename__ = "guidance"
    extract: ClassVar[str] = "vejledninger"

    case_id: str = text("sagsnummer", identity=True)
    guided_on: dt.date = date("dato", identity=True)
    topic: str = code("emne", GUIDANCE_TOPICS, identity=True)


class LiteracyTest(Row, table=True):
    """tests: the reading, writing and maths test of a case (at most one row a case)."""

    __tablename__ = "literacy_tests"
    extract: ClassVar[str] = "tests"

    case_id: str = text("sagsnummer", identity=True)
    assessed_on: dt.date | None = date("vurderet")
    needed: bool | None = flag("behov")
    completed_on: dt.date | None = date("gennemfoert")
    exemption: str | None = code("undtaget_grund", EXEMPTIONS)
    exempted_on: dt.date | None = date("undtaget")
    course_needed: bool | None = flag("kursusbehov")
    course_offered_on: dt.date | None = date("kursus_tilbudt")


class EducationOrder(Row, table=True):
    """paalaeg: one step of an education order."""

    __tablename__ = "education_orders"
    extract: ClassVar[str] = "paalaeg"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("issued_on", "until"), ("issued_on", "fulfilled_on"))

    case_id: str = text("sagsnummer", required=True)
    order_id: str = text("paalaeg_id", identity=True)
    step: str = code("trin", ORDER_STEPS, required=True)
    issued_on: dt.date = date("afgivet", required=True)
    fulfilment_due: dt.date | None = date("frist", ahead=True)
    original_due: dt.date | None = date("oprindelig_frist", ahead=True)
    deadline_reasoned: bool | None = flag("frist_begrundet")
    fulfilled_on: dt.date | None = date("opfyldt")
    until: dt.date | None = date("ophoert", ahead=True)


class Offer(Row, table=True):
    """tilbud: one offer (employment, mentor, health or social)."""

    __tablename__ = "offers"
    extract: ClassVar[str] = "tilbud"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("start_on", "until"),)

    case_id: str = text("sagsnummer", required=True)
    offer_id: str = text("tilbud_id", identity=True)
    kind: str = code("art", OFFER_KINDS, required=True)
    offered_on: dt.date | None = date("tilbudt")
    start_on: dt.date | None = date("start", ahead=True)
    until: dt.date | None = date("slut", ahead=True)
    individually_assessed: bool | None = flag("individuel_vurdering")
    purpose_stated: bool | None = flag("formaal")


class NoShow(Row, table=True):
    """udeblivelser: one no-show and what was done about it."""

    __tablename__ = "no_shows"
    extract: ClassVar[str] = "udeblivelser"

    case_id: str = text("sagsnummer", required=True)
    no_show_id: str = text("udeblivelse_id", identity=True)
    missed_on: dt.date = date("dato", required=True)
    missed: str = code("fra", NO_SHOW_FROM, required=True)
    offer_id: str | None = text("tilbud_id")
    cause_documented: bool | None = flag("aarsag_dokumenteret")
    reasonable_cause: bool | None = flag("rimelig_grund")
    contacted_on: dt.date | None = date("kontakt")
    heard_on: dt.date | None = date("partshoering")
    decided_on: dt.date | None = date("afgoerelse")
    sanction: str | None = code("sanktion", SANCTIONS)
    effectuated_on: dt.date | None = date("effektueret")


class Plan(Row, table=True):
    """planer: one plan of the youth, of any of the kinds that the law calls a plan."""

    __tablename__ = "plans"
    extract: ClassVar[str] = "planer"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("made_on", "until"),)

    case_id: str = text("sagsnummer", required=True)
    plan_id: str = text("plan_id", identity=True)
    kind: str = code("art", PLAN_KINDS, required=True)
    made_on: dt.date = date("dato", required=True)
    until: dt.date | None = date("ophoert", ahead=True)
    has_agreements: bool | None = flag("aftaler")
    has_education_goal: bool | None = flag("uddannelsesmaal")
    holds_order: bool | None = flag("paalaeg_i_plan")
    goal_due: dt.date | None = date("maal_frist", ahead=True)
    goal_due_reasoned: bool | None = flag("maal_frist_begrundet")
    quality_assured_on: dt.date | None = date("kvalitetssikret")
    owner_center: str | None = text("ejer_center")


class JobSearch(Row, table=True):
    """jobsoegning: one registration on Jobnet (as jobseeker, CV made available, job log entry)."""

    __tablename__ = "job_search"
    extract: ClassVar[str] = "jobsoegning"

    case_id: str = text("sagsnummer", identity=True)
    kind: str = code("art", JOB_SEARCH_KINDS, identity=True)
    registered_at_jobnet_on: dt.date = date("dato", identity=True)


class Transition(Row, table=True):
    """overgange: one transition to an education."""

    __tablename__ = "transitions"
    extract: ClassVar[str] = "overgange"

    case_id: str = text("sagsnummer", required=True)
    transition_id: str = text("overgang_id", identity=True)
    admitted_on: dt.date | None = date("optaget")
    study_start_due: dt.date = date("studiestart", required=True, ahead=True)
    institution: str | None = text("institution")
    duty_assessed_on: dt.date | None = date("pligt_vurderet")
    ordered: bool | None = flag("paalagt")
    handed_over_on: dt.date | None = date("oplysninger_overdraget")
    dropout_warned_on: dt.date | None = date("frafaldsvarsel")
    contacted_after_warning_on: dt.date | None = date("kontakt_efter_varsel")
    broken_off_on: dt.date | None = date("afbrudt")
    break_reasonable: bool | None = flag("afbrud_rimelig_grund")
    sanction_assessed_on: dt.date | None = date("sanktion_vurderet")
    completed_on: dt.date | None = date("gennemfoert")


class Assignment(Row, table=True):
    """tilknytninger: a period in which one person had one role in the case."""

    __tablename__ = "assignments"
    extract: ClassVar[str] = "tilknytninger"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("from_on", "until"),)

    case_id: str = text("sagsnummer", identity=True)
    role: str = code("rolle", ROLES, identity=True)
    initials: str = text("person", identity=True)
    from_on: dt.date = date("fra", identity=True, ahead=True)
    until: dt.date | None = date("til", ahead=True)


class GuideStatus(Row, table=True):
    """ungeguide: one status in the history of the youth guide; the newest is the status."""

    __tablename__ = "guide_statuses"
    extract: ClassVar[str] = "ungeguide"

    case_id: str = text("sagsnummer", identity=True)
    status_on: dt.date = date("dato", identity=True)
    status: str = code("status", GUIDE_STATUSES, required=True)


class Meeting(Row, table=True):
    """moeder: one meeting about the youth across fields (K-møde, conference …)."""

    __tablename__ = "meetings"
    extract: ClassVar[str] = "moeder"

    case_id: str = text("sagsnummer", required=True)
    meeting_id: str = text("moede_id", identity=True)
    kind: str = code("art", MEETING_KINDS, required=True)
    proposed_on: dt.date | None = date("indstillet")
    held_on: dt.date | None = date("dato", ahead=True)
    coordinator_named: bool | None = flag("koordinerende_udpeget")
    guide_named: bool | None = flag("ungeguide_udpeget")
    perspective: bool | None = flag("perspektiv")
    fields: str | None = text("fagomraader")


class Agreement(Row, table=True):
    """aftaler: one agreement made at a meeting."""

    __tablename__ = "agreements"
    extract: ClassVar[str] = "aftaler"

    meeting_id: str = text("moede_id", required=True)
    agreement_id: str = text("aftale_id", identity=True)
    responsible_center: str = text("ansvarlig_center", required=True)
    agreed_due: dt.date | None = date("frist", ahead=True)
    done_on: dt.date | None = date("udfoert")


class Measurement(Row, table=True):
    """maalinger: one value of WHO-5, BIP or another instrument."""

    __tablename__ = "measurements"
    extract: ClassVar[str] = "maalinger"

    case_id: str = text("sagsnummer", identity=True)
    instrument: str = text("instrument", identity=True)
    measured_on: dt.date = date("dato", identity=True)
    indicator: str | None = _column(Source("indikator", "text", identity=True))
    """Blank for a total score."""
    value: float = _column(Source("vaerdi", "number", required=True))


class Group(Row, table=True):
    """grupper: a period in which the youth belonged to the target group or the intervention group."""

    __tablename__ = "groups"
    extract: ClassVar[str] = "grupper"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("from_on", "until"),)

    case_id: str = text("sagsnummer", identity=True)
    kind: str = code("gruppe", GROUP_KINDS, identity=True)
    from_on: dt.date = date("fra", identity=True, ahead=True)
    until: dt.date | None = date("til", ahead=True)


class Benefit(Row, table=True):
    """forsoergelse: a period of one kind of support."""

    __tablename__ = "benefits"
    extract: ClassVar[str] = "forsoergelse"
    periods: ClassVar[tuple[tuple[str, str], ...]] = (("from_on", "until"),)

    case_id: str = text("sagsnummer", identity=True)
    kind: str = code("art", BENEFIT_KINDS, identity=True)
    from_on: dt.date = date("fra", identity=True, ahead=True)
    until: dt.date | None = date("til", ahead=True)


class Target(SQLModel, table=True):
    """One entry in the history of the municipality's own targets; of the same measure and day, the newest counts."""

    __tablename__ = "targets"
    __table_args__ = (sa.CheckConstraint("rate BETWEEN 0 AND 1", name="ck_targets_rate"),)

    id: int | None = Field(default=None, primary_key=True)
    measure: str
    valid_from: dt.date
    rate: float | None
    """A fraction; empty: no target from that day on."""
    note: str
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class Event(SQLModel, table=True):
    """One dated event that may explain a change in the figures. One that is withdrawn is kept."""

    __tablename__ = "events"
    __table_args__ = (
        sa.CheckConstraint(f"kind IN ({', '.join(map(repr, EVENT_KINDS))})", name="ck_events_kind"),
        sa.CheckConstraint("NOT rebase OR reason <> ''", name="ck_events_rebase_has_a_reason"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="ck_events_withdrawn"),
    )

    id: int | None = Field(default=None, primary_key=True)
    event_on: dt.date
    kind: str
    title: str
    reason: str
    measure: str | None
    """Empty: all measures."""
    center: str | None
    """Empty: the whole municipality."""
    rebase: bool
    """From this day the expected level is counted anew."""
    saved_at: dt.datetime
    """UTC."""
    saved_by: str
    withdrawn_at: dt.datetime | None
    """UTC."""
    withdrawn_by: str | None


class Handling(SQLModel, table=True):
    """One entry in the history of how a deviation is handled; the newest of a measure and unit is what stands."""

    __tablename__ = "handlings"
    __table_args__ = (
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, HANDLINGS))})", name="ck_handlings_state"),
        sa.CheckConstraint("(state = 'explained') = (ground IS NOT NULL)", name="ck_handlings_ground"),
        sa.CheckConstraint(
            "(state = 'under_way') = (responsible IS NOT NULL AND do_by IS NOT NULL)", name="ck_handlings_under_way"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure: str
    unit_id: str
    """The unit that deviates, as in the assessed frame."""
    case_id: str = Field(index=True)
    state: str
    ground: str | None
    """Why it is explained: one of `HANDLING_GROUNDS`."""
    responsible: str | None
    """Who does it, when it is under way: initials or a function, never a youth."""
    do_by: dt.date | None
    """By when, when it is under way."""
    note: str
    delivery: int
    """Number of the newest import at the time."""
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class Round(SQLModel, table=True):
    """One survey or statement of costs, as it was read from a file; of the same kind and title the newest stands."""

    __tablename__ = "rounds"
    __table_args__ = (sa.CheckConstraint(f"kind IN ({', '.join(map(repr, ROUND_KINDS))})", name="ck_rounds_kind"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    title: str
    from_on: dt.date
    to_on: dt.date
    invited: int | None
    """How many were asked; empty: not a survey."""
    answered: int | None
    """How many answered; empty: not a survey."""
    file: str
    """Name of the file, without its path."""
    sha256: str
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class SurveyAnswer(SQLModel, table=True):
    """How many gave one answer to one question of a survey."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        sa.CheckConstraint(f"answer IN ({', '.join(map(repr, SURVEY_ANSWERS))})", name="ck_survey_answers_answer"),
        sa.CheckConstraint("count >= 0", name="ck_survey_answers_count"),
    )

    round_id: int = Field(foreign_key="rounds.id", primary_key=True)
    position: int = Field(primary_key=True)
    """1, 2, 3 …: the question's place."""
    answer: str = Field(primary_key=True)
    question: str
    count: int


class Cost(SQLModel, table=True):
    """What one kind of offer cost in the period of a round, in one centre or in all."""

    __tablename__ = "costs"

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="rounds.id", index=True)
    kind: str
    """Key of `OFFER_KINDS`."""
    center: str | None
    """Empty: not divided by centre."""
    amount: float
    """Kroner."""
    youths: int | None
    """How many youths it covers, where the municipality says so."""


class LogEntry(SQLModel, table=True):
    """One look at single cases, or an attempt at one. Only ever appended; each entry is sealed with the one before."""

    __tablename__ = "access_log"

    id: int = Field(primary_key=True)
    """1, 2, 3 … without a gap, in the order they were written."""
    at: dt.datetime
    """UTC; never before the previous entry's."""
    user: str
    role: str
    """The user's roles at the time, joined by `+`."""
    action: str
    purpose: str
    """Empty: an action that shows no case."""
    note: str
    delivery: int
    """Number of the newest import at the time; 0: none yet."""
    rows: int
    purged_to: int | None = Field(default=None, index=True)
    """The newest entry that this purge took away. Empty: not a purge."""
    previous: str
    """`hash` of the entry before; 64 zeros for the first."""
    hash: str
    """SHA-256, hexadecimal, over everything above and the cases."""


class LogCase(SQLModel, table=True):
    """One case that an entry of the access log is about."""

    __tablename__ = "access_log_cases"

    log_id: int = Field(primary_key=True, foreign_key="access_log.id")
    case_id: str = Field(primary_key=True, index=True)


class Grant(SQLModel, table=True):
    """Who has a role: everybody whose sign-in says `value` in `claim`. One that is revoked is kept."""

    __tablename__ = "grants"
    __table_args__ = (
        sa.CheckConstraint(f"role IN ({', '.join(map(repr, ACCESS_ROLES))})", name="ck_grants_role"),
        sa.CheckConstraint("(role = 'head') = (center IS NOT NULL)", name="ck_grants_head_has_a_center"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="ck_grants_revoked"),
    )

    id: int | None = Field(default=None, primary_key=True)
    claim: str
    """Name of the claim in the provider's answer: `roles`, `groups`, `email` …"""
    value: str
    role: str
    center: str | None
    """Whose cases a head of department sees; empty for the other roles."""
    granted_at: dt.datetime
    """UTC."""
    granted_by: str
    revoked_at: dt.datetime | None
    """UTC."""
    revoked_by: str | None


class SignIn(SQLModel, table=True):
    """One sign-in and how long it has lasted: the browser's cookie outlives it."""

    __tablename__ = "sign_ins"

    id: str = Field(primary_key=True)
    """SHA-256 of what tells this sign-in from all others; the provider's own values are not kept."""
    user: str
    began_at: dt.datetime
    """UTC, as the other two."""
    seen_at: dt.datetime
    ended_at: dt.datetime | None


class Publication(SQLModel, table=True):
    """The figures of one month as they were published: fixed tables without the hidden numbers.

    Nothing of it is ever changed: a correction is the next version, and both are kept.
    """

    __tablename__ = "publications"
    __table_args__ = (
        sa.UniqueConstraint("month", "version", name="uq_publications_month_version"),
        sa.CheckConstraint("version >= 1", name="ck_publications_version"),
        sa.CheckConstraint("(version = 1) = (reason = '')", name="ck_publications_reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    month: dt.date
    """Its first day."""
    version: int
    """1, 2, 3 …: the newest stands."""
    reason: str
    """Why it was corrected; empty: the first version."""
    view_date: dt.date
    """V."""
    delivery: int
    """K: number of the newest import it rests on."""
    threshold: int
    """Counts from 1 up to it were hidden."""
    code: str
    """Version of the program; empty: published before it was kept."""
    rules: str
    """JSON: measure -> the rule it was counted by."""
    published_at: dt.datetime
    """UTC."""
    published_by: str
    previous: str
    """`hash` of the publication before; 64 zeros for the first."""
    hash: str
    """SHA-256, hexadecimal, over everything above and all that was published with it."""


class PublishedCell(SQLModel, table=True):
    """One measure at one centre, or in the whole municipality, in a publication. A hidden number is not kept."""

    __tablename__ = "published_cells"

    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publications.id", index=True)
    measure: str
    from_on: dt.date
    to_on: dt.date
    center: str | None
    """Empty: those without one, or the whole municipality."""
    whole: bool
    met: int | None
    base: int | None
    hidden: bool


class PublishedMove(SQLModel, table=True):
    """One part of what moved a measure of the whole municipality since the month published before. Nothing small."""

    __tablename__ = "published_moves"

    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publications.id", index=True)
    measure: str
    part: str
    units: int
    """How many units it is about."""
    met: int
    """What it added to the count, or took from it."""
    base: int


class PublishedCount(SQLModel, table=True):
    """How many of the whole municipality have one value of a distribution. A hidden number is not kept."""

    __tablename__ = "published_counts"

    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publications.id", index=True)
    figure: str
    """Key of the distribution."""
    from_on: dt.date
    to_on: dt.date
    value: str
    count: int | None
    hidden: bool


class Comment(SQLModel, table=True):
    """One entry in the history of what is said about a measure in a month; of the same two the newest stands."""

    __tablename__ = "comments"

    id: int | None = Field(default=None, primary_key=True)
    measure: str
    month: dt.date
    """Its first day."""
    text: str
    """Empty: nothing is said any more."""
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class Decision(SQLModel, table=True):
    """What the steering group decided. What becomes of it stands in `decision_steps`; nothing is overwritten."""

    __tablename__ = "decisions"
    __table_args__ = (
        sa.CheckConstraint("title <> ''", name="ck_decisions_title"),
        sa.CheckConstraint("by_points BETWEEN -1 AND 1", name="ck_decisions_by_points"),
        sa.CheckConstraint("by_points IS NULL OR measure IS NOT NULL", name="ck_decisions_points_of_a_measure"),
    )

    id: int | None = Field(default=None, primary_key=True)
    decided_on: dt.date
    title: str
    """What is to be done."""
    why: str
    responsible: str
    """A person's function or initials, never a youth."""
    do_by: dt.date
    measure: str | None
    """What it should move; empty: nothing that is measured."""
    by_points: float | None
    """By how much: a fraction, 0.10 = ten percentage points up."""
    center: str | None
    """Empty: the whole municipality."""
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class DecisionStep(SQLModel, table=True):
    """One entry in the history of how far a decision is; the newest stands."""

    __tablename__ = "decision_steps"
    __table_args__ = (
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, DECISION_STATES))})", name="ck_decision_steps_state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decisions.id", index=True)
    state: str
    note: str
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class SavedView(SQLModel, table=True):
    """One version of a question somebody has saved; of the same owner and name the newest stands."""

    __tablename__ = "saved_views"

    id: int | None = Field(default=None, primary_key=True)
    owner: str
    name: str
    shared: bool
    """Others may open it; each sees their own cases in it."""
    removed: bool
    form: int
    """Number of the form that `asked` is written in."""
    asked: str
    """JSON: what is asked."""
    saved_at: dt.datetime
    """UTC."""


class ReviewRound(SQLModel, table=True):
    """One sampled case review (ledelsestilsyn): what is asked, of which cases, and how they are drawn."""

    __tablename__ = "review_rounds"
    __table_args__ = (
        sa.CheckConstraint(f"strata IN ({', '.join(map(repr, REVIEW_STRATA))})", name="ck_review_rounds_strata"),
        sa.CheckConstraint("second_share BETWEEN 0 AND 1", name="ck_review_rounds_second_share"),
    )

    id: int | None = Field(default=None, primary_key=True)
    title: str
    measures: str
    """JSON: keys of the measures that are asked about."""
    from_on: dt.date
    to_on: dt.date
    centers: str
    """JSON: those of the frame; null: all."""
    strata: str
    view_date: dt.date
    delivery: int
    """Number of the newest import that the frame rests on."""
    frame_hash: str
    """SHA-256, hexadecimal, of the sorted case numbers of the frame."""
    frame_sizes: str
    """JSON: stratum -> how many cases it has."""
    registered: str
    """JSON: measure -> [covered, could be judged, met]: what the register says of the cases of the frame."""
    seed: int
    second_share: float
    """Share of the drawn cases that a second reviewer reads too."""
    created_at: dt.datetime
    """UTC."""
    created_by: str


class ReviewDraw(SQLModel, table=True):
    """One draw of a review, the first or an extension; the newest says how many cases it has."""

    __tablename__ = "review_draws"
    __table_args__ = (sa.CheckConstraint("size > 0", name="ck_review_draws_size"),)

    round_id: int = Field(foreign_key="review_rounds.id", primary_key=True)
    size: int = Field(primary_key=True)
    """Places in the sample; one whose case has been deleted stays empty."""
    drawn_at: dt.datetime
    """UTC."""
    drawn_by: str


class ReviewCase(SQLModel, table=True):
    """One case drawn for a review. An extension adds more; nothing is taken out."""

    __tablename__ = "review_cases"
    __table_args__ = (sa.UniqueConstraint("round_id", "case_id", name="uq_review_cases_case"),)

    round_id: int = Field(foreign_key="review_rounds.id", primary_key=True)
    position: int = Field(primary_key=True)
    """1, 2, 3 …: in the order drawn."""
    case_id: str = Field(index=True)
    stratum: str
    """Empty: not divided."""
    second: bool
    """A second reviewer reads it too."""
    registered: str
    """JSON: measure -> yes, no or blank: what the register says of it."""


class ReviewAnswer(SQLModel, table=True):
    """One entry in the history of the answers; of a round, case, measure and reviewer the newest counts."""

    __tablename__ = "review_answers"
    __table_args__ = (
        sa.CheckConstraint(f"answer IN ({', '.join(map(repr, REVIEW_ANSWERS))})", name="ck_review_answers_answer"),
        sa.CheckConstraint("reviewer IN (1, 2)", name="ck_review_answers_reviewer"),
    )

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="review_rounds.id", index=True)
    case_id: str = Field(index=True)
    measure: str
    reviewer: int
    """1, or 2 for the second."""
    answer: str
    note: str
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class ReviewFollowUp(SQLModel, table=True):
    """One entry in the history of what is done about a case that a review found wanting; the newest stands."""

    __tablename__ = "review_follow_ups"
    __table_args__ = (
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, FOLLOW_UP_STATES))})", name="ck_review_follow_ups_state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="review_rounds.id", index=True)
    case_id: str = Field(index=True)
    measure: str
    state: str
    note: str
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


class Purge(SQLModel, table=True):
    """One deletion of cases, by rule or on request. It makes the figures a new version."""

    __tablename__ = "purges"
    __table_args__ = (
        sa.CheckConstraint(f"reason IN ({', '.join(map(repr, PURGE_REASONS))})", name="ck_purges_reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    purged_at: dt.datetime
    """UTC."""
    purged_by: str
    reason: str
    cases: int
    """How many went."""


class PurgedCase(SQLModel, table=True):
    """A case that was deleted and must not come back with the next delivery."""

    __tablename__ = "purged_cases"

    mark: str = Field(primary_key=True)
    """Keyed HMAC-SHA256 of the case number: without the key nobody can tell whose it is."""


DELIVERED: tuple[type[Row], ...] = (
    Case,
    CenterPeriod,
    Visitation,
    Interview,
    Guidance,
    LiteracyTest,
    EducationOrder,
    Offer,
    NoShow,
    Plan,
    JobSearch,
    Transition,
    Assignment,
    GuideStatus,
    Meeting,
    Agreement,
    Measurement,
    Group,
    Benefit,
)
"""The nineteen tables of a delivery; cases first, and meetings before their agreements."""


def sources(model: type[Row]) -> dict[str, Source]:
    """Column name -> what the contract says about it, for the delivered columns of a table."""
    columns = model.metadata.tables[str(model.__tablename__)].columns
    return {column.name: column.info["source"] for column in columns if "source" in column.info}


def identity(model: type[Row]) -> list[str]:
    """The columns that tell one row of the table from another."""
    return [name for name, source in sources(model).items() if source.identity]
