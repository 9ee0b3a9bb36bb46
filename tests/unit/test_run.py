"""`make run`, as far as it is ours; what it becomes is tested with the nodes."""

import os
import secrets
import socket
import subprocess
import sys

import pytest

from imsite import run


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    return tmp_path


def test_the_secret_key_is_made_once_and_private(root):
    key = run.kept_secret_key()
    assert len(key) >= 50
    assert run.kept_secret_key() == key
    assert (root / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "８０００"])
def test_a_wrong_port_is_explained(port, monkeypatch):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match="PORT must be a number from 1 to 65535"):
        run._port()


def test_a_port_that_is_taken_ends_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = os.environ | {"PORT": str(server.getsockname()[1])}
        command = [sys.executable, "-m", "imsite.run"]
        ended = subprocess.run(command, cwd=run.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Port ")
    assert ended.stderr.count("\n") == 1


def test_other_commands_run_under_the_same_settings(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "DEBUG"}
    environment |= {"DATABASE_URL": f"sqlite:///{tmp_path}/any.sqlite3", "SECRET_KEY": secrets.token_urlsafe(50)}
    show = "from django.conf import settings; print(settings.DEBUG)"
    command = [sys.executable, "-m", "imsite.run", "shell", "--command", show]
    ended = subprocess.run(command, cwd=run.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.stdout.endswith("True\n"), ended.stderr
