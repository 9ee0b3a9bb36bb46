"""The keyboard: its sheet, its shortcuts, where the focus goes; and the colours by choice."""

from playwright.sync_api import expect


def dark(person) -> bool:
    return person.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 20, 24)"


def test_the_sheet_under_the_question_mark(alice):
    alice.page.get_by_role("log").focus()
    alice.page.keyboard.press("?")
    sheet = alice.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("Next or previous conversation")).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(alice.page.get_by_role("log")).to_be_focused()


def test_a_question_mark_in_a_message_is_one(alice):
    alice.words.focus()
    alice.page.keyboard.type("what? /c")
    expect(alice.words).to_have_value("what? /c")
    expect(alice.page.get_by_role("dialog")).to_have_count(0)


def test_letters_can_be_turned_off_and_stay_so(alice):
    alice.page.get_by_role("button", name="This browser").click()
    alice.page.get_by_label("Shortcuts of a single letter").uncheck()
    alice.page.keyboard.press("Escape")
    alice.page.reload()
    alice.sees_status("Connected")
    alice.page.get_by_role("log").focus()
    alice.page.keyboard.press("?")
    alice.page.keyboard.press("c")
    alice.page.keyboard.press("Control+k")  # behind which the others would have shown
    expect(alice.page.locator("#search")).to_be_focused()
    expect(alice.page.get_by_role("dialog")).to_have_count(0)


def test_from_conversation_to_conversation(alice, pair):
    other = alice.call("POST", "conversations", title="Newer")["id"]
    expect(alice.conversation(other)).to_be_visible()
    alice.page.keyboard.press("Alt+ArrowUp")
    expect(alice.conversation(other)).to_have_attribute("aria-current", "page")
    expect(alice.words).to_be_focused()
    alice.page.keyboard.press("Alt+ArrowDown")
    expect(alice.conversation(pair["conversation"])).to_have_attribute("aria-current", "page")
    alice.page.go_back()
    expect(alice.conversation(other)).to_have_attribute("aria-current", "page")


def test_the_other_letters(alice):
    log = alice.page.get_by_role("log")
    log.focus()
    alice.page.keyboard.press("w")
    expect(alice.words).to_be_focused()
    expect(alice.words).to_have_value("")
    log.focus()
    alice.page.keyboard.press("b")
    expect(alice.page.locator("#notifications-panel")).to_be_focused()
    alice.page.keyboard.press("Escape")
    expect(alice.page.locator("#bell")).to_be_focused()
    alice.page.keyboard.press("c")
    expect(alice.page.get_by_role("dialog", name="New conversation")).to_be_visible()
    alice.page.keyboard.press("Escape")
    alice.page.keyboard.press("/")
    expect(alice.page.locator("#search")).to_be_focused()
    expect(alice.page.locator("#search")).to_have_value("")


def test_the_first_links_skip_to_where_one_wants_to_be(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url).come_in()
    alice.page.keyboard.press("Tab")
    expect(alice.page.get_by_role("link", name="Skip to writing")).to_be_focused()
    alice.page.keyboard.press("Tab")
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#search")).to_be_focused()


def test_on_a_phone_the_focus_goes_with_the_pane(somebody, pair, nodes):
    phone = somebody(pair["alice"], at=nodes[0].url, viewport={"width": 360, "height": 640}).come_in()
    phone.conversation(pair["conversation"]).focus()
    phone.page.keyboard.press("Enter")
    expect(phone.words).to_be_focused()
    back = phone.page.get_by_role("link", name="All conversations")
    back.focus()
    phone.page.keyboard.press("Enter")
    expect(phone.conversation(pair["conversation"])).to_be_focused()


def test_colours_by_choice_from_the_first_moment(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url, color_scheme="light", service_workers="block").come_in()
    assert not dark(alice)
    alice.page.get_by_role("button", name="This browser").click()
    alice.page.get_by_label("Dark").check()
    assert dark(alice)
    alice.page.route("**/*.js", lambda route: route.abort() if "/page/" in route.request.url else route.continue_())
    alice.page.reload()  # none of the page's modules runs: what is dark is so before them
    assert dark(alice)
    alice.page.unroute_all()
    alice.page.reload()
    alice.sees_status("Connected")
    alice.page.get_by_role("button", name="This browser").click()
    expect(alice.page.get_by_label("Dark")).to_be_checked()
    alice.page.get_by_label("As the system").check()
    assert not dark(alice)
    alice.page.emulate_media(color_scheme="dark")
    assert dark(alice)
    alice.page.get_by_label("Light", exact=True).check()
    assert not dark(alice)


def test_who_wants_less_motion_has_none(somebody, pair, nodes):
    moving = """[...document.querySelectorAll('*')].filter((element) => {
        const { animationName, animationDuration, transitionDuration } = getComputedStyle(element)
        const lasts = (durations) => durations.split(", ").some((duration) => parseFloat(duration) > 0.01)
        return lasts(transitionDuration) || animationName !== "none" && lasts(animationDuration)
    }).map(({ tagName, className }) => `${tagName} ${className}`)"""
    alice = somebody(pair["alice"], at=nodes[0].url, reduced_motion="reduce").come_in().open(pair["conversation"])
    alice.say("one")
    assert alice.page.evaluate(moving) == []
    alice.page.emulate_media(reduced_motion="no-preference")
    assert alice.page.evaluate(moving) != []
