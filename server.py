"""The entry for operation: the dashboard as an ASGI application, Danish, closed to strangers and warmed up.

Start it with `streamlit run server.py` (or `uvicorn server:app`). Around Streamlit's own server it speaks Danish in
any browser, sends the security headers, hides the addresses that need no visitor, says how it is doing, and builds
the assessed frame before the first visitor comes. With unsafe settings it does not start.
"""

import base64
import gc
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import altair  # noqa: F401
import pandas  # noqa: F401
import pyarrow  # noqa: F401
import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap
from websockets import http11

from data_access.database import DatabaseUnavailable
from data_access.tables import FULL_SCOPE
from ui import charts, health, notices, safety, server_log, sign_in, state  # noqa: F401

HERE = Path(__file__).parent
SCRIPT = (HERE / "ui/danish.js").read_text(encoding="utf-8")
CLOSED = re.compile(r"/_stcore/(metrics|agent|script-health-check|upload_file)\b")
"""Streamlit's addresses that tell strangers about sessions and functions, or keep in memory what nobody asked for."""

LONGEST_HEADER = 32 * 1024
"""Bytes, as the proxy lets through."""

Headers = list[tuple[bytes, bytes]]


class Danish:
    """Rewrites the one HTML page, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # a server that was started in a way `safety` cannot see through is closed here
        if scope["type"] != "lifespan" and not safety.may_answer((scope.get("server") or ("", None))[0]):
            await _refuse(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if CLOSED.search(scope["path"]):
            await PlainTextResponse("Findes ikke", 404)(scope, receive, send)
            return
        await self.app(_readable(scope), receive, _Answer(send, scope["path"]))


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        answer = f"Ungeoverblik svarer kun på denne maskine, så længe {safety.PROXY}=1 ikke er sat."
        await PlainTextResponse(answer, 403)(scope, receive, send)


def _readable(scope: Scope) -> Scope:
    """The request as one for a plain answer; for a page also a whole one, never "unchanged since"."""
    drop = [b"accept-encoding"]  # pages are all that Streamlit compresses, also for who accepts anything
    if b"text/html" in dict(scope["headers"]).get(b"accept", b""):
        drop += [b"if-none-match", b"if-modified-since", b"range"]
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name not in drop]}


class _Answer:
    """One answer on its way out. A page is held back until it is whole, then sent rewritten."""

    def __init__(self, send: Send, path: str) -> None:
        self.send, self.path = send, path
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            if headers.get(b"content-type", b"").startswith(b"text/html"):
                self.start = message
            else:
                await self.send({**message, "headers": _with_own(message, _caching(self.path))})
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self.start)

    async def _send_page(self, start: Message) -> None:
        page = danish_page(self.body.decode())
        own = [
            (b"content-length", str(len(page.encode())).encode()),
            (b"content-security-policy", content_security_policy(page).encode()),
            (b"cache-control", b"no-store"),
        ]
        await self.send({**start, "headers": _with_own(start, own, drop=(b"etag", b"last-modified", b"accept-ranges"))})
        await self.send({"type": "http.response.body", "body": page.encode()})


HEADERS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # nobody else learns an address; we do, to come back to it after sign-in
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
]


def _caching(path: str) -> Headers:
    """What a visitor downloads is kept in no cache; fonts and logo may be kept for a day."""
    if "/media/" in path and "/static/" not in path:
        return [(b"cache-control", b"no-store")]
    return [(b"cache-control", b"public, max-age=86400")] if "/app/static/" in path else []


def _with_own(start: Message, own: Headers, drop: tuple[bytes, ...] = ()) -> Headers:
    """The headers of an answer with ours in place of its own of the same name."""
    replaced = {name for name, _ in (*own, *HEADERS)}.union(drop)
    return [*((name, value) for name, value in start["headers"] if name not in replaced), *own, *HEADERS]


def danish_page(html: str) -> str:
    """Streamlit's page with Danish language, title and words, and without its pointer to the agent interface."""
    html = html.replace('<html lang="en">', '<html lang="da">').replace(
        "<title>Streamlit</title>", "<title>Ungeoverblik</title>"
    )
    html = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    html = re.sub(r'<link rel="service-desc"[^>]*>', "", html)
    html = re.sub(
        r"<noscript>.*?</noscript>",
        "<noscript><p>Ungeoverblik kræver, at JavaScript er slået til.</p></noscript>",
        html,
        flags=re.DOTALL,
    )
    return html.replace("<head>", f"<head><script>{SCRIPT}</script>", 1)


def content_security_policy(html: str) -> str:
    """Only this server, and of scripts in the page only those that were in it when it left."""
    inline = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval' " + " ".join(f"'sha256-{digest}'" for digest in hashes),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


@asynccontextmanager
async def warmed_up(_: st.App) -> AsyncIterator[None]:
    """Before the first visitor: no page file found by itself, the frame built, and what lives on left to itself."""
    # the first visitor on a deep link must not meet "Page not found" while st.navigation has not run
    PagesManager.uses_pages_directory = False
    server_log.keep_case_data_out()
    try:
        state.assessed(FULL_SCOPE)
    except (DatabaseUnavailable, state.NothingDelivered) as reason:
        server_log.log.warning("Starter uden tal: %s", type(reason).__name__)
    except Exception as error:  # uvicorn would write its text; the pages meet the same error, and give it a number
        server_log.failed(error)
    # settings that were safe at the start stay: a file of them that is half written would leave Streamlit's own behind
    bootstrap.load_config_options = lambda _: None
    gc.collect()
    gc.freeze()  # each rerun ends with a full collection: it need not look at what never goes
    yield


def on_error(error: Exception) -> bool:
    """Give an unforeseen error a number, in the log and on the page."""
    notices.failed(server_log.failed(error))
    return True


safety.refuse_unsafe(HERE / "server.py")
# a browser sends all cookies in one line, and those of somebody with many groups are longer than a websocket would take
http11.MAX_LINE_LENGTH = LONGEST_HEADER
MIDDLEWARE = [Middleware(Danish), Middleware(sign_in.SignIn)]
app = st.App(
    HERE / "app.py",
    lifespan=warmed_up,
    routes=health.routes(safety.base_path()),
    middleware=MIDDLEWARE,
    on_script_error=on_error,
)
