"""The site's server: right types, compressed where it can, and nothing outside its folder."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vmlab.cli.main import app
from vmlab.cli.serve import HOST, SiteServer, site_server
from vmlab.core.errors import BadInput


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SiteServer]:
    (tmp_path / "secret.txt").write_text("not yours")
    folder = tmp_path / "site"
    hashed = folder / "assets" / "0123456789abcdef"
    hashed.mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>hello")
    (hashed / "page.js").write_text("let x = 1;")
    (hashed / "page.js.gz").write_bytes(gzip.compress(b"let x = 1;"))
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    with site_server(folder, 0) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(
    server: SiteServer, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(HOST, server.server_port, timeout=10)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_folder_is_its_page_and_asked_anew(server: SiteServer) -> None:
    response, body = ask(server, "/?x=1")
    assert (response.status, body) == (200, b"<!doctype html>hello")
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.getheader("Cache-Control") == "no-cache"


def test_file_with_digest_is_kept_for_ever(server: SiteServer) -> None:
    response, body = ask(server, "/assets/0123456789abcdef/page.js")
    assert body == b"let x = 1;"
    assert response.getheader("Content-Type") == "text/javascript; charset=utf-8"
    assert "immutable" in str(response.getheader("Cache-Control"))


def test_compressed_form_goes_to_whom_it_suits(server: SiteServer) -> None:
    path = "/assets/0123456789abcdef/page.js"
    response, body = ask(server, path, Accept_Encoding="br, gzip")
    assert response.getheader("Content-Encoding") == "gzip"
    assert gzip.decompress(body) == b"let x = 1;"


def test_head_sends_the_length_alone(server: SiteServer) -> None:
    response, body = ask(server, "/", "HEAD")
    assert (response.getheader("Content-Length"), body) == ("20", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//etc/passwd",
        "/%2Fetc/passwd",
        "/out.txt",
        "/%00",
        "/assets",
        pytest.param("/" + "a" * 5000, id="long name"),
        "/nothing",
    ],
)
def test_nothing_outside_the_folder_exists(server: SiteServer, path: str) -> None:
    response, body = ask(server, path)
    assert response.status in (404, 414)
    assert b"not yours" not in body


def test_used_port_is_one_sentence(server: SiteServer, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"port {server.server_port} of {HOST} is in use"):
        site_server(tmp_path / "site", server.server_port)


def test_folder_without_a_site_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="vmlab site build --out"):
        site_server(tmp_path, 0)


def test_a_room_can_ask_if_it_is_told_so(server: SiteServer, tmp_path: Path) -> None:
    """As web/docs/teaching.md says: a class without a network has a machine of its own."""
    with site_server(tmp_path / "site", 0, "0.0.0.0") as open_to_all:
        assert open_to_all.socket.getsockname()[0] == "0.0.0.0"
    with pytest.raises(BadInput, match="expected an address of this machine, found 'nowhere'"):
        site_server(tmp_path / "site", 0, "nowhere")
    done = CliRunner().invoke(app, ["serve", "--help"])
    assert "--host" in done.output


def test_only_this_machine_can_ask(server: SiteServer) -> None:
    assert server.socket.getsockname()[0] == HOST
    assert server.socket.family == socket.AF_INET


def test_pages_are_isolated_and_keep_their_own_policy(server: SiteServer, tmp_path: Path) -> None:
    policy = "default-src 'none'; connect-src 'self'"
    page = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    (tmp_path / "site" / "strict.html").write_text(page)
    response, _ = ask(server, "/strict.html")
    assert response.getheader("Content-Security-Policy") == policy
    assert response.getheader("Cross-Origin-Opener-Policy") == "same-origin"
    assert response.getheader("Cross-Origin-Embedder-Policy") == "require-corp"


def test_a_worker_may_ask_only_the_site(server: SiteServer) -> None:
    response, _ = ask(server, "/assets/0123456789abcdef/page.js", Accept_Encoding="gzip")
    policy = response.getheader("Content-Security-Policy") or ""
    assert "connect-src 'self'" in policy
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    # A worker of an isolated page has to be isolated itself.
    assert response.getheader("Cross-Origin-Embedder-Policy") == "require-corp"
