"""The example in the client library's README, as it stands there."""

import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "chat/static/chat/client/README.md"


@pytest.fixture
def alice(somebody, pair, nodes):
    """Without our worker in her browser: what it fetches, no test can answer."""
    return somebody(pair["alice"], at=nodes[0].url, service_workers="block").come_in()


def test_the_example_runs(alice, bob, pair, people):
    bob.open(pair["conversation"])
    example = re.search(r"```js\n(.*?)```", README.read_text(), re.DOTALL)[1]
    code = example.replace("to: 2,", f"to: {people['ids'][pair['bob']]},")
    assert code != example
    alice.page.goto("/api/v1/me")  # where no page of ours runs
    alice.page.route("**/example.js", lambda route: route.fulfill(body=code, content_type="text/javascript"))
    with alice.page.expect_console_message(lambda message: message.text == "0 waiting"):
        alice.page.evaluate("import('/example.js')")
    bob.sees("Hello from the example")
    with alice.page.expect_console_message(lambda message: message.text == "2 Hello, example"):
        bob.say("Hello, example")
    for line in ("1 waiting", "live 0", "1 Hello from the example"):
        assert f"log: {line}" in alice.console
