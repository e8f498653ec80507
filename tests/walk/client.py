"""A visitor without a browser: speaks Streamlit's own protocol, keeps to none of its manners, and reads every byte.

A browser hides what it does not draw; a server is to be judged by what it sends. `Visitor` asks for pages by name or by
hash, presses and fills in whatever it likes, and gives back all that came over the wire in one `Answer`.
"""

import html
import io
import json
import re
import socket
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote_plus, urlsplit
from urllib.request import Request, urlopen

import pyarrow
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME, XSRF_COOKIE_NAME
from websockets.sync.client import ClientConnection, connect

SECONDS = 60
"""How long a page may take."""

Element = Any
"""One element or block as it was sent."""


@dataclass(frozen=True)
class Identity:
    """Somebody who asks: what a provider has said of them, and what their cookie is signed with."""

    name: str
    claims: Mapping[str, Any] | None = None
    """None: no cookie at all."""
    secret: str = ""

    def cookie(self, origin: str) -> str:
        """The cookies of a request, as the server itself would have set them after sign-in."""
        if self.claims is None:
            return ""
        said = json.dumps({"provider": "default", "origin": origin, "is_logged_in": True, **self.claims})
        return f"{USER_COOKIE_NAME}={create_signed_value(self.secret, USER_COOKIE_NAME, said).decode()}"


@dataclass
class Answer:
    """Everything that came of one request."""

    messages: list[ForwardMsg] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        """All that can be read in it: every text, table and chart, one after the other."""
        return "\n".join(line for message in self.messages for line in told(message))

    @cached_property
    def everything(self) -> str:
        """The same, and each byte as it came."""
        return self.text + "\n" + b"\n".join(self.raw).decode("latin-1")

    @cached_property
    def drawn(self) -> list[tuple[str, Element]]:
        """(kind, element or block) in the order they were sent, as `("button", …)` or `("expandable", …)`."""
        found: list[tuple[str, Element]] = []
        for message in self.messages:
            if message.WhichOneof("type") == "new_session":
                found.clear()  # the page began anew
            elif message.WhichOneof("type") == "delta":
                delta = message.delta
                if delta.WhichOneof("type") == "new_element" and (kind := delta.new_element.WhichOneof("type")):
                    found.append((kind, getattr(delta.new_element, kind)))
                elif delta.WhichOneof("type") == "add_block" and (kind := delta.add_block.WhichOneof("type")):
                    found.append((kind, getattr(delta.add_block, kind)))
        return found

    @cached_property
    def page(self) -> str:
        """What the page says, in the order it says it: without what differs from run to run, as ids and addresses."""
        lines = []
        for kind, element in self.drawn:
            plain = type(element)()
            plain.CopyFrom(element)
            for name in ("id", "form_id", "url", "deferred_file_id", "page_script_hash"):
                with suppress(ValueError):
                    plain.ClearField(name)
            lines.append(f"{kind} {plain}")
        return "\n".join(lines)

    def all(self, kind: str) -> list[Element]:
        """The elements of a kind."""
        return [element for found, element in self.drawn if found == kind]

    def find(self, kind: str, *, label: str = "", begins: str = "") -> Element | None:
        """The first element of a kind with a label, or whose key begins so."""
        for element in self.all(kind):
            if (not label or element.label == label) and element.id.split("-", 2)[-1].startswith(begins):
                return element
        return None

    @property
    def parts(self) -> set[str]:
        """The parts of the page that can be run without the rest."""
        return self.parts_with("") - {""}

    def parts_with(self, key: str) -> set[str]:
        """The same, of those with a button whose key ends so."""
        deltas = [message.delta for message in self.messages if message.WhichOneof("type") == "delta"]
        return {delta.fragment_id for delta in deltas if delta.new_element.button.id.endswith(key)}

    @property
    def failed(self) -> bool:
        """Whether the page met an error that nobody foresaw."""
        return bool(self.all("exception")) or "fejlnummer" in self.text or "Traceback" in self.text

    @property
    def pages(self) -> dict[str, str]:
        """Address -> hash of every page that the server has told of, listed or not."""
        return {
            page.url_pathname: page.page_script_hash
            for message in self.messages
            if message.WhichOneof("type") == "navigation"
            for page in message.navigation.app_pages
        }

    @property
    def menu(self) -> list[str]:
        """The addresses that stand in the menu."""
        shown: dict[str, bool] = {}
        for message in self.messages:
            if message.WhichOneof("type") == "navigation":
                shown = {page.url_pathname: not page.is_hidden for page in message.navigation.app_pages}
        return [address for address, listed in shown.items() if listed]


def told(message: Message) -> Iterator[str]:
    """Every text in a message; tables as JSON, escapes and HTML also as what they stand for."""
    for _, value in message.ListFields():
        values = value if not isinstance(value, str | bytes | Message) and hasattr(value, "__iter__") else (value,)
        if isinstance(values, Mapping):
            values = [*values.keys(), *values.values()]
        for one in values:
            if isinstance(one, Message):
                yield from told(one)
            elif isinstance(one, bytes):
                yield readable(one)
            elif isinstance(one, str):
                yield one
                if "\\u" in one:
                    with suppress(ValueError):
                        yield json.dumps(json.loads(one), ensure_ascii=False)
                if "&" in one or "%" in one:
                    yield unquote_plus(html.unescape(one))
            elif not isinstance(one, bool):
                yield str(one)


def readable(content: bytes) -> str:
    """Bytes as text: an Arrow table's cells, the parts of a workbook, else the bytes themselves."""
    with suppress(pyarrow.ArrowInvalid, OSError), pyarrow.ipc.open_stream(io.BytesIO(content)) as reader:
        return json.dumps(reader.read_all().to_pydict(), default=str, ensure_ascii=False)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(
                html.unescape(archive.read(name).decode("utf-8", "replace")) for name in archive.namelist()
            )
    return content.decode("utf-8-sig", "replace")


class Closed(Exception):
    """The server ended the conversation."""


class Visitor:
    """One browser tab of one identity. `open` asks for a page; the others go on from what it gave."""

    def __init__(self, address: str, who: Identity, session: str = "") -> None:
        self.address, self.who = address, who
        self._cookie = who.cookie(address)
        self._widgets: dict[str, WidgetState] = {}
        self._page_name, self._page_hash, self._query = "", "", ""
        self.session = ""
        self.at = ""
        """Address of the page that was shown last: where one ends is not always where one wanted to go."""
        token = generate_xsrf_token_string()
        cookies = "; ".join(filter(None, (f"{XSRF_COOKIE_NAME}={token}", self._cookie)))
        self._open = ExitStack()
        self._connecting = connect(
            f"ws://{urlsplit(address).netloc}/_stcore/stream",
            origin=address,  # type: ignore[arg-type]
            subprotocols=["streamlit", token, *filter(None, [session])],  # type: ignore[list-item]
            additional_headers={"Cookie": cookies},
            max_size=None,
            compression=None,
            open_timeout=SECONDS,
        )

    def __enter__(self) -> "Visitor":
        self._socket: ClientConnection = self._open.enter_context(self._connecting)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def open(self, page: str = "", query: str = "", *, hash: str = "") -> Answer:
        """Ask for a page as the address bar would; with `hash` as a link inside the app would."""
        self._page_name, self._page_hash, self._query, self.at = page, hash, query, page
        self._widgets.clear()
        return self.again()

    def again(self) -> Answer:
        """Run the page once more, as it stands."""
        self._ask()
        return self._receive(lambda last: last.WhichOneof("type") == "script_finished" and last.script_finished != 2)

    def _ask(self) -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string = self._query
        if self._page_hash:
            rerun.page_script_hash = self._page_hash
        else:
            rerun.page_name = self._page_name
        rerun.widget_states.widgets.extend(self._widgets.values())
        rerun.context_info.url = f"{self.address}/{self._page_name}"
        rerun.context_info.locale, rerun.context_info.timezone = "da-DK", "Europe/Copenhagen"
        self._widgets = {id: state for id, state in self._widgets.items() if not state.HasField("trigger_value")}
        self._socket.send(message.SerializeToString())

    def put(self, element: Element | str, value: bool | str | list[str]) -> "Visitor":
        """Fill in a field, whatever it allows; nothing is sent before the next `press` or `again`."""
        id = element if isinstance(element, str) else element.id
        state = WidgetState(id=id)
        if isinstance(value, bool):
            state.bool_value = value
        elif isinstance(value, str):
            state.string_value = value
        else:
            state.string_array_value.data.extend(value)
        self._widgets[id] = state
        return self

    def press(self, element: Element | str) -> Answer:
        """Click a button."""
        id = element if isinstance(element, str) else element.id
        self._widgets[id] = WidgetState(id=id, trigger_value=True)
        return self.again()

    def press_and_go_on(self, element: Element | str) -> None:
        """Click a button and wait for nothing: what comes of it is for the next answer, or for nobody."""
        id = element if isinstance(element, str) else element.id
        self._widgets[id] = WidgetState(id=id, trigger_value=True)
        self._ask()
        with suppress(TimeoutError):  # a browser reads along; a server does not go on sending to who does not
            while True:
                self._socket.recv(timeout=0)

    def vanish(self) -> None:
        """Close the tab as a lost connection does: without a word."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)

    def pick_row(self, table: Element, row: int) -> Answer:
        """Click a row of a table."""
        return self.put(table, json.dumps({"selection": {"rows": [row], "columns": [], "cells": []}})).again()

    def download(self, button: Element | str) -> tuple[str, Answer]:
        """Press a download button, and fetch the file. Gives the file's address, "" where none was given out."""
        if not isinstance(button, str) and button.url:
            return button.url, self._fetched(button.url)
        message = BackMsg()
        asked = message.backend_operation_request
        asked.request_id = uuid.uuid4().hex
        asked.session_id = self.session
        asked.deferred_file.file_id = button if isinstance(button, str) else button.deferred_file_id
        self._socket.send(message.SerializeToString())
        answer = self._receive(
            lambda last: (
                last.WhichOneof("type") == "backend_operation_response"
                and last.backend_operation_response.request_id == asked.request_id
            )
        )
        url = answer.messages[-1].backend_operation_response.deferred_file.url
        if url:
            fetched = self._fetched(url)
            answer = Answer([*answer.messages, *fetched.messages], [*answer.raw, *fetched.raw])
            answer.text = readable(fetched.raw[0])
        return url, answer

    def _fetched(self, url: str) -> Answer:
        _, body = self.fetch(url)
        answer = Answer([], [body])
        answer.text = readable(body)
        return answer

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and content of an address of the server's, asked for with this identity's cookie."""
        request = Request(self.address + path, headers={"Cookie": self._cookie} if self._cookie else {})
        try:
            with urlopen(request, timeout=SECONDS) as response:
                return response.status, response.read()
        except HTTPError as refused:
            return refused.code, refused.read()

    def _receive(self, is_last: Callable[[ForwardMsg], bool]) -> Answer:
        answer, until = Answer(), time.monotonic() + SECONDS
        while True:
            try:
                payload = self._socket.recv(timeout=max(0.1, until - time.monotonic()))
            except TimeoutError:
                raise
            except Exception as error:
                raise Closed(type(error).__name__) from error
            assert isinstance(payload, bytes)
            message = ForwardMsg.FromString(payload)
            answer.raw.append(payload)
            answer.messages.append(message)
            self._keep(message)
            if is_last(message):
                return answer

    def _keep(self, message: ForwardMsg) -> None:
        """What a browser goes on from: which session and page it is in, and its address."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
            shown = (page for page in message.navigation.app_pages if page.page_script_hash == self._page_hash)
            self.at = next((page.url_pathname for page in shown), self.at)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string


def resources(answer: Answer) -> set[str]:
    """The addresses of files that an answer points at."""
    return set(re.findall(r"/media/[\w.-]+", answer.everything))
