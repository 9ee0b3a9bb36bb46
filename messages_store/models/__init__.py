"""The nouns: what lasts, with the rules that the database keeps."""

from .address import PushSubscription, WeChatAccount, WeChatToken
from .attachment import Attachment, Avatar
from .conversation import Conversation, Member
from .digest import Digest
from .inbox import Delivery, Inbox
from .inspection import Handled, Look
from .message import Message
from .notification import Notification
from .pruning import Pruning
from .reminder import NotifierChoice, Preferences, Reminder, Spell
from .sign_in import SignIn
from .ticket import Ticket
from .token import Token
from .trace import Device, NodeName, Outage
from .user import User
from .worker import Chore, Tally, Worker

__all__ = [
    "Attachment",
    "Avatar",
    "Chore",
    "Conversation",
    "Delivery",
    "Device",
    "Digest",
    "Handled",
    "Inbox",
    "Look",
    "Member",
    "Message",
    "NodeName",
    "Notification",
    "NotifierChoice",
    "Outage",
    "Preferences",
    "Pruning",
    "PushSubscription",
    "Reminder",
    "SignIn",
    "Spell",
    "Tally",
    "Ticket",
    "Token",
    "User",
    "WeChatAccount",
    "WeChatToken",
    "Worker",
]
