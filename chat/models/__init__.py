"""What is live, as rows: who is connected, and where."""

from .cluster import Connection, LastSeen, Node

__all__ = ["Connection", "LastSeen", "Node"]
