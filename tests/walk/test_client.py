"""The visitor reads every way out that Streamlit has, also those that no page uses yet."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.walk.client import Identity, Visitor, resources

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

APP = """
import io
import altair as alt
import polars as pl
import streamlit as st

st.title("Kqtitle1q")
st.caption("x", help="Kqhelp2q")
st.dataframe(
    pl.DataFrame({"shown": ["a"], "hidden": ["Kqhidden3q"]}), column_order=["shown"], column_config={"hidden": None}
)
st.table(pl.DataFrame({"Kqheading4q": [1]}))
st.altair_chart(alt.Chart(pl.DataFrame({"x": [1], "who": ["Kqchart5q"]})).mark_point().encode(x="x"))
st.vega_lite_chart(pl.DataFrame({"x": [1]}), {"mark": "point", "title": "Kqspec6q \\u00e6"}, alt="Kqalt7q")
st.selectbox("Vælg", ["a", "Kqoption8q"], key="valg")
st.text(str(st.query_params.to_dict()) + st.session_state["valg"])
st.html("<p>Kqht&#109;l9q</p>")
st.json({"a": "Kqjson10q"})
st.download_button("Med", b"Kqready11q", "a.csv")


def workbook():
    file = io.BytesIO()
    pl.DataFrame({"a": ["Kqbook12q"]}).write_excel(file)
    return file.getvalue()


st.download_button("Bog", workbook, "a.xlsx", on_click="ignore")
with st.popover("Gemt"):
    st.write("Kqfolded13q")
if st.button("Tryk"):
    st.write("Kqpressed14q")
if st.button("Fejl"):
    raise ValueError("Kqerror15q")
with st.form("f"):
    said = st.text_input("Skriv", key="skriv")
    if st.form_submit_button("Send"):
        st.write("Kq" + said)
box = st.expander("Fold ud", key="fold", on_change="rerun")
if box.open:
    box.write("Kqunfolded16q")
picked = st.dataframe(pl.DataFrame({"a": ["x", "Kqrow17q"]}), on_select="rerun", selection_mode="single-row", key="t")
if picked.selection.rows:
    st.write(f"Kqpicked{picked.selection.rows[0]}q")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small app with one of each."""
    app = tmp_path_factory.mktemp("client") / "app.py"
    app.write_text(APP, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}", "--server.headless=true"]
    command += ["--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    process = subprocess.Popen(command, cwd=app.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
            break
        time.sleep(0.1)
    yield address
    process.kill()
    process.wait()


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    """A tab on it."""
    with Visitor(address, Identity("nobody")) as opened:
        yield opened


@pytest.mark.parametrize(
    "word",
    [
        "title1",
        "help2",
        "hidden3",
        "heading4",
        "chart5",
        "spec6",
        "alt7",
        "option8",
        "html9",
        "json10",
        "folded13",
        "row17",
    ],
)
def test_what_is_sent_is_read(visitor: Visitor, word: str) -> None:
    assert f"Kq{word}q" in visitor.open().everything


def test_escapes_are_read(visitor: Visitor) -> None:
    assert "Kqspec6q æ" in visitor.open().text


def test_an_address_is_carried(visitor: Visitor) -> None:
    assert "{'sag': 'Kqasked18q'}" in visitor.open("", "sag=Kqasked18q").text


def test_files_are_fetched(visitor: Visitor) -> None:
    answer = visitor.open()
    ready, workbook = answer.all("download_button")
    assert "Kqready11q" in visitor.download(ready)[1].everything
    url, file = visitor.download(workbook)
    assert url.startswith("/media/")
    assert "Kqbook12q" in file.everything
    assert visitor.fetch(next(iter(resources(answer))))[0] == 200
    assert visitor.fetch("/media/nothing.csv")[0] == 404


def test_a_form_is_sent_and_things_are_pressed(visitor: Visitor) -> None:
    answer = visitor.open()
    assert "Kqpressed14q" in visitor.press(answer.find("button", label="Tryk")).everything
    assert "Kqpressed14q" not in visitor.again().everything
    visitor.put(answer.find("text_input", begins="skriv"), "sent19q")
    assert "Kqsent19q" in visitor.press(answer.find("button", label="Send")).everything
    assert "Kqunfolded16q" in visitor.put(answer.find("expandable", begins="fold"), True).again().everything
    assert "Kqpicked1q" in visitor.pick_row(answer.all("dataframe")[-1], 1).everything
    forged = visitor.put(answer.find("selectbox", begins="valg"), "forged").again()
    assert not forged.failed


def test_an_error_is_noticed(visitor: Visitor) -> None:
    answer = visitor.open()
    assert not answer.failed
    assert visitor.press(answer.find("button", label="Fejl")).failed


def test_a_tab_goes_on_from_what_another_left_only_if_it_knows_the_session(address: str, visitor: Visitor) -> None:
    visitor.open()
    with Visitor(address, Identity("nobody")) as other:
        other.open()
        assert other.session
        assert other.session != visitor.session
