"""A package index as companies have them: with TLS, a certificate of an authority of its own, and a password."""

import io
import ipaddress
import ssl
import threading
import zipfile
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PACKAGE = "company-package"


def wheel() -> bytes:
    """The smallest package that pip and uv take."""
    info = f"{PACKAGE.replace('-', '_')}-1.dist-info"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return content.getvalue()


class CompanyIndex:
    """Serves one package on a port of this machine."""

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
