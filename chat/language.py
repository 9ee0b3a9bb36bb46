"""Which language a page speaks, how one changes that, and what the scripts say in it."""

from functools import cache
from hashlib import sha256

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import JavaScriptCatalog, set_language

from messages_store.services import languages

FOR_EVER = "public, max-age=31536000, immutable"


class LanguageMiddleware(LocaleMiddleware):
    """What the reader chose, on whatever browser; else this browser's cookie; else what the browser asks for.

    Only a page asks the database. It leaves the answer in the cookie, so that what its scripts fetch speaks as it does.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.chosen_language = self.chosen(request)
        if request.chosen_language:
            translation.activate(request.chosen_language)
            request.LANGUAGE_CODE = request.chosen_language

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        chosen, cookie = request.chosen_language, settings.LANGUAGE_COOKIE_NAME
        if chosen not in (None, request.COOKIES.get(cookie)):
            response.set_cookie(
                cookie,
                chosen,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                samesite=settings.LANGUAGE_COOKIE_SAMESITE,
            )
        return response

    def chosen(self, request: HttpRequest) -> str | None:
        is_page = "text/html" in request.headers.get("Accept", "")
        return languages.chosen(user=request.user) if is_page and request.user.is_authenticated else None


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """This browser speaks another language from now on; with somebody signed in, that person's other browsers too."""
    language = request.POST.get("language")
    if language in dict(settings.LANGUAGES) and request.user.is_authenticated:
        languages.choose(user=request.user, language=language)
    return set_language(request)


@cache
def words(language: str) -> tuple[str, bytes]:
    """What the scripts say in this language, as a script, and its version."""
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(language, domain=view.domain, localedirs=settings.LOCALE_PATHS)
    with translation.override(language):
        script = view.render_to_response(view.get_context_data()).content
    return sha256(script).hexdigest()[:12], script


@require_GET
def script(request: HttpRequest, version: str, language: str) -> HttpResponse:
    """Its address changes with its words: browsers keep it for ever, unless another node has other words just now."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    current, content = words(language)
    headers = {"Cache-Control": FOR_EVER if version == current else "no-store", "Content-Language": language}
    return HttpResponse(content, content_type="text/javascript; charset=utf-8", headers=headers)
