"""The operating system's user that a server runs as. PostgreSQL refuses to run as root."""

import hashlib
import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Another user where we are root; otherwise ourselves, `uid` None."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def for_servers(cls) -> Self:
        if os.geteuid() != 0:
            return cls()
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        for name in CANDIDATES:
            if name in known:
                return cls(known[name].pw_uid, known[name].pw_gid)
        raise RuntimeError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.")

    def popen_options(self) -> dict[str, Any]:
        """For subprocess: run as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, flag: str, path: Path) -> bool:
        """`test <flag> <path>` as this user: the parents count as well, which their modes do not tell."""
        command = ["test", flag, str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.popen_options()).returncode == 0

    def own(self, path: Path) -> Path:
        """Give a file or directory to this user. A directory it cannot reach has a stand-in elsewhere."""
        path = path.resolve()
        if not path.is_file():
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.uid is None:
            return path
        os.chown(path, self.uid, self.gid)
        if self.can("-r", path):
            return path
        name = hashlib.sha256(bytes(path)).hexdigest()[:12]
        return self.own(private_directory(f"imsite-data-{name}", owner=self.uid))


def private_directory(name: str, owner: int) -> Path:
    """A directory under the temporary one with a name that stays. Refused where a stranger made it first."""
    path = Path(tempfile.gettempdir(), name)
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if path.is_symlink() or status.st_uid not in (owner, os.geteuid()):
        raise RuntimeError(f"{path} belongs to somebody else: remove it.")
    return path
