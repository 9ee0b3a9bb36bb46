"""What a message costs here, and what it costs in the chat that the Channels tutorial leads to."""
