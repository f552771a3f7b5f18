"""The files of a deployment agree with the program: port, health, limits, names; nobody is root, nothing is open that need not be."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from greenfin.ui.frame import asked as front
from greenfin.ui.frame.asked import Asked
from greenfin.ui.frame.gate import HEALTH, LOGIN

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = (DEPLOY / "nginx.conf").read_text("utf-8")
DOCKER = (DEPLOY / "Dockerfile").read_text("utf-8")
SERVICES: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
COMMAND: list[str] = SERVICES["greenfin"]["command"]


def _after(option: str) -> str:
    return COMMAND[COMMAND.index(option) + 1]


def test_one_port_everywhere() -> None:
    assert _after("--port") == str(front.PORT)
    assert f"server greenfin:{front.PORT};" in NGINX
    assert f"EXPOSE {front.PORT}\n" in DOCKER


def test_the_health_of_the_container_is_that_of_the_program() -> None:
    assert f"http://127.0.0.1:{front.PORT}{HEALTH}" in DOCKER
    assert f"127.0.0.1:{front.PORT}" in Asked(host=_after("--host"), site=_after("--site")).hosts
    assert "deny" not in NGINX  # the pages ask for the health address before they connect


def test_the_proxy_lets_through_what_the_program_takes_and_no_more() -> None:
    taken = Asked(upload_mb=int(_after("--upload-mb"))).most_bytes
    found = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert found is not None
    assert int(found[1]) * 1024 * 1024 == taken
    assert int(_after("--upload-mb")) == front.UPLOAD_MB


def test_readers_come_over_https_by_the_name_that_the_proxy_has() -> None:
    site = _after("--site")
    assert Asked(site=site).is_encrypted
    assert f"server_name {site.removeprefix('https://')};" in NGINX
    assert "Strict-Transport-Security" in NGINX
    assert f"location ^~ {LOGIN}" in NGINX
    assert "location = /_stcore/stream" in NGINX
    assert "$connection_upgrade" in NGINX


def test_every_place_that_sets_a_header_sets_the_host_name() -> None:
    """A location of nginx that sets one header inherits none of those around it."""
    blocks = [block for block in NGINX.split("location ")[1:] if "proxy_set_header" in block]
    assert len(blocks) == 1
    for block in (NGINX.partition("location ")[0], *blocks):
        assert "proxy_set_header Host $http_host;" in block


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_as_few_rights_as_it_can(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert re.fullmatch(r"[a-z]+(:[\w.-]+)?", service["image"])  # a plain name: no registry's host
    assert "ports" not in service or name == "proxy"


def test_the_program_is_not_root_and_writes_only_to_its_data() -> None:
    assert re.search(r"^USER 10001$", DOCKER, re.M)
    assert SERVICES["greenfin"]["read_only"] is True
    assert SERVICES["db"]["networks"] == ["inner"]
    assert yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["networks"]["inner"] == {"internal": True}


def test_the_application_is_not_the_owner_and_no_secret_is_in_these_files() -> None:
    assert SERVICES["greenfin"]["env_file"] != SERVICES["setup"]["env_file"]
    assert "db grant greenfin_app" in SERVICES["setup"]["entrypoint"][-1]
    roles = (DEPLOY / "roles.sh").read_text("utf-8")
    assert roles.count("NOSUPERUSER NOCREATEDB NOCREATEROLE") == 2
    for text in (NGINX, DOCKER, roles, (DEPLOY / "compose.yaml").read_text("utf-8")):
        assert not re.search(r"PASSWORD '[^':]", text)
    assert {"secrets/", "tls/", "*.env"} <= set((DEPLOY / ".gitignore").read_text("utf-8").split())


def test_the_image_has_every_folder_that_the_package_takes_along() -> None:
    packed = (DEPLOY.parent / "pyproject.toml").read_text("utf-8").partition("force-include]")[2].partition("[tool")[0]
    for folder in re.findall(r'^"([\w.]+)" =', packed, re.M):
        assert re.search(rf"^COPY .*{re.escape(folder)}\b", DOCKER, re.M), folder
        assert f"!{folder}" in (DEPLOY.parent / ".dockerignore").read_text("utf-8").split(), folder


def test_an_unreadable_password_ends_the_making_of_roles(tmp_path: Path) -> None:
    """Not a role with an empty one."""
    psql = tmp_path / "psql"
    psql.write_text("#!/bin/sh\ncat > /dev/null; echo made\n")
    psql.chmod(0o700)
    text = (DEPLOY / "roles.sh").read_text("utf-8").replace("/run/secrets/", f"{tmp_path}/")
    surroundings = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "POSTGRES_USER": "postgres", "POSTGRES_DB": "postgres"}

    def run() -> tuple[int, str]:
        done = subprocess.run(["sh", "-s"], input=text, env=surroundings, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert run() == (1, "")
    for name in ("owner_password", "app_password"):
        (tmp_path / name).write_text("secret")
    assert run() == (0, "made\n")


def test_the_database_is_healthy_only_when_it_answers_others() -> None:
    """While its roles are made it listens to its own socket alone."""
    assert {"-h", "127.0.0.1"} <= set(SERVICES["db"]["healthcheck"]["test"])


def test_every_image_of_ours_is_built_here_and_compiled_before_it_is_closed() -> None:
    own = [service for service in SERVICES.values() if service["image"] == "greenfin"]
    assert [service["build"]["dockerfile"] for service in own] == ["deploy/Dockerfile"] * 2
    assert "--compile-bytecode" in DOCKER
    assert "--frozen" in DOCKER
