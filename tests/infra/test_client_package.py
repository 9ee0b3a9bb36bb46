"""clients/python is a package that others can install."""

import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "clients" / "python"


def test_a_wheel_has_all_modules_and_their_types(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "source", ignore=shutil.ignore_patterns("*.egg-info", ".mypy_cache", "build"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    command += ["--disable-pip-version-check", "--wheel-dir", tmp_path, tmp_path / "source"]
    subprocess.run(command, check=True, timeout=120)
    [wheel] = tmp_path.glob("imsite_client-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        [metadata] = [name for name in names if name.endswith("/METADATA")]
        about = Parser().parsestr(packed.read(metadata).decode())
    modules = {str(path.relative_to(SOURCE)) for path in (SOURCE / "imsite_client").rglob("*.py")}
    assert modules | {"imsite_client/py.typed"} <= names
    assert about["Name"] == "imsite-client"
    assert "Socket" in about.get_payload()  # the README
    required = {name.split("~")[0].split("<")[0].split(">")[0] for name in about.get_all("Requires-Dist")}
    assert required == {"httpx", "msgspec", "websockets"}
