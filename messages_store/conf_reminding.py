"""The settings of what a worker does: reminders, the notifiers that they go by, and retention. Pure."""

from . import conf_values as values_of
from .conf_kinds import Words, seconds, whole

SETTINGS = (
    Words("IM_NOTIFIERS", "", "names", "names of notifiers, separated by commas",
          "how people are reminded of what no device of theirs acknowledged, separated by commas: `log`, `email`, "
          "`webhook`, `wechat`, `webpush` ([notifiers](notifiers.md)) or the dotted path of a class; `none`: they are "
          "not (with `DEBUG`, `log` is the default). See [reminders](reminders.md)", values_of.names),
    Words("IM_NOTIFIERS_ON", "all", "names", "names of notifiers, separated by commas, `all` or `none`",
          "which of them remind whoever has not chosen; `all` or `none`", values_of.names),
    seconds("IM_REMIND_AFTER_SECONDS", 10, "how long something must be unsent before anybody is reminded of it",
            most=31_536_000),
    seconds("IM_REMIND_AGAIN_SECONDS", 3_600, "how long after the first reminder of a spell the second one comes; each "
            "further one after twice as long", least=0.05, most=31_536_000),
    whole("IM_REMIND_MOST", 3, "reminders", "the most by one notifier in one spell", most=100),
    seconds("IM_NOTIFY_SECONDS", 10, "how long a notifier may take; then the attempt has failed", least=0.05,
            most=300),
    whole("IM_NOTIFY_AT_ONCE", 4, "reminders", "on their way at once, by one notifier of one worker", most=100),
    whole("IM_NOTIFY_ATTEMPTS", 8, "attempts", "by one notifier before a reminder has failed; the wait between two "
          "begins with 10 s and doubles, up to an hour", most=100),
    whole("IM_DIGEST_HOUR", 8, "hours", "the hour of the day, in each one's time zone, from which on the daily mail "
          "goes out to whoever chose it. See [the digest](reminders.md#the-digest)", least=0, most=23),
    whole("IM_DIGEST_AFTER_HOURS", 24, "hours", "how long something must have been unread to be in it", most=8_760),
    Words("IM_QUIET_HOURS", "", "hours", "two times of day such as 22:00-07:00",
          "when nobody is reminded of what is not urgent, such as `22:00-07:00`, in each one's time zone; whoever "
          "chose other hours has those", values_of.quiet_hours),
    Words("IM_TIME_ZONE", "UTC", "time zone", "a time zone such as Europe/Berlin",
          "of whoever has chosen none", values_of.time_zone),
    Words("IM_PUBLIC_URL", "", "address", "the address of this site such as https://chat.example.com",
          "where people find this site, for the links in reminders", values_of.page_address),
    whole("IM_INBOX_DAYS", 0, "days", "how long inbox entries are kept after they were acknowledged; 0: for ever. See "
          "[retention](retention.md)", least=0, most=36_500),
    whole("IM_UNSENT_DAYS", 0, "days", "how long, though no device acknowledged; 0: for ever", least=0, most=36_500),
    whole("IM_MESSAGE_DAYS", 0, "days", "how long messages are kept after their last change; 0: for ever", least=0,
          most=36_500),
    whole("IM_REMINDER_DAYS", 0, "days", "how long reminders and daily mails are kept after they ended; 0: for ever",
          least=0, most=36_500),
    seconds("IM_PRUNE_SECONDS", 3_600, "how often a worker looks for what is kept no longer", least=0.05),
    whole("IM_PRUNE_CHUNK", 1_000, "entries", "the most inbox entries or messages that one transaction of it deletes",
          most=20_000),
    Words("IM_EMAIL_URL", "", "URL", "like smtp+starttls://user:password@mail.example.com:587, with smtp, "
          "smtp+starttls or smtps, and user and password percent-encoded",
          "the mail server: `smtp+starttls://user:password@host:587`, `smtps://…:465`, or `smtp://host:25` for one "
          "that needs no TLS, such as this machine's", values_of.mail_server, secret=True),
    Words("IM_EMAIL_FROM", "", "address", "an address such as Chat <chat@example.com>", "who mails come from",
          values_of.mail_address),
    Words("IM_WEBHOOK_URL", "", "URL", "an address such as https://example.com/hooks/reminders",
          "where reminders are posted to", values_of.address, secret=True),
    Words("IM_WEBHOOK_SECRET", "", "key", "`whsec_` and 24 to 64 bytes in base64",
          "signs them: `whsec_` and 24 to 64 random bytes in base64", values_of.webhook_secret, secret=True),
    Words("IM_WEBHOOK_PRIVATE", "false", "", "true or false",
          "`true`: the webhook may have an address that is not public, and be without TLS", values_of.yes_or_no),
    Words("IM_WECHAT_APP_ID", "", "text", "an AppID such as wx0123456789abcdef", "the service account's AppID",
          values_of.wechat_app),
    Words("IM_WECHAT_SECRET", "", "key", "an AppSecret: 32 letters and digits", "its AppSecret",
          values_of.wechat_secret, secret=True),
    Words("IM_WECHAT_KIND", "template", "kind", "template or subscribe",
          "which messages it sends: `template`, or `subscribe` for those that users subscribe to",
          values_of.one_of("template", "subscribe")),
    Words("IM_WECHAT_TEMPLATE", "", "text", "the id of a template", "the id of its template", values_of.token),
    Words("IM_WECHAT_DATA", "", "JSON", 'an object such as {"thing1": "{summary}", "time2": "{oldest}"} with '
          f"{values_of.in_braces()}",
          'what the template\'s fields say: `{"thing1": "{summary}", "time2": "{oldest}"}`, of '
          f"`{values_of.in_braces('`, `')}`", values_of.wechat_data),
    Words("IM_WECHAT_URL", "https://api.weixin.qq.com", "URL", "an address such as https://api.weixin.qq.com",
          "where WeChat's interface is: another one of its hosts, or a gateway of yours", values_of.site),
    Words("IM_WEBPUSH_KEY", "", "key", "32 bytes in base64url, without =",
          "the VAPID private key: `python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes one. With "
          "another one, browsers have to subscribe anew", values_of.webpush_key, secret=True),
    Words("IM_WEBPUSH_CONTACT", "", "URL", "like mailto:admin@example.com or https://example.com",
          "whom push services write to when something is wrong: `mailto:` or `https:`", values_of.contact),
    whole("IM_WEBPUSH_TTL_SECONDS", 86_400, "seconds",
          "how long a push service keeps a reminder for a device that is off", least=0, most=2_419_200),
)  # fmt: skip
