"""What browsers call themselves, for people."""

import pytest

from chat.account import agents

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "title"),
    [
        (CHROME, "Chrome on Windows"),
        (f"{CHROME} Edg/142.0.0.0", "Edge on Windows"),
        (f"{CHROME} OPR/124.0.0.0", "Opera on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/142.0 Mobile/15E148", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0", "WeChat on Android"),
        ("curl/8.5", "An unknown device"),
        ("", "An unknown device"),
    ],
)
def test_a_title(agent, title):
    assert agents.title(agent) == title


def test_a_phone_has_the_sign_of_one():
    assert agents.is_phone("Mozilla/5.0 (Linux; Android 14) Chrome/116.0 Mobile Safari/537.36")
    assert not agents.is_phone(CHROME)
