"""`vmlab serve`: shows the built site on this machine's own address.

Any web server can serve the site; this one is here so that nothing has to be installed. It sends
the compressed form of a file where the build made one, tells the browser to keep whatever has a
digest in its name, and isolates the pages, which gives them the shared memory that stops a busy
Python at once. On other servers the site's service worker does the last (web/docs/publish.md).
"""

from __future__ import annotations

import errno
import re
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

import typer

from vmlab.core.errors import BadInput

HOST: Final = "127.0.0.1"
EVERY: Final = "0.0.0.0"  # only where somebody asks for it
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
}
ISOLATION: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SCRIPT_POLICY: Final = (
    "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; connect-src 'self'"
)
"""What a worker may do that is started from one of our scripts; a page says its own policy."""
_POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')
_HAS_DIGEST = re.compile(r"[/-][0-9a-f]{16}[/.]")


class SiteHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with files below `root`, and with nothing else."""

    root: Path  # set by `site_server`, resolved
    protocol_version = "HTTP/1.1"  # keeps connections open: the page asks for forty files

    def do_GET(self) -> None:
        """Send the file, or say that there is none."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """What GET would send, without it."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        file = self._file(path)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        packed = file.with_name(file.name + ".gz")
        gzip = packed.is_file() and "gzip" in self.headers.get("Accept-Encoding", "")
        body = (packed if gzip else file).read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", TYPES.get(file.suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Vary", "Accept-Encoding")
        forever = "public, max-age=31536000, immutable"
        self.send_header("Cache-Control", forever if _HAS_DIGEST.search(path) else "no-cache")
        for name, value in ISOLATION.items():
            self.send_header(name, value)
        policy = _policy(file)
        if policy:
            self.send_header("Content-Security-Policy", policy)
        if gzip:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _file(self, path: str) -> Path | None:
        """The file of a URL path. One outside the folder does not exist, however it is spelled."""
        try:
            file = (self.root / path.lstrip("/")).resolve()
            if file.is_dir():
                file /= "index.html"
            return file if file.is_relative_to(self.root) and file.is_file() else None
        except (ValueError, OSError):  # a NUL byte, a name too long
            return None

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: forty lines a visit would hide the address."""


def _policy(file: Path) -> str | None:
    """The Content-Security-Policy of a file: a page's own, once more as a header."""
    if file.suffix in (".js", ".mjs"):
        return SCRIPT_POLICY
    found = _POLICY.search(file.read_bytes()) if file.suffix == ".html" else None
    return found[1].decode("ascii") if found else None


class SiteServer(ThreadingHTTPServer):
    """Serves each connection in a thread; a browser that hangs up early is no error."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Let through what is not a broken connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def site_server(folder: Path, port: int, host: str = HOST) -> SiteServer:
    """A server for the site in `folder`, bound but not started. Port 0 takes any free one, host
    0.0.0.0 all addresses of this machine."""
    if not (folder / "index.html").is_file():
        raise BadInput(
            f"expected a built site in {folder}, found none; "
            f"run `vmlab site build --out {folder}` first"
        )
    handler = type("Handler", (SiteHandler,), {"root": folder.resolve()})
    try:
        return SiteServer((host, port), handler)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise BadInput(
                f"expected an address of this machine, found {host!r}; 0.0.0.0 is all of them"
            ) from error
        if error.errno == errno.EADDRINUSE:
            reason = "is in use by another program"
        elif error.errno == errno.EACCES:
            reason = "needs more rights than this user has"
        else:
            raise
        raise BadInput(
            f"expected a free port, but port {port} of {host} {reason}; choose another with --port"
        ) from error


def serve(
    folder: Annotated[
        Path, typer.Option("--dir", help="The folder that `vmlab site build` made.")
    ] = Path("build/site"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, envvar="PORT", help="The port; 0 takes any free one.")
    ] = 8000,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="0.0.0.0 lets a whole room in.")
    ] = HOST,
) -> None:
    """Serve the built site on this machine, until Ctrl-C.

    Only this machine can reach it, unless --host says otherwise. Nothing but the files of the site
    is ever sent.

    Examples:

      vmlab site build --out build/site && vmlab serve

      vmlab serve --port 9000

      vmlab serve --host 0.0.0.0
    """
    with site_server(folder, port, host) as server:
        name = socket.gethostname() if host == EVERY else host
        typer.echo(f"vmlab: http://{name}:{server.server_port}  (Ctrl-C stops)", err=True)
        server.serve_forever()
