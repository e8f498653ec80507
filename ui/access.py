"""Who is asking, and what they may see: read anew on every run, and asked for by every page before it shows anything.

A freshly started server can be asked for a page's address before it has run `app.py`. The guard therefore stops a
page that does not stand inside the frame, and hands out the scope without which data_access gives no rows.
Where a provider is configured (`[auth]` in Streamlit's secrets) everybody must sign in. Where none is, the dashboard
shows invented people only, and whoever looks may try the roles.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.secrets import secrets_singleton

from data_access import audit, grants, sign_ins, tables
from data_access.database import DatabaseUnavailable
from data_access.models import ACCESS_ROLES
from data_access.tables import Scope
from ui import first_visit, state, texts

ROLE = "rolle"
"""The role that is tried in a demo: key of its choice, and its name in an address that begins with it."""
TRYING = "prøve"
"""Stands in the log for whoever tries a role in a demo."""
NAMES = ("preferred_username", "email", "upn", "sub")
"""Claims that may say who somebody is, the best first."""
LONGEST_NAME = 200
"""Characters; a longer one is nobody's."""
MOST = 1000
"""So many who have signed in are remembered, for downloads that are fetched after the page was drawn."""
FILES = ("export", "log")
"""Permissions that each let somebody take out files: of figures and cases, and of the log."""
REFUSED = "Siden findes ikke, eller du har ikke adgang til den."

_FRAME, _TOLD = "_frame", "_refusals"


class NotAdmitted(Exception):
    """Nothing may be shown; the message is Danish and says what to do. `way` = `sign_in`, `sign_out` or empty."""

    def __init__(self, message: str, way: str = "") -> None:
        super().__init__(message)
        self.way = way


@dataclass(frozen=True)
class Identity:
    """Somebody whom the provider has vouched for."""

    key: str
    """Tells this sign-in from all others."""
    user: str
    claims: Mapping[str, Any]
    issued_at: dt.datetime
    expires_at: dt.datetime | None


def configured() -> bool:
    """Whether there is a provider to sign in with."""
    return secrets_singleton.load_if_toml_exists() and "auth" in secrets_singleton


def current() -> Scope:
    """Whose eyes this run is for: by sign-in and grants as they stand now; in a demo the role that is tried.

    Raises:
        NotAdmitted: not signed in, no longer, without a role, or real data without a provider.
        DatabaseUnavailable: who may see what cannot be read.
        NothingDelivered: there is no provider, and nothing that would say whether people are invented.
    """
    if not configured():
        if not state.invented():
            raise NotAdmitted(
                "Her er rigtige sager, og de vises kun efter login. Sæt login op som beskrevet i docs/drift.md under "
                "»Login«, og start igen."
            )
        return _tried()
    identity = signed_in()
    if identity is None:
        raise NotAdmitted("Log ind med din arbejdskonto for at se overblikket.", "sign_in")
    try:
        scope = admitted(identity)
    except NotAdmitted as refused:
        if refused.way == "sign_out":
            _log_refusal(Scope(identity.user), "Logget ind uden adgang")
        raise
    _remember(identity)
    return scope


def renewed(scope: Scope) -> Scope:
    """The scope of the same user as it stands now: for what is fetched after the page was drawn, as a download is.

    Raises:
        NotAdmitted: the user has been signed out, revoked, or was never here.
        DatabaseUnavailable: it cannot be read.
    """
    if not configured():
        if not state.invented():
            raise NotAdmitted(REFUSED)
        return scope
    if (identity := _identities.get(scope.user)) is None:
        raise NotAdmitted("Log ind igen.", "sign_in")
    return admitted(identity)


def open_to_all() -> bool:
    """Whether there is no provider and nobody who is not invented: then anybody may have what is shown."""
    with suppress(DatabaseUnavailable, state.NothingDelivered):
        return not configured() and state.invented()
    return False


def may_fetch(claims: Mapping[str, Any], owner: str) -> bool:
    """Whether somebody may fetch a file that `owner` made: themselves only, and as long as they may take files out."""
    identity = identity_of(claims)
    with suppress(NotAdmitted, DatabaseUnavailable):
        return identity is not None and identity.user == owner and any(map(admitted(identity).may, FILES))
    return False


def signed_in() -> Identity | None:
    """Who the browser's cookie says has signed in."""
    return identity_of(st.user.to_dict()) if st.user.get("is_logged_in") else None


def identity_of(claims: Mapping[str, Any]) -> Identity | None:
    """What a provider's answer says, if it says when it was given and who somebody is."""
    verified = claims.get("email_verified", True) in (True, "true")
    names = (_name(claims.get(claim)) for claim in NAMES if claim != grants.EMAIL or verified)
    user = next(filter(None, names), None)
    issued_at, expires_at = _moment(claims.get("iat")), _moment(claims.get("exp"))
    ends = expires_at is not None or claims.get("exp") is None  # an end that cannot be read is none that can be kept
    if user is None or issued_at is None or not ends:
        return None
    return Identity(sign_ins.key_of(claims), user, claims, issued_at, expires_at)


def _name(said: object) -> str:
    """A name that can be written in the log and be told from others; empty if it is none."""
    name = said.strip() if isinstance(said, str) else ""
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""


def sign_out() -> None:
    """End the sign-in, also for a copy of its cookie, and let the provider end its own."""
    if identity := signed_in():
        sign_ins.end(state.engine(), identity.key)
        if (remembered := _identities.get(identity.user)) and remembered.key == identity.key:
            _identities.pop(identity.user, None)
    st.logout()
    st.stop()  # nothing more is drawn, and nothing more is looked up, for who is leaving


def who(scope: Scope) -> None:
    """Who is signed in, in which roles, the guided tour, and the way out."""
    first_visit.show(scope)
    if not configured():
        first_visit.button()
        return
    with st.popover(texts.plain(scope.user), icon=":material/person:", type="tertiary", key="hvem"):
        st.text("\n".join(ACCESS_ROLES[role] for role in scope.roles))
        if scope.centers:
            st.text("\n".join(scope.centers))
        first_visit.button()
        if st.button("Log ud", icon=":material/logout:", key="log_ud"):
            sign_out()


def admitted(identity: Identity) -> Scope:
    """What somebody may see now, by their sign-in and the grants.

    Raises:
        NotAdmitted: the sign-in does not count any more, or there is no role.
        DatabaseUnavailable: it cannot be read.
    """
    engine = state.engine()
    try:
        first_ever = sign_ins.seen(
            engine, identity.key, identity.user, issued_at=identity.issued_at, expires_at=identity.expires_at
        )
    except sign_ins.SignInEnded as ended:
        raise NotAdmitted(str(ended), "sign_in") from ended
    if first_ever:
        first_visit.begin()
    scope = grants.scope_of(engine, identity.user, identity.claims)
    if not scope.roles:
        raise NotAdmitted(
            f"Du er logget ind som {texts.plain(identity.user)}, men har ikke adgang til Ungeoverblik. Bed kommunens "
            "administrator af Ungeoverblik om en rolle.",
            "sign_out",
        )
    return scope


def _moment(seconds: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(float(seconds), dt.UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return None


_identities: OrderedDict[str, Identity] = OrderedDict()


def _remember(identity: Identity) -> None:
    _identities[identity.user] = identity
    _identities.move_to_end(identity.user)
    while len(_identities) > MOST:
        _identities.popitem(last=False)


# --- trying the roles of a demo -----------------------------------------------------------------------


def _tried() -> Scope:
    """The role that is chosen in the demo's own bar, which is drawn where this is called."""
    roles = demo_roles(tables.centers(state.engine()))
    if (asked := st.query_params.pop(ROLE, None)) in roles:
        st.session_state[ROLE] = asked
    elif st.session_state.get(ROLE) not in roles:
        st.session_state.pop(ROLE, None)
    with st.container(key="demo", horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(":material/science: Prøv demoen som:", width="content")
        chosen = st.selectbox(
            "Prøv demoen som",
            list(roles),
            key=ROLE,
            persist_state="session",
            label_visibility="collapsed",
            filter_mode=None,
            width=420,
        )
    return roles[chosen]


def demo_roles(centers: list[str]) -> dict[str, Scope]:
    """What may be tried: its name -> whose eyes it gives. The coordinator, who sees everything, comes first."""
    names = {role: name for role, name in ACCESS_ROLES.items() if role in tables.PERMISSIONS}
    heads = {f"{names['head']}, {center}": Scope(TRYING, ("head",), (center,)) for center in centers}
    rest = ("steering", "administrator", "protection")
    return (
        {names["coordinator"]: Scope(TRYING, ("coordinator",), None)}
        | heads
        | {names[role]: Scope(TRYING, (role,)) for role in rest}
    )


# --- the frame and the guard --------------------------------------------------------------------------


@contextmanager
def frame(scope: Scope) -> Iterator[None]:
    """Only inside this may a page run; `app.py` opens it anew on each rerun."""
    st.session_state[_FRAME] = scope
    try:
        yield
    finally:
        st.session_state.pop(_FRAME, None)


def guard(*permissions: str) -> Scope:
    """The first call of every page: whose eyes its rows are for. Stops a page that they may not see.

    One of the `permissions` is enough; with none, everybody who has been let in may. "Not yours" and "does not exist"
    look the same.
    """
    scope = st.session_state.get(_FRAME)
    if not isinstance(scope, Scope):
        st.error("Siden kan ikke vises alene. Åbn Ungeoverblik fra forsiden.", icon=":material/lock:")
        st.markdown("[Gå til forsiden](./)")
        st.stop()
    if permissions and not any(map(scope.may, permissions)):
        _log_refusal(scope, "Side uden adgang")
        st.warning(REFUSED, icon=":material/search_off:")
        st.markdown("[Gå til forsiden](./)")
        st.stop()
    return scope


def _log_refusal(scope: Scope, what: str) -> None:
    """A refused attempt is kept, once a session; where it cannot be, the refusal stands all the same."""
    told = st.session_state.setdefault(_TOLD, set())
    if (scope, what) in told:  # a page runs again at every click
        return
    with suppress(DatabaseUnavailable):
        audit.write(state.engine(), scope, action="refused", purpose="", rows=0, note=what)
        told.add((scope, what))
