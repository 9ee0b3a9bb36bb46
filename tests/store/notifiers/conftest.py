"""Certificates for servers of the tests."""

from pathlib import Path

import pytest
import trustme


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch) -> Path:
    """The machine trusts our authority."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture(autouse=True)
def public(settings):
    settings.IM_PUBLIC_URL = "https://chat.example.com"
