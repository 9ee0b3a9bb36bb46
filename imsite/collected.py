"""Whether the static files lie collected, and with that compressed, as they are now."""

from pathlib import Path


def is_current(root: Path, source: Path) -> bool:
    """Whether `manage.py collectstatic` put every file of `source` into `root` since it last changed.

    What was collected before an update is out of date: pages made of both would not work.
    """
    files = [path for path in source.rglob("*") if path.is_file()]
    return bool(files) and all(_is_newer(root / path.relative_to(source), path) for path in files)


def _is_newer(copy: Path, original: Path) -> bool:
    try:
        return copy.stat().st_mtime >= original.stat().st_mtime
    except OSError:
        return False
