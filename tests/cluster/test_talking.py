"""Nothing breaks."""


async def test_everybody_gets_everything_once_and_in_order(talk, report):
    """40 people in pairs on different nodes, 60 messages a second."""
    async with talk:
        await talk.during()
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects == 0
    assert figures.p50 < 0.5, "the bells do not ring; the look at the heads finds it all"
