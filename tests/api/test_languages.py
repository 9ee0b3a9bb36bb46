"""Which language a page speaks: what its reader chose, else the browser's cookie, else what the browser asks for."""

import re

import pytest
from django.test import Client

from messages_store.models import Preferences, User
from messages_store.services import unsubscribing
from tests.unit.marks import in_english

pytestmark = pytest.mark.django_db

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CHINESE, GERMAN = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, {"Accept-Language": "de,fr;q=0.8"}
COOKIE = "django_language"


def browser(user=None, *, cookie=None, headers=CHINESE) -> Client:
    client = Client(headers=PAGE | headers)
    if user is not None:
        client.force_login(user)
    if cookie:
        client.cookies[COOKIE] = cookie
    return client


def language(client: Client) -> str:
    """What the page that one gets is in."""
    answer = client.get("/", follow=True)
    assert answer.status_code == 200
    found = re.search('<html lang="([^"]+)"', answer.text)[1]
    assert answer.headers["Content-Language"] == found
    return found


@pytest.mark.parametrize("asked", ["zh-CN", "zh", "zh-Hans-CN,en", "zh-SG", "zh-TW", "de,zh;q=0.5,en;q=0.1"])
def test_a_browser_gets_the_language_that_it_asks_for(asked):
    assert language(browser(headers={"Accept-Language": asked})) == "zh-hans"


def test_who_asks_for_none_of_ours_gets_english():
    assert language(browser(headers=GERMAN)) == "en"


def test_a_choice_counts_more_than_the_browser_and_what_is_kept_with_the_person_more_than_both(alice):
    assert language(browser(alice)) == "zh-hans"
    assert language(browser(alice, cookie="en")) == "en"
    Preferences.objects.create(user=alice, language="zh-CN")
    assert language(browser(alice, cookie="en", headers=GERMAN)) == "zh-hans"


@pytest.mark.parametrize("kept", ["", "de", "klingon", "../x"])
def test_what_we_do_not_speak_chooses_nothing(alice, kept):
    Preferences.objects.create(user=alice, language=kept)
    assert language(browser(alice)) == "zh-hans"


def test_what_a_page_fetches_speaks_as_the_page_does(alice):
    Preferences.objects.create(user=alice, language="zh-hans")
    client = browser(alice, headers={})
    assert language(client) == "zh-hans"
    answer = client.get("/api/v1/conversations/999", headers={"Accept": "application/json"})
    assert answer.headers["Content-Language"] == "zh-hans"


def test_a_choice_is_kept_by_the_browser_of_who_is_not_signed_in():
    client = browser(headers={})
    answer = client.post("/language/", {"language": "zh-hans", "next": "/sign-in/?next=/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/?next=/")
    assert language(client) == "zh-hans"
    assert not Preferences.objects.exists()


def test_a_choice_is_kept_with_the_person_and_leaves_other_preferences_alone(alice, bob):
    Preferences.objects.create(user=alice, language="zh-hans", time_zone="Asia/Shanghai")
    client = browser(alice)
    client.post("/language/", {"language": "en", "next": "/"})
    assert language(client) == "en"
    assert language(browser(alice, cookie="zh-hans")) == "en"
    kept = Preferences.objects.get()
    assert (kept.user_id, kept.language, kept.time_zone) == (alice.pk, "en", "Asia/Shanghai")
    browser(bob).post("/language/", {"language": "zh-hans"})
    assert Preferences.objects.get(user=bob).language == "zh-hans"


@pytest.mark.parametrize("chosen", ["de", "", "klingon", "zh-hans\r\nX: y", None])
def test_only_what_we_speak_can_be_chosen(alice, chosen):
    client = browser(alice)
    client.post("/language/", {} if chosen is None else {"language": chosen})
    assert not Preferences.objects.exists()
    assert language(client) == "zh-hans"


def test_a_choice_leads_nowhere_else(alice):
    answer = browser(alice).post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_looking_at_the_address_chooses_nothing(alice):
    assert browser(alice).get("/language/?language=en").status_code == 405


def test_a_forged_form_chooses_nothing(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/language/", {"language": "zh-hans"}).status_code == 403


def words_of(page) -> str:
    return re.search(r'<script src="(/words/[^"]+)"', page.text)[1]


def test_the_scripts_words_come_by_an_address_that_changes_with_them(alice, client):
    """Browsers keep them for ever; a node that has other words than the page's does not let them be kept."""
    english, chinese = (words_of(browser(alice, cookie=code).get("/")) for code in ("en", "zh-hans"))
    assert english.endswith("/en.js")
    assert chinese.endswith("/zh-hans.js")
    answer = client.get(chinese)
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert r"{count} \u4f4d\u6210\u5458" in answer.text
    assert client.get(english).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = client.get(chinese.replace("/words/", "/words/0"))
    assert (other.content, other.headers["Cache-Control"]) == (answer.content, "no-store")


def test_there_are_no_words_in_other_languages(client):
    assert client.get("/words/0/de.js").status_code == 404


def test_no_english_word_is_left_on_a_page_in_chinese():
    user = User.objects.create(username="小明", display_name="小明")
    Preferences.objects.create(user=user, language="zh-hans")
    for page in (browser().get("/sign-in/"), browser(user).get("/")):
        assert in_english(page.text) == {"English"}  # the button that leads there
    left = [
        in_english(browser().get(unsubscribing.address(user_id=user.pk, notifier=x)).text) for x in ("digest", "log")
    ]
    assert left == [set(), {"您确定不再接收此类提醒吗？ (log)"}]  # as the settings name it


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [("zh-CN,en;q=0.5", "会话不存在，或您不在其中。"), ("de", "There is no such conversation, or you are not in it.")],
)
def test_an_error_of_the_api_is_said_in_the_language_that_is_asked_for(alice, asked, sentence):
    client = Client(headers={"Accept-Language": asked})
    client.force_login(alice)
    answer = client.get("/api/v1/conversations/999").json()
    assert (answer["code"], answer["message"]) == ("not_found", sentence)
