"""What sign-in needs of the server itself: the way back to the page that was asked for, cookies, and whose a file is.

Streamlit goes to the front page after sign-in, lets its cookies live for 30 days and travel without TLS, and gives a
file to everybody who knows its address.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.web.server.starlette.starlette_server_config import AUTH_COOKIE_MAX_AGE_SECONDS, USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import (
    _get_signed_cookie_with_chunks,
    _parse_decoded_user_cookie,
)

from data_access.sign_ins import HOURS
from ui import access, exports, navigation, safety

ASKED = "_ungeoverblik_asked"
"""The cookie that remembers what was asked for."""
MINUTES = 10
"""So long: it takes a minute to sign in."""
LONGEST = 2000
"""Characters of an address that is remembered."""

_COOKIE_MAY_HOLD = "!#$%&'()*+-./:<=>?@[]^_`{|}~"
_PICTURES = Path(__file__).parents[1] / "static"
_FILE_NAME = re.compile(rb'filename="([^"]+)"')

Headers = list[tuple[bytes, bytes]]


class SignIn:
    """Around Streamlit's own sign-in, and in front of the files it keeps."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, path = Request(scope), scope["path"].removeprefix(safety.base_path())
        if path.startswith("/media/"):
            await self._file(request, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_own(message["headers"], request, path)}
            await send(message)

        await self.app(scope, receive, answer)

    async def _file(self, request: Request, receive: Receive, send: Send) -> None:
        """A file is held back until it is known whose it is; "not yours" and "does not exist" look the same."""
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self.app(request.scope, receive, hold)
        if await to_thread.run_sync(_may_fetch, request.cookies, held):
            for message in held:
                await send(message)
        else:
            await PlainTextResponse("Findes ikke", 404)(request.scope, receive, send)


def _with_own(headers: Headers, request: Request, path: str) -> Headers:
    """The headers of an answer: cookies as we want them, and on the ways in and out what they need."""
    own = [(name, _own_cookie(value)) if name == b"set-cookie" else (name, value) for name, value in headers]
    if path == "/auth/login":
        asked = asked_for(request.headers.get("referer", ""))
        own.append((b"set-cookie", _asked_cookie(asked, MINUTES * 60) if asked else _asked_cookie("", 0)))
    if path == "/oauth2callback" and _signed_in(headers):
        asked = own_page(request.cookies.get(ASKED, ""))
        own = [(name, asked.encode()) if name == b"location" and asked else (name, value) for name, value in own]
        own.append((b"set-cookie", _asked_cookie("", 0)))
    if path.startswith(("/auth/", "/oauth2callback")):
        own = [*((name, value) for name, value in own if name != b"cache-control"), (b"cache-control", b"no-store")]
    return own


# --- the page that was asked for ----------------------------------------------------------------------


def asked_for(referer: str) -> str | None:
    """The page that somebody stood on when they pressed "Log ind": only to ourselves does a browser tell it."""
    try:
        address = urlsplit(referer)
    except ValueError:
        return None
    page = f"{address.path}?{address.query}" if address.query else address.path
    return own_page(quote(page, safe=_COOKIE_MAY_HOLD))


def own_page(address: str) -> str | None:
    """An address, if it is one of our pages and may stand in a header as it is; else nothing leads there."""
    path = address.partition("?")[0]
    known = any(path == f"{safety.base_path()}/{place.url}" for place in navigation.PLACES)
    plain = all(sign.isascii() and (sign.isalnum() or sign in _COOKIE_MAY_HOLD) for sign in address)
    return address if known and plain and len(address) <= LONGEST else None


# --- cookies ------------------------------------------------------------------------------------------


def _asked_cookie(asked: str, seconds: int) -> bytes:
    cookie = f"{ASKED}={asked}; Max-Age={seconds}; Path={safety.base_path() or '/'}; HttpOnly; SameSite=Lax"
    return _own_cookie(cookie.encode())


def _own_cookie(cookie: bytes) -> bytes:
    """A cookie that does not outlive the sign-in, and that a browser sends with TLS only where there is a proxy."""
    if cookie.startswith(USER_COOKIE_NAME.encode()):  # that of the tokens begins like it
        cookie = cookie.replace(b"Max-Age=%d" % AUTH_COOKIE_MAX_AGE_SECONDS, b"Max-Age=%d" % (HOURS * 3600))
    attributes = {each.strip().lower() for each in cookie.split(b";")[1:]}
    return cookie if not safety.proxied() or b"secure" in attributes else cookie + b"; Secure"


def _signed_in(headers: Headers) -> bool:
    """Whether an answer says who has signed in: else it only clears up, after an error or a sign-out."""
    mark = f"{USER_COOKIE_NAME}=".encode()
    cookies = (value for name, value in headers if name == b"set-cookie" and value.startswith(mark))
    return any(cookie.removeprefix(mark).split(b";")[0] not in (b"", b'""') for cookie in cookies)


# --- whose a file is ----------------------------------------------------------------------------------


def _may_fetch(cookies: Mapping[str, str], answer: list[Message]) -> bool:
    """Whether who sent the cookies may have a file: who made it, as long as they may take files out; all our logo."""
    start, *content = answer
    if start["status"] not in (200, 206):
        return False
    named = _FILE_NAME.search(dict(start["headers"]).get(b"content-disposition", b""))
    if named is None:
        return hashlib.sha256(b"".join(part.get("body", b"") for part in content)).digest() in _own_pictures()
    if access.open_to_all():
        return True
    owner = exports.owner(named[1].decode("latin-1"))
    return owner is not None and access.may_fetch(_claims(cookies), owner)


@cache
def _own_pictures() -> frozenset[bytes]:
    return frozenset(hashlib.sha256(file.read_bytes()).digest() for file in _PICTURES.iterdir())


def _claims(cookies: Mapping[str, str]) -> dict[str, Any]:
    """What the provider said of who sent the cookies; empty where we did not sign them, or not for this address."""
    said, origin = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME), get_origin_from_redirect_uri()
    claims = _parse_decoded_user_cookie(said, origin) if said and origin else {}
    return claims if claims.get("is_logged_in") else {}
