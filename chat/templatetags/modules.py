"""What a page's scripts need in its head. {% load modules %}

{% words_address %}: where what they say is. {% preload_modules "chat/page/main.js" %}: they are fetched all at once.
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

# import … from "./x.js", import "./x.js" and export … from "./x.js"; what import("./x.js") names is wanted later.
IMPORT = re.compile(r"""^(?:import|export)\b[^"'()]*["'](\.[^"']+)["']""", re.MULTILINE)


@register.simple_tag
def words_address() -> str:
    """Of the script that must run before them: their words, in the reader's language."""
    language = get_language()
    version, _ = words(language)
    return reverse("words", kwargs={"version": version, "language": language})


@register.simple_tag
def preload_modules(name: str) -> SafeString:
    """A link for each module that this one imports, and those in turn: else a browser finds them one after another."""
    found = imported(name) if settings.DEBUG else _imported_once(name)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(module),) for module in found))


def imported(name: str) -> list[str]:
    """The names of the static files that this one imports at once, nearest first, each once."""
    found = [name]
    for module in found:
        path = finders.find(module)
        if path is None:
            raise FileNotFoundError(f"There is no static file {module}")
        with open(path, encoding="utf-8") as file:
            names = [posixpath.normpath(posixpath.join(module, "..", target)) for target in IMPORT.findall(file.read())]
        found += [each for each in dict.fromkeys(names) if each not in found]
    return found[1:]


_imported_once = cache(imported)
