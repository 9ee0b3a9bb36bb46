"""What somebody might write so that it runs in another one's browser, one of each well-known kind; and what notices it.

Each fits into every field of a person (100 characters) and is one line.
"""

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page

PAYLOADS = [
    "<script>window.hurt='script'</script>",
    "<img src=x onerror=\"window.hurt='img'\">",
    "\"><svg onload=window.hurt='svg'>",
    "'><svg/onload=alert('dialog')>",
    "<iframe srcdoc=\"<script>parent.hurt='srcdoc'</script>\"></iframe>",
    "<iframe src=\"javascript:parent.hurt='frame'\"></iframe>",
    "<a href=\"javascript:window.hurt='link'\">look</a>",
    "javascript:window.hurt='address'",
    "data:text/html,<script>window.hurt='data'</script>",
    '" autofocus onfocus="window.hurt=\'focus\'" x="',
    "' onmouseover='window.hurt=1' x='",
    "</textarea></title></template></style><script>window.hurt='end'</script>",
    "</script><script>window.hurt='json'</script><!--",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hurt=2>",
    "<details open ontoggle=window.hurt='toggle'><summary>x</summary></details>",
    "{{constructor.constructor('window.hurt=1')()}} ${window.hurt=1} {% debug %}",
    "&lt;img src=x onerror=window.hurt='entity'&gt; &#60;script&#62;",
    "<style>@import'//example.org/x';*{background:url(//example.org/y)}</style>",
    '<base href="//example.org/"><meta http-equiv=refresh content="0;url=//example.org">',
    "<p style=\"background:url('//example.org/z')\" id=words name=cookie>x</p>",
]

# In every document, before anything else: whatever runs says so, and so does whatever only the policy stopped.
TRAP = """
Object.defineProperty(window, "hurt", { set(value) { console.error("TRAP: ran", value) } })
document.addEventListener("securitypolicyviolation", (event) =>
    console.error("TRAP: stopped", event.violatedDirective, event.blockedURI, event.sourceFile))
"""
# What a payload would have become: handlers, addresses that run, and what our pages never have.
BECAME = """() => [...document.querySelectorAll("*")].filter((element) =>
    element.matches("iframe, math, base, meta[http-equiv], style, details, script:not([src])")
    || [...element.attributes].some(({ name, value }) => name.startsWith("on")
        || (["href", "src", "action", "formaction"].includes(name) && /^\\s*(javascript|data):/i.test(value)))
).map((element) => element.outerHTML)"""


class Trap:
    """Set before the page is visited; says what happened to it since."""

    def __init__(self, page: Page):
        self.page = page
        self.sprung: list[str] = []
        page.add_init_script(TRAP)
        page.on("console", self._hears)
        page.on("dialog", self._sees)

    def _hears(self, message) -> None:
        if message.text.startswith("TRAP: ") or "Content Security Policy" in message.text:
            self.sprung.append(message.text)

    def _sees(self, dialog) -> None:
        self.sprung.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def is_quiet(self) -> None:
        """Nothing ran, nothing had to be stopped, and nothing is there that could run or leads away."""
        try:
            became = self.page.evaluate(BECAME)
        except BrowserError as error:
            raise AssertionError("the page was left") from error
        assert not became, became
        assert not self.sprung, self.sprung
