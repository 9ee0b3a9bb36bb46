"""What a browser that calls itself Mozilla/5.0 is, for people. Pure.

A guess is enough: somebody has to know their own devices again, and nothing depends on it.
"""

from django.utils.translation import gettext

# The first that is found. Most call themselves Chrome or Safari too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("MicroMessenger", "WeChat"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
PHONES = ("iPhone", "Mobile")


def title(agent: str) -> str:
    """Firefox on Linux"""
    browser, system = _first(BROWSERS, agent), _first(SYSTEMS, agent)
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("An unknown device")


def is_phone(agent: str) -> bool:
    return any(word in agent for word in PHONES)


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for word, name in known if word in agent), "")
