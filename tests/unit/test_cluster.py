"""`make cluster`, as far as it is ours; its nodes and servers have tests of their own."""

import sys

import pytest

from imsite import cluster


@pytest.fixture
def became(tmp_path, monkeypatch):
    """What the process became: the arguments of manage.py."""
    became = []
    monkeypatch.setattr(cluster, "DIRECTORY", tmp_path)
    monkeypatch.setattr(cluster, "become_manage", became.append)
    monkeypatch.setattr(cluster.os, "environ", {"PATH": "/bin", "REDIS_URL": "redis://other"})
    monkeypatch.setattr(cluster, "is_free", lambda port: sys.exit("It would start a second cluster."))
    monkeypatch.setattr(sys, "argv", ["cluster", "token", "shop", "--create"])
    return became


def test_a_command_beside_the_cluster_has_its_settings(became):
    with cluster._told({"REDIS_URL": "redis://ours", "SECRET_KEY": "secret"}), pytest.raises(SystemExit):
        cluster.main()
    assert became == [["token", "shop", "--create"]]
    expected = {"PATH": "/bin", "REDIS_URL": "redis://ours", "SECRET_KEY": "secret"}
    assert cluster.os.environ.items() >= expected.items()


def test_what_the_nodes_were_told_is_private_and_gone_with_them(became, tmp_path):
    path = tmp_path / cluster.ENVIRONMENT
    path.write_text("of a cluster that was killed")
    path.chmod(0o644)
    with cluster._told({"SECRET_KEY": "secret"}):
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


def test_a_command_without_a_cluster_ends_in_one_sentence(became):
    with pytest.raises(SystemExit, match="start one with `make cluster`"):
        cluster.main()
    assert became == []
