"""The nginx example of ``deploy/`` before the front end, as a reader meets both: encryption, log-in, live pages, headers, limits."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from greenfin.ui.frame.example import Example
from greenfin.ui.frame.gate import HEADERS, HEALTH
from tests.ui.browser import Tab, free_port, serving

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
OPENSSL = shutil.which("openssl")
pytestmark = [
    pytest.mark.desktop,
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None or OPENSSL is None, reason="nginx or openssl is not installed"),
]
CONF = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NAME = "green.bank.example"
MAIN = """{user}daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; include {folder}/site.conf; }}
"""


def _placed(folder: Path, behind: int, plain: int, encrypted: int) -> list[str]:
    """The example with this machine's ports and a certificate of its own; the command that runs it."""
    text = CONF.read_text("utf-8")
    for old, new in {
        "server greenfin:8501;": f"server 127.0.0.1:{behind};",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{encrypted} ssl;",
        "/etc/nginx/tls": str(folder),
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder), encoding="utf-8")
    made = ["-subj", f"/CN={NAME}", "-keyout", str(folder / "green.key"), "-out", str(folder / "green.crt")]
    subprocess.run([str(OPENSSL), "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "1", *made], check=True, capture_output=True)
    return [str(NGINX), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]


@contextmanager
def _proxy(folder: Path, behind: int, plain: int, encrypted: int) -> Iterator[None]:
    command = _placed(folder, behind, plain, encrypted)
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert (checked.returncode, "warn" in checked.stderr) == (0, False), checked.stderr
    with subprocess.Popen(command) as server:
        try:
            _await(encrypted)
            yield
        finally:
            server.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        try:
            _asked(port, "/")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("nginx does not answer")


def _asked(port: int, path: str, *, host: str = "", length: int = 0) -> HTTPResponse:
    """What the proxy answers to a request over TLS; ``length`` is stated only, for a refusal comes before the body."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with closing(HTTPSConnection("127.0.0.1", port, timeout=10, context=context)) as connection:
        stated = {"Content-Length": str(length)} if length else {}
        connection.request("POST" if length else "GET", path, headers={"Host": host or f"{NAME}:{port}", "Accept": "text/html", **stated})
        return connection.getresponse()


def test_a_reader_works_through_the_proxy_and_others_are_refused(browser: Any, record: Example, tmp_path: Path) -> None:
    port, plain, encrypted = free_port(), free_port(), free_port()
    site = f"https://{NAME}:{encrypted}"
    words = ["--run", str(record.runs), "--store", str(record.store), "--site", site]
    with serving(words, tmp_path, port=port) as _, _proxy(tmp_path, port, plain, encrypted):
        _reads(browser, record, site)
        _is_refused(encrypted)
        with closing(HTTPConnection("127.0.0.1", plain, timeout=10)) as connection:
            connection.request("GET", "/loans?x=1", headers={"Host": "elsewhere.example"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/loans?x=1")


def _reads(browser: Any, record: Example, site: str) -> None:
    """Log-in, a page over the live connection, a choice on it, and a download; nothing is asked of another place."""
    with closing(browser.new_context(ignore_https_errors=True, accept_downloads=True)) as context:
        tab = Tab(context.new_page(), site)
        tab.log_in("esg", record.password)
        tab.settle()
        assert [(c["secure"], c["httpOnly"]) for c in context.cookies() if c["name"] == "greenfin_session"] == [(True, True)]
        tab.open("problems", "en", shows=".gf-list td")
        with tab.page.expect_download() as found:
            tab.page.get_by_role("button", name="problems.csv").click()
        assert Path(found.value.path()).stat().st_size > 0
        tab.open("import", shows="[data-testid=stFileUploaderDropzone]")
        book = {"name": "b.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n" * 200_000}
        tab.page.locator("input[type=file]").first.set_input_files(book)
        tab.page.get_by_text("b.csv").first.wait_for()
        tab.settle()
        assert {url.split("/")[2] for url in tab.asked if not url.startswith(("data:", "blob:"))} == {site.split("/")[2]}


def _is_refused(port: int) -> None:
    """A forged host name, a body past the limit, and every log-in past the rate; each answer has its headers."""
    answer = _asked(port, "/login")
    assert answer.status == 200
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert _asked(port, "/login", host="elsewhere.example").status == 403
    assert _asked(port, HEALTH).status == 200
    assert _asked(port, "/_stcore/upload_file/a/b", length=10**9).status == 413
    assert 429 in [_asked(port, "/login").status for _ in range(40)]
