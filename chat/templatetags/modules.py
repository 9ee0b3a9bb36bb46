"""What a page's scripts need in its head. {% load modules %}

{% words_address %}: where what they say is. {% preload_modules "chat/page/main.js" %}: they are fetched all at once.
{% later_modules "chat/page/main.js" %}: links as those, for what they may want later.
"""

import posixpath
import re
from functools import cache

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from chat.language import words

register = template.Library()

# import … from "./x.js", import "./x.js" and export … from "./x.js".
IMPORT = re.compile(r"""^(?:import|export)\b[^"'()]*["'](\.[^"']+)["']""", re.MULTILINE)
LATER = re.compile(r"""\bimport\(["'](\.[^"']+)["']\)""")  # import("./x.js")


@register.simple_tag
def words_address() -> str:
    """Of the script that must run before them: their words, in the reader's language."""
    language = get_language()
    version, _ = words(language)
    return reverse("words", kwargs={"version": version, "language": language})


@register.simple_tag
def preload_modules(name: str) -> SafeString:
    """A link for each module that this one imports, and those in turn: else a browser finds them one after another."""
    return _links(imported(name) if settings.DEBUG else _imported_once(name))


@register.simple_tag
def later_modules(name: str) -> SafeString:
    """A link for each module that this one, or one of those above, may import later, and all that those import."""
    return _links(imported_later(name) if settings.DEBUG else _imported_later_once(name))


def _links(modules: list[str]) -> SafeString:
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(module),) for module in modules))


def imported(name: str) -> list[str]:
    """The names of the static files that this one imports at once, nearest first, each once."""
    return _reached(name, IMPORT)


def imported_later(name: str) -> list[str]:
    """The names of those that this one imports by and by, without those it imports at once."""
    at_once = {name, *imported(name)}
    return [module for module in _reached(name, IMPORT, LATER) if module not in at_once]


def _reached(name: str, *imports: re.Pattern) -> list[str]:
    found = [name]
    for module in found:
        path = finders.find(module)
        if path is None:
            raise FileNotFoundError(f"There is no static file {module}")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        targets = [target for pattern in imports for target in pattern.findall(text)]
        names = [posixpath.normpath(posixpath.join(module, "..", target)) for target in targets]
        found += [each for each in dict.fromkeys(names) if each not in found]
    return found[1:]


_imported_once = cache(imported)
_imported_later_once = cache(imported_later)
