"""What a connection says of itself: replaced, catching up, asleep; and what time it is."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from imsite.localservers import Node, free_port

from .offline import go_offline, keeps_nothing
from .person import Person


def test_a_replaced_session_says_so_and_offers_to_be_used_here(somebody, pair, nodes, environment, tmp_path):
    strict = environment | {"NODE_NAME": "strict", "IM_SESSION_POLICY": "newest_only"}
    node = Node(free_port(), strict, tmp_path / "log").start().wait_ready()
    try:
        desk = somebody(pair["bob"], at=node.url).come_in().open(pair["conversation"])
        phone = somebody(pair["bob"], at=node.url).come_in()
        desk.sees_status("you opened the chat somewhere else")
        desk.say("written before coming back")
        desk.sees_tick("written before coming back", "waiting")
        desk.page.get_by_role("button", name="Use here").click()
        desk.sees_status("Connected")
        phone.sees_status("you opened the chat somewhere else")
        desk.sees_tick("written before coming back", "stored")
    finally:
        node.stop()


def test_a_replaced_tab_still_shows_what_another_one_has_sent(
    somebody, pair, nodes, environment, tmp_path, another_tab
):
    strict = environment | {"NODE_NAME": "strict", "IM_SESSION_POLICY": "newest_only"}
    with Node(free_port(), strict, tmp_path / "log") as node:
        first = somebody(pair["bob"], at=node.url).come_in().open(pair["conversation"])
        first.say("before")
        first.sees_tick("before", "stored")
        second = another_tab(first, pair["conversation"])
        first.sees_status("you opened the chat somewhere else")
        first.say("written when it was replaced")
        second.sees("before", "written when it was replaced")
        second.sees_tick("written when it was replaced", "stored")
        keeps_nothing(first)
        first.sees("before", "written when it was replaced")
        first.sees_tick("written when it was replaced", "stored")
        first.page.get_by_role("button", name="Use here").click()
        first.sees_status("Connected")
        first.sees("before", "written when it was replaced")


class Held:
    """Events on their way to a page, from now on held back until they are let go."""

    def __init__(self, person: Person):
        self._person = person
        self.holding = False
        self.frames: list[tuple] = []
        person.page.route_web_socket("**/ws/v1/", self._connect)
        person.page.reload()
        person.sees_status("Connected")

    def _connect(self, page) -> None:
        page.connect_to_server().on_message(lambda text: self._pass_on(page, text))

    def _pass_on(self, page, text: str) -> None:
        if self.holding and json.loads(text)["type"] == "message":
            self.frames.append((page, text))
        else:
            page.send(text)

    def let_go(self, count: int) -> None:
        """So many of those that come, which are waited for."""
        end = time.monotonic() + 15
        while len(self.frames) < count:
            assert time.monotonic() < end, self.frames
            self._person.page.wait_for_timeout(10)  # which hears of them
        for page, text in self.frames[:count]:
            page.send(text)
        del self.frames[:count]


def test_it_says_what_is_left_to_catch_up_and_that_it_is_back(alice, bob, pair, wire):
    bob.open(pair["conversation"])
    held = Held(alice)
    go_offline(alice, wire)
    bob.say(*(f"message {number}" for number in range(5)))
    bob.sees_tick("message 4", "stored")
    held.holding = True
    wire.mend()
    alice.context.set_offline(False)
    left = alice.page.locator("#status-left")
    alice.sees_status("Connected, catching up…")
    expect(left).to_have_text("5 messages left")
    alice.say("said meanwhile")
    bob.sees(*(f"message {number}" for number in range(5)), "said meanwhile")
    held.let_go(3)
    expect(left).to_have_text("2 messages left")
    held.let_go(2)
    alice.sees_status("Connected again")
    expect(left).to_have_text("")
    expect(alice.page.locator("#status-text")).to_have_text("Connected")


def test_midnight_is_noticed_within_five_seconds(alice, pair):
    alice.say("said today")
    alice.sees_tick("said today", "stored")
    day = alice.page.locator("#messages .day")
    alice.page.clock.set_system_time(datetime.now(UTC).astimezone().replace(hour=23, minute=59, second=55))
    expect(day).to_have_text("today", ignore_case=True)
    expect(day).to_have_text("yesterday", ignore_case=True, timeout=10_000)


def test_times_and_days_follow_a_machine_that_is_elsewhere(alice, pair):
    day, told = alice.page.locator("#messages .day"), alice.page.locator("#messages time")
    listed = alice.conversation(pair["conversation"]).locator("time")
    devtools = alice.context.new_cdp_session(alice.page)
    devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "UTC"})
    alice.say("said today")
    alice.sees_tick("said today", "stored")
    moment = datetime.fromisoformat(told.get_attribute("datetime"))
    for zone in ("Asia/Kathmandu", "America/St_Johns"):  # no whole hours from UTC
        devtools.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
        there = moment.astimezone(ZoneInfo(zone))
        expect(told).to_have_text(f"{there:%H:%M}")
        expect(told).to_have_attribute("title", re.compile(f"{there.day} .*{there:%H:%M:%S}"))
        expect(listed).to_have_text(re.compile(rf"{there:%H:%M}|{there.day} "))
        expect(day).to_have_count(1)


def test_times_and_days_follow_the_time_zone_that_one_chooses(alice, pair, another_tab):
    alice.say("said today")
    alice.sees_tick("said today", "stored")
    settings = another_tab(alice)
    told = alice.page.locator("#messages time")
    moment = datetime.fromisoformat(told.get_attribute("datetime"))
    for zone in ("Asia/Kathmandu", "America/St_Johns"):
        settings.page.goto("/settings/#language")
        settings.page.get_by_label("Time zone").select_option(zone)
        settings.page.locator("#language").get_by_role("button", name="Save").click()
        expect(settings.page.locator("#language .saved")).to_be_visible()
        there = moment.astimezone(ZoneInfo(zone))
        expect(told).to_have_text(f"{there:%H:%M}")
        expect(told).to_have_attribute("title", re.compile(f"{there.day} .*{there:%H:%M:%S}"))
    alice.page.reload()
    expect(told).to_have_text(f"{there:%H:%M}")


def test_a_machine_that_slept_asks_within_five_seconds_whether_it_is_still_connected(alice, nodes, pair):
    with alice.page.expect_websocket() as opened:
        alice.page.reload()
    alice.sees_status("Connected")
    nodes[0].freeze()  # as a connection is that did not live through the night: nothing says that it is dead
    with opened.value.expect_event("framesent", lambda text: json.loads(text)["type"] == "ping", timeout=5_000):
        alice.page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=8))
    alice.sees_status("Offline since")
    nodes[0].thaw()
    alice.sees_status("Connected", within=40)
