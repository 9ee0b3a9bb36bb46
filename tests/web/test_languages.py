"""The page in Chinese and in English: as the browser asks, as one chooses, and as it is kept with the person."""

import re

from playwright.sync_api import expect

from .conftest import PASSWORD

CHINESE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
CONNECTED = "已连接"


def speaks(person, language: str) -> None:
    expect(person.page.locator("html")).to_have_attribute("lang", language)


def switch(person, name: str) -> None:
    person.page.get_by_role("button", name=name, exact=True).click()


def sign_in(person, labels=("用户名", "密码", "登录")) -> None:
    name, password, button = labels
    person.page.get_by_label(name).fill(person.name)
    person.page.get_by_label(password).fill(PASSWORD)
    person.page.get_by_role("button", name=button).click()


def test_a_chinese_browser_gets_chinese_and_english_at_a_click(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url, **CHINESE)
    alice.page.goto("/")
    speaks(alice, "zh-hans")
    sign_in(alice)
    alice.sees_status(CONNECTED)
    alice.conversation(pair["conversation"]).click()
    expect(alice.page.get_by_role("textbox", name="消息")).to_have_attribute("placeholder", "输入消息")
    switch(alice, "English")
    alice.sees_status("Connected")
    speaks(alice, "en")
    expect(alice.words).to_be_visible()  # the conversation is still open
    switch(alice, "简体中文")
    alice.sees_status(CONNECTED)


def test_what_one_chose_is_there_on_every_browser_that_one_signs_in_on(somebody, pair, nodes):
    """Chosen on one, signed out; another browser asks for English, and is English until it is known who comes."""
    first = somebody(pair["alice"], at=nodes[0].url).come_in()
    switch(first, "简体中文")
    first.sees_status(CONNECTED)
    first.page.get_by_role("button", name="退出登录").click()
    expect(first.page.get_by_role("heading", name="登录")).to_be_visible()
    second = somebody(pair["alice"], at=nodes[1].url)
    second.page.goto("/")
    speaks(second, "en")
    sign_in(second, ("Username", "Password", "Sign in"))
    second.sees_status(CONNECTED)
    second.page.reload()
    second.sees_status(CONNECTED)


def test_who_is_not_signed_in_chooses_too(somebody, nodes):
    visitor = somebody("visitor", at=nodes[0].url)
    visitor.page.goto("/")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
    switch(visitor, "简体中文")
    expect(visitor.page.get_by_role("heading", name="登录")).to_be_visible()
    visitor.page.get_by_role("button", name="登录").click()
    visitor.page.goto("/")
    speaks(visitor, "zh-hans")


def test_what_the_system_says_is_in_the_pages_language(alice, somebody, nodes, pair, people):
    bob = somebody(pair["bob"], at=nodes[1].url, **CHINESE).come_in(CONNECTED)
    group = alice.call("POST", "conversations", title="Lunch", members=[people["ids"][pair["bob"]]])["id"]
    said = re.compile(r"Alice \d+ 创建了群聊“Lunch”，并邀请了 Bob \d+。")
    expect(bob.conversation(group).locator(".last")).to_have_text(said)
    expect(alice.conversation(group).locator(".last")).to_contain_text("made the group “Lunch” with")
    bob.conversation(group).click()
    expect(bob.bodies).to_have_text([said])
    expect(bob.page.locator("#subtitle")).to_have_text("2 位成员")


def test_days_and_times_are_written_as_the_reader_does(alice, somebody, nodes, pair):
    """In the page's language, and in the reader's own way where there are several."""
    alice.say("hello")
    alice.sees("hello")
    bob = somebody(pair["bob"], at=nodes[1].url, **CHINESE).come_in(CONNECTED)
    bob.conversation(pair["conversation"]).click()
    day, time = bob.page.locator("#messages .day"), bob.page.locator("#messages time")
    expect(day).to_have_text("今天")
    expect(time).to_have_attribute("title", re.compile(r"^\d{4}年\d+月\d+日星期. \d\d:\d\d:\d\d$"))
    expect(alice.page.locator("#messages .day")).to_have_text("today")
    british = re.compile(r"^\w+day,? \d+ \w+ \d{4} at \d\d:\d\d:\d\d$")  # not "November 21" and "PM"
    expect(alice.page.locator("#messages time")).to_have_attribute("title", british)
