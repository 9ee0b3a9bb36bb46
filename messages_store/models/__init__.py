"""The nouns: what lasts, with the rules that the database keeps."""

from .conversation import Conversation, Member
from .inbox import Delivery, Inbox
from .message import Message
from .ticket import Ticket
from .token import Token
from .user import User

__all__ = ["Conversation", "Delivery", "Inbox", "Member", "Message", "Ticket", "Token", "User"]
