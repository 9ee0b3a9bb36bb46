"""The page itself: small screens, the keyboard, and what a strict browser allows."""

from playwright.sync_api import expect

from .conftest import PASSWORD


def test_a_phone_shows_the_list_or_a_conversation(somebody, pair, nodes):
    phone = somebody(pair["alice"], at=nodes[0].url, viewport={"width": 360, "height": 640}).come_in()
    expect(phone.words).to_be_hidden()
    phone.open(pair["conversation"])
    expect(phone.conversation(pair["conversation"])).to_be_hidden()
    phone.say("long" * 100, "https://example.org/" + "path/" * 50)
    expect(phone.bodies).to_have_count(2)
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert phone.page.evaluate("(log => log.scrollWidth <= log.clientWidth)(document.querySelector('#log'))")
    phone.page.get_by_role("link", name="All conversations").click()
    expect(phone.conversation(pair["conversation"])).to_be_visible()
    expect(phone.words).to_be_hidden()


def test_the_keyboard_is_enough(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url).come_in()
    keyboard = alice.page.keyboard
    alice.conversation(pair["conversation"]).focus()
    keyboard.press("Enter")
    expect(alice.words).to_be_focused()
    keyboard.type("written")
    keyboard.press("Enter")
    alice.sees("written")
    alice.page.get_by_role("link", name="Skip to writing").focus()
    keyboard.press("Enter")
    expect(alice.words).to_be_focused()
    alice.page.keyboard.press("Shift+Tab")
    expect(alice.page.get_by_role("log")).to_be_focused()


def test_what_is_being_written_stays_with_its_conversation(somebody, nodes):
    charlie = somebody("dora", at=nodes[0].url).come_in()
    charlie.page.locator("#conversations a").first.click()
    charlie.words.fill("half a thou")
    charlie.page.go_back()
    charlie.page.locator("#conversations a").first.click()
    expect(charlie.words).to_have_value("half a thou")


def test_it_needs_nothing_that_the_policy_forbids(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url)
    answer = alice.page.goto("/")
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    alice.sign_in(PASSWORD).open(pair["conversation"]).say("Hello")
    alice.sees_tick("Hello", "stored")
    assert not [line for line in alice.console if "Content Security Policy" in line]


def test_the_policy_stops_what_got_through(alice):
    alice.page.evaluate("""() => {
        document.body.insertAdjacentHTML("beforeend", "<img id=got-through src=x onerror='window.hurt = 1'>")
        const script = document.createElement("script")
        script.textContent = "window.hurt = 2"
        document.body.append(script)
    }""")
    expect(alice.page.locator("#got-through")).to_have_count(1)
    assert alice.page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in line for line in alice.console)


def test_it_has_landmarks_and_names(alice):
    page = alice.page
    for role, name in [("navigation", "Conversations"), ("main", None), ("log", "Messages"), ("status", None)]:
        expect(page.get_by_role(role, **({"name": name} if name else {}))).to_be_visible()
    unnamed = page.locator("button:visible, a:visible, textarea:visible, input:visible").evaluate_all(
        "all => all.filter(e => !e.textContent.trim() && !e.labels?.length).map(e => e.outerHTML)"
    )
    assert unnamed == []
