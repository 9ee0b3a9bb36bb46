"""What one sends on one node reaches the other on another, once and in order."""


async def test_a_message_reaches_the_other_node(alice, bob, connect, other_node):
    a, b = await connect(alice), await connect(bob, other_node)
    client_id = await a.say("hello", to=bob.pk)
    accepted = await a.expect("accepted")
    message = await b.expect("message")
    assert accepted["client_id"] == client_id
    assert accepted["seq"] == 1
    assert message["seq"] == 1
    assert message["message"]["id"] == accepted["message"]
    assert message["message"]["body"] == "hello"
    assert message["message"]["client_id"] == client_id


async def test_the_senders_other_device_gets_the_message(alice, bob, connect, other_node):
    phone, desktop = await connect(alice), await connect(alice, other_node)
    await phone.say("hello", to=bob.pk)
    accepted = await phone.expect("accepted")
    assert (await desktop.expect("message"))["seq"] == accepted["seq"]
    assert await phone.pong() == []


async def test_a_stranger_hears_nothing(alice, bob, charlie, connect, other_node):
    a, b, c = await connect(alice), await connect(bob, other_node), await connect(charlie)
    await a.say("hello", to=bob.pk)
    await b.expect("message")
    assert await c.pong() == []
