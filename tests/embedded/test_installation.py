"""Where pip works, uv works too: the pinned uv against an index whose certificate comes from a company's authority."""

import hashlib
import io
import ipaddress
import ssl
import subprocess
import sys
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from action.installation import environment_of_uv
from embedded.install import source
from tests.embedded.senders import ENVIRONMENT

PACKAGE = "company-package"
UV = str(Path(sys.executable).parent / "uv")
PIP_CONFIG = "[global]\nindex-url = {url}\ncert = {certificate}\n"


def wheel() -> bytes:
    """The smallest package that pip and uv take."""
    info = f"{PACKAGE.replace('-', '_')}-1.dist-info"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return content.getvalue()


class Index:
    """A package index with TLS and a password, as companies have them."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "company.pem"
        self.wheel = wheel()
        self.file = f"{PACKAGE.replace('-', '_')}-1-py3-none-any.whl"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._make_certificates(folder))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"https://me:pass-of-mine@127.0.0.1:{self._server.server_port}/simple"

    def _make_certificates(self, folder: Path) -> Path:
        """Write the authority's certificate, and return a file with the server's certificate and key."""
        now = datetime.now(UTC)
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
        names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in ("company", "index")]
        made = []
        for number in range(2):
            builder = x509.CertificateBuilder(names[0], names[number], keys[number].public_key())
            builder = builder.serial_number(number + 1)
            builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
            made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
        self.certificate.write_bytes(made[0])
        server = folder / "server.pem"
        server.write_bytes(made[1] + keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return server

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_known = self.headers["Authorization"] == "Basic " + b64encode(b"me:pass-of-mine").decode()
                page = f'<a href="/files/{index.file}">{index.file}</a>'.encode()
                content = index.wheel if self.path.startswith("/files/") else page
                self.send_response(200 if is_known else 401)
                self.send_header("WWW-Authenticate", 'Basic realm="index"')
                self.send_header("Content-Type", "text/html" if content is page else "application/octet-stream")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content)

            do_HEAD = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index(tmp_path)
    yield index
    index.close()


def test_uv_takes_index_password_and_certificate_from_the_settings_of_pip(tmp_path: Path, index: Index) -> None:
    (tmp_path / "pip.conf").write_text(PIP_CONFIG.format(url=index.url, certificate=index.certificate))
    (tmp_path / "wanted.txt").write_text(f"{PACKAGE}==1 --hash=sha256:{hashlib.sha256(index.wheel).hexdigest()}\n")
    quick = {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "UV_CACHE_DIR": str(tmp_path / "cache"), "PIP_NO_CACHE_DIR": "1"}
    pip_only = {**ENVIRONMENT, **quick, "HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    wanted = ["--require-hashes", "-r", str(tmp_path / "wanted.txt")]

    def install(program: list[str], target: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [*program, "install", *wanted, "--target", str(tmp_path / target)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    by_pip = install([sys.executable, "-m", "pip"], "by-pip", pip_only)
    assert by_pip.returncode == 0, by_pip.stderr
    assert install([UV, "pip"], "by-uv-alone", pip_only).returncode != 0  # which is why there is a translation
    told = environment_of_uv(sys.executable, pip_only)
    by_uv = install([UV, "pip"], "by-uv", told)
    assert by_uv.returncode == 0, by_uv.stderr
    assert [each.name for each in (tmp_path / "by-uv").glob("company*")] == ["company_package-1.dist-info"]

    of_a_job = {**ENVIRONMENT, "HOME": str(tmp_path / "home"), "UV_OFFLINE": "1", **source(told)}
    assert "pass-of-mine" not in str(of_a_job)
    by_job = install([UV, "pip"], "by-job", of_a_job)
    assert by_job.returncode == 0, by_job.stderr


def test_the_pinned_uv_knows_the_variable_for_the_certificates_of_the_system() -> None:
    said = subprocess.run([UV, "help", "pip", "sync"], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert "UV_SYSTEM_CERTS" in said.stdout
