"""The nouns: what lasts, with the rules that the database keeps."""

from .conversation import Conversation, Member
from .inbox import Delivery, Inbox
from .message import Message
from .notification import Notification
from .ticket import Ticket
from .user import Token, User

__all__ = ["Conversation", "Delivery", "Inbox", "Member", "Message", "Notification", "Ticket", "Token", "User"]
