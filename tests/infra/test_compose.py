"""The files under docker/ fit together, and to the settings."""

import re
from pathlib import Path

import pytest
import yaml

from imsite import env
from messages_store import conf

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def nodes(compose) -> dict:
    return {name: service for name, service in compose["services"].items() if name.startswith("node-")}


def test_nginx_knows_every_node(nodes):
    upstreams = re.findall(r"^\s*server (\S+):8000 max_fails=0;", (DOCKER / "nginx.conf").read_text(), re.MULTILINE)
    assert upstreams == list(nodes)
    assert len(nodes) == 3


def test_every_variable_is_explained_in_the_example(compose):
    wanted = set(re.findall(r"\$\{(\w+)", (DOCKER / "compose.yaml").read_text()))
    explained = set(re.findall(r"^(\w+)=", (DOCKER / "env.example").read_text(), re.MULTILINE))
    assert wanted == explained


def test_no_secret_has_a_default():
    text = (DOCKER / "compose.yaml").read_text() + (DOCKER / "env.example").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        assert re.search(rf"^{name}=$", text, re.MULTILINE)
        assert f"${{{name}:-" not in text


def test_nodes_differ_only_in_their_names(nodes):
    for name, node in nodes.items():
        assert node["environment"].pop("NODE_NAME") == name
    first, *others = nodes.values()
    assert all(other == first for other in others)
    assert first["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_a_node_has_the_time_that_it_takes_to_leave(nodes):
    (drain,) = [setting.default for setting in conf.SETTINGS if setting.name == "IM_DRAIN_SECONDS"]
    assert all(int(node["stop_grace_period"].removesuffix("s")) > drain for node in nodes.values())


def test_only_nginx_is_reachable_from_outside(compose):
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["nginx"]


def test_the_settings_accept_what_the_nodes_are_given(nodes, monkeypatch):
    for name, value in nodes["node-1"]["environment"].items():
        filled_in = re.sub(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}", lambda found: found[1] or "", str(value))
        monkeypatch.setenv(name, filled_in)
    assert env.database("DATABASE_URL", "")["HOST"] == "postgres"
    assert env.redis_urls("REDIS_URL") == ["redis://redis:6379/0"]
    assert env.hosts("ALLOWED_HOSTS", debug=False) == ["localhost", "127.0.0.1"]
    assert env.boolean("HTTPS", default=False) is True
    assert "DEBUG" not in nodes["node-1"]["environment"]


def test_the_image_holds_the_application_and_nothing_else():
    instructions = (DOCKER / "Dockerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", instructions, re.MULTILINE) for name in line.split()]
    allowed = re.findall(r"^!(\S+)$", (DOCKER / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    wanted = {
        "manage.py",
        "requirements.txt",
        "constraints.txt",
        "imsite",
        "messages_store",
        "chat",
        "templates",
        "locale",
    }
    wanted.add("docker/healthy.py")
    assert set(copied) == set(allowed) == wanted
    assert re.search(r"^USER imsite$", instructions, re.MULTILINE)
