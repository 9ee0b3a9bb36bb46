"""What a person does in front of the page, and what they see."""

import re
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext, Locator, expect

SECONDS = 1_000
PATIENCE = 15  # seconds that anything may take that no test says more of; the page itself takes its time, up to 5 s

expect.set_options(timeout=PATIENCE * SECONDS)


class Person:
    """One browser with one page. Whatever is expected is waited for."""

    def __init__(self, name: str, context: BrowserContext, session: str | None):
        self.name = name
        self.session = session
        self.context = context
        self.console: list[str] = []
        self.exceptions: list[str] = []
        self.unguarded: list[str] = []  # pages that came without a content security policy
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE * SECONDS)
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.exceptions.append(str(error)))
        self.page.on("response", self._look_for_the_policy)

    def _look_for_the_policy(self, response) -> None:
        is_page = response.request.is_navigation_request() and "text/html" in response.headers.get("content-type", "")
        if is_page and "content-security-policy" not in response.headers:
            self.unguarded.append(f"{response.status} {response.url}")

    # What they do

    def sign_in(self, password: str) -> "Person":
        self.page.goto("/")
        self.page.get_by_label("Username").fill(self.name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.sees_status("Connected")
        return self

    def come_in(self, connected: str = "Connected") -> "Person":
        """Signed in before, as on most days. The page says so in its language."""
        self.context.add_cookies([{"name": "sessionid", "value": self.session, "domain": "127.0.0.1", "path": "/"}])
        self.page.goto("/")
        self.sees_status(connected)
        return self

    def open(self, conversation: int) -> "Person":
        self.conversation(conversation).click()
        expect(self.conversation(conversation)).to_have_attribute("aria-current", "page")
        expect(self.words).to_be_visible()
        return self

    def scroll_back_to(self, text: str) -> None:
        """Up to where a message is, over whatever is fetched on the way."""
        self.page.wait_for_function(
            """text => {
                document.querySelector("#log").scrollTop = 0
                return [...document.querySelectorAll("#messages .body")].some((body) => body.textContent === text)
            }""",
            arg=text,
        )

    def say(self, *texts: str) -> None:
        for text in texts:
            self.words.fill(text)
            self.words.press("Enter")

    def hears_of_the_network(self) -> None:
        """The browser says that it is there: what waits for its next try, half a minute at most, tries now."""
        self.page.evaluate("window.dispatchEvent(new Event('online'))")

    def call(self, method: str, path: str, **body) -> dict | None:
        """What no button does yet: by REST, signed in as on the page. The answer, which must be a success."""
        token = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "csrftoken")
        options = {"method": method, "headers": {"X-CSRFToken": token}, "data": body}
        answer = self.context.request.fetch(urljoin(self.page.url, f"/api/v1/{path}"), **options)
        assert answer.ok, answer.text()
        return answer.json() if answer.body() else None

    # What they see

    @property
    def words(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def bodies(self) -> Locator:
        return self.page.locator("#messages .body")

    def message(self, text: str) -> Locator:
        """The one that says so, not those that quote it."""
        body = self.page.locator(".body", has_text=re.compile(f"^{re.escape(text)}$"))
        return self.page.locator("#messages .message").filter(has=body)

    def conversation(self, id: int) -> Locator:
        return self.page.locator(f"#conversations a[href='#c{id}']")

    def sees(self, *texts: str, within: int = PATIENCE) -> None:
        """Exactly these messages, in this order."""
        expect(self.bodies).to_have_text(list(texts), timeout=within * SECONDS)

    def sees_status(self, text: str, within: int = PATIENCE) -> None:
        expect(self.page.locator("#status-text")).to_contain_text(text, timeout=within * SECONDS)

    def sees_tick(self, text: str, tick: str) -> None:
        expect(self.message(text).locator(".tick")).to_have_attribute("data-tick", tick)

    def sees_unread(self, conversation: int, count: int) -> None:
        badge = self.conversation(conversation).locator(".badge")
        expect(self.conversation(conversation)).to_be_visible()
        if count:
            expect(badge.locator(".count")).to_have_text(str(count))
        else:
            expect(badge).to_be_hidden()
