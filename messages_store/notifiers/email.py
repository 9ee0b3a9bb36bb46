"""Reminders by e-mail, over the mail server of IM_EMAIL_URL."""

import smtplib
from email.utils import formataddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.template.loader import render_to_string

from .base import Notifier, NotifyError, Outgoing
from .needs import missing
from .outbound import time_for_one
from .wording import words

BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class EmailNotifier(Notifier):
    name = "email"
    may_repeat = (
        "A mail whose acceptance got lost on the way back is sent again, with the same Message-ID, by which many mail "
        "programs show it once."
    )

    def problems(self) -> list[str]:
        return missing("IM_EMAIL_URL", "IM_EMAIL_FROM", "IM_PUBLIC_URL")

    def reaches(self, user) -> bool:
        return bool(user.email)

    def notify(self, outgoing: Outgoing) -> None:
        try:
            validate_email(outgoing.email)
        except ValidationError:
            raise NotifyError("the e-mail address is none", permanent=True) from None
        connection = get_connection(BACKEND, timeout=time_for_one(), **settings.IM_EMAIL_URL)
        mail = message(outgoing)
        mail.connection = connection
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _refused("the recipient was refused", code, text) from error
        except smtplib.SMTPDataError as error:
            raise _refused("the mail was refused", error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPResponseException as error:  # to whom we are, or to the sender: for the operator to mend
            raise NotifyError(f"the mail server said {_said(error.smtp_code, error.smtp_error)}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotifyError(f"the mail server: {error}") from error
        finally:
            connection.close()  # Django leaves it open where signing in fails


def _refused(what: str, code: int, text: bytes) -> NotifyError:
    """4xx: perhaps later. 5xx: never."""
    return NotifyError(f"{what}: {_said(code, text)}", permanent=code >= 500)


def _said(code: int, text: bytes) -> str:
    return f"{code} {text.decode(errors='replace')}"


def message(outgoing: Outgoing) -> EmailMultiAlternatives:
    """As text and as HTML, with what mail programs need for a button to unsubscribe (RFC 8058)."""
    said = words(outgoing)
    context = {"words": said, "outgoing": outgoing}
    domain = settings.IM_EMAIL_FROM.rpartition("@")[2].rstrip(">")
    name = " ".join(outgoing.name.split())
    mail = EmailMultiAlternatives(
        subject=said.subject,
        body=render_to_string("messages_store/reminder/mail.txt", context),
        from_email=settings.IM_EMAIL_FROM,
        to=[formataddr((name, outgoing.email))],
        headers={
            "Message-ID": f"<{outgoing.id}@{domain}>",
            "List-Unsubscribe": f"<{outgoing.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",  # no answers from machines (RFC 3834)
            "Content-Language": said.language,
        },
    )
    mail.attach_alternative(render_to_string("messages_store/reminder/mail.html", context), "text/html")
    return mail
