"""The chat that the Channels tutorial leads people to write, for comparison. Not a part of the application.

It is written as well as its kind allows: the settings below are those that a careful team ends up with.
"""
