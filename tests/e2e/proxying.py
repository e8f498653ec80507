"""The nginx of `deploy/` in front of two real servers: its own file, with this test's ports and certificate in it."""

import datetime as dt
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import missing
from tests.e2e.conftest import free_port, serving

ROOT = Path(__file__).parents[2]
SITE = ROOT / "deploy/nginx/ungeoverblik.conf"
HOST = "ungeoverblik.example"
BASE = "/ungeoverblik"
IN_OPERATION = {
    "UNGEOVERBLIK_PROXY": "1",
    "STREAMLIT_SERVER_BASE_URL_PATH": "ungeoverblik",
    "STREAMLIT_SERVER_ALLOWED_HOSTS": HOST,
    "STREAMLIT_SERVER_COOKIE_SECRET": "kun-til-test-0123456789abcdef0123456789abcdef",
}
"""As in `deploy/server.env`, with a secret."""


@dataclass(frozen=True)
class Behind:
    """Two servers behind nginx."""

    port: int
    """Where nginx speaks TLS."""
    plain: int
    """Where it does not."""
    servers: tuple[str, str]
    """The two themselves, as only this machine reaches them."""
    log: Path
    """What nginx wrote about visits."""
    certificate: Path

    @property
    def address(self) -> str:
        """What a visitor writes."""
        return f"https://{HOST}:{self.port}"

    def trusting(self) -> ssl.SSLContext:
        """TLS that trusts this nginx."""
        return ssl.create_default_context(cafile=str(self.certificate))


@contextmanager
def proxied(database_url: str, folder: Path) -> Iterator[Behind]:
    """Start all three, and stop them again."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict("os.environ", IN_OPERATION))
        first, second = (stack.enter_context(serving(database_url, BASE)) for _ in range(2))
        yield stack.enter_context(before(first, second, folder))


@contextmanager
def before(first: str, second: str, folder: Path) -> Iterator[Behind]:
    """nginx in front of two servers that run, with what it needs in `folder`."""
    nginx = nginx_binary()
    port, plain = free_port(), free_port()
    certificate = made_certificate(folder)
    configuration = configured(folder, port, plain, [server.rpartition(":")[2] for server in (first, second)])
    process = subprocess.Popen(
        [nginx, "-p", str(folder), "-c", str(configuration), "-g", "daemon off;"], stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for_port(port, process)
        yield Behind(port, plain, (first, second), folder / "access.log", certificate)
    finally:
        process.terminate()
        print(process.communicate(timeout=20)[1])  # pytest shows it when the test fails


def nginx_binary() -> str:
    """Where nginx is."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        missing("nginx findes ikke", "installér pakken nginx")
    assert found is not None
    return found


def configured(folder: Path, port: int, plain: int, servers: list[str]) -> Path:
    """The file of `deploy/` inside a least `nginx.conf`, with what is this machine's own put in."""
    own = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "listen 443 ssl default_server;": f"listen 127.0.0.1:{port} ssl default_server;",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 80 default_server;": f"listen 127.0.0.1:{plain} default_server;",
        **{f"listen [::]:{each};": "" for each in ("80", "80 default_server", "443 ssl", "443 ssl default_server")},
        "127.0.0.1:8501": f"127.0.0.1:{servers[0]}",
        "127.0.0.1:8502": f"127.0.0.1:{servers[1]}",
        "/etc/ungeoverblik/tls/fullchain.crt": str(folder / "fullchain.crt"),
        "/etc/ungeoverblik/tls/private.key": str(folder / "private.key"),
        "/var/log/nginx/ungeoverblik.log": str(folder / "access.log"),
        "/var/log/nginx/ungeoverblik-fejl.log": str(folder / "error.log"),
    }
    site = SITE.read_text("utf-8")
    for shipped, here in own.items():
        assert site.count(shipped) == 1, shipped
        site = site.replace(shipped, here)
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "site.conf").write_text(site, "utf-8")
    whole = folder / "nginx.conf"
    whole.write_text(
        f"pid {folder}/nginx.pid;\nerror_log {folder}/start.log;\nevents {{}}\nhttp {{\n"
        f"    types {{ text/html html; text/css css; application/javascript js; }}\n{temporary}"
        f"    include {folder}/site.conf;\n}}\n",
        "utf-8",
    )
    return whole


def wait_for_port(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as trial:
            trial.settimeout(1)
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nginx startede ikke: {process.stderr.read() if process.stderr else ''}")


def made_certificate(folder: Path) -> Path:
    """A certificate of our own for the host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "fullchain.crt"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "private.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path
