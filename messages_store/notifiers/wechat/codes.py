"""What WeChat's error codes mean for a reminder: https://developers.weixin.qq.com/doc/service/guide/dev/errorcode.html"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from messages_store.notifiers.base import NotifyError

BEIJING = ZoneInfo("Asia/Shanghai")
TOKEN_IS_BAD = {40001, 40014, 42001}  # not the latest, none at all, expired
REFUSED = 43101
NEVER = {
    REFUSED: "the user refuses such messages",
    43004: "the user does not follow the account",
    40003: "the openid is none of this account's",
    47003: "the template does not take what its fields say",
}
DAY_IS_USED_UP, MINUTE_IS_USED_UP = 45009, 45011
SPREAD = 600  # seconds after midnight in which what waits for the new day goes out


def failure(said: dict, *, spread: int = 0) -> NotifyError:
    """Why, and when to come again. `spread` is any number, by which they do not all come in the same second."""
    code, text = said.get("errcode"), str(said.get("errmsg", ""))[:200]
    reason = f"WeChat said {code} {text}"
    if code in NEVER:
        return NotifyError(f"{reason}: {NEVER[code]}", permanent=True)
    if code == DAY_IS_USED_UP:
        wait = until_midnight(datetime.now(BEIJING)) + spread % SPREAD
        return NotifyError(f"{reason}: the day's messages are used up", retry_after=wait)
    if code == MINUTE_IS_USED_UP:
        return NotifyError(reason, retry_after=60)
    return NotifyError(reason)


def until_midnight(now: datetime) -> float:
    """The seconds until WeChat counts anew: its day is Beijing's."""
    here = now.astimezone(BEIJING)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - here).total_seconds()
