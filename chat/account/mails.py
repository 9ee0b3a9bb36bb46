"""Mails about an account, in text and HTML. They go out beside the request: how long it takes tells nobody anything."""

import logging
import smtplib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from messages_store.services import languages

logger = logging.getLogger(__name__)

MOST = 100  # mails that wait; what is more is not sent, and asked for again
post = ThreadPoolExecutor(2, thread_name_prefix="mail")
_room = BoundedSemaphore(MOST)


def are_sent() -> bool:
    """Whether this site can send mails with links to itself."""
    return bool(settings.IM_EMAIL_URL and settings.IM_EMAIL_FROM and settings.IM_PUBLIC_URL)


def ask_to_confirm(*, user, address: str, path: str) -> None:
    """To a new address: is it yours?"""
    with _in_the_language_of(user):
        says = [
            gettext("%(name)s wants to be reached at this address.") % {"name": user.name},
            gettext("If that is you, confirm it within a day. Otherwise do nothing."),
        ]
        letter(address, gettext("Confirm your e-mail address"), says, action=gettext("Confirm"), path=path)


def tell_of_new_address(*, user, address: str, before: str) -> None:
    """To the old one, for the case that it was somebody else."""
    with _in_the_language_of(user):
        says = [
            gettext("Hello %(name)s,") % {"name": user.name},
            gettext("mails to you go to %(address)s from now on.") % {"address": address},
            gettext("If it was not you who did this, tell an administrator."),
        ]
        letter(before, gettext("Your e-mail address was changed"), says, action=gettext("Open"), path="/")


def help_back_in(*, user, address: str, path: str) -> None:
    """To who forgot the password."""
    username = user.get_username()
    with _in_the_language_of(user):
        says = [
            gettext("Hello %(name)s,") % {"name": user.name},
            gettext("somebody asked for a new password for your account %(username)s.") % {"username": username},
            gettext("If that is you, choose one within four hours. Otherwise do nothing: the old one stays."),
        ]
        letter(address, gettext("A new password"), says, action=gettext("Choose a password"), path=path)


def letter(to: str, subject: str, says: Sequence[str], *, action: str, path: str) -> None:
    """Write it in the present language, and send it by and by."""
    link = f"{settings.IM_PUBLIC_URL}{path}"
    words = {"subject": subject, "says": says, "action": action, "link": link, "language": translation.get_language()}
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("chat/mail/letter.txt", words),
        from_email=settings.IM_EMAIL_FROM,
        to=[to],
        headers={"Auto-Submitted": "auto-generated", "Content-Language": words["language"]},
    )
    mail.attach_alternative(render_to_string("chat/mail/letter.html", words), "text/html")
    if not _room.acquire(blocking=False):
        logger.warning("A mail was not sent: %s others wait", MOST)
        return
    post.submit(_send, mail)


def _send(mail: EmailMultiAlternatives) -> None:
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("A mail was not sent: %s", error)
    finally:
        _room.release()


def _in_the_language_of(user) -> translation.override:
    return translation.override(languages.chosen(user=user) or translation.get_language() or settings.LANGUAGE_CODE)
