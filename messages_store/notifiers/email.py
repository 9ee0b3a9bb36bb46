"""Reminders by e-mail, over the mail server of IM_EMAIL_URL."""

import smtplib
from email.utils import formataddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from .base import Notifier, NotifyError, Outgoing
from .needs import missing
from .outbound import Deadline, time_for_one
from .wording import words


class Backend(EmailBackend):
    """Django's, with a deadline for all of it: its timeout begins anew with each line that the server says."""

    def __init__(self, deadline: Deadline, **options):
        super().__init__(timeout=deadline.left(), **options)
        self._deadline = deadline

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        deadline = self._deadline

        class Watched(super().connection_class):
            def _get_socket(self, *where):
                return deadline.watch(super()._get_socket(*where))

        return Watched


class EmailNotifier(Notifier):
    name = "email"
    title = _("By e-mail")
    unreached = _("No e-mail address of yours is known here: give one in your settings.")
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
        mail = message(outgoing)
        seconds = time_for_one()
        with Deadline(seconds) as deadline:
            self._send(mail, deadline, f"no answer within {seconds:g} s")

    def _send(self, mail: EmailMultiAlternatives, deadline: Deadline, too_late: str) -> None:
        mail.connection = connection = Backend(deadline, **settings.IM_EMAIL_URL)
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
            raise NotifyError(f"the mail server: {too_late if deadline.over else error}") from error
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
