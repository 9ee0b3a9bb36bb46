"""What a message says of the files that come with it: its kind, and the shape of its `data`. Touches no database."""

from django.utils.translation import gettext as _

from .errors import Invalid

KIND = "attachments"
MOST = 10  # in one message: as many as IM_DATA_BYTES holds with the longest names


def attachment_ids(data: dict | None) -> list[int]:
    """The ids in `data.attachments`, of a message of this kind; Invalid where it is no such list."""
    listed = (data or {}).get("attachments")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        raise Invalid(_("`data.attachments` lists 1 to %d attachments.") % MOST)
    ids = [one.get("id") if isinstance(one, dict) else None for one in listed]
    if not all(type(id) is int and 0 < id <= 2**53 - 1 for id in ids) or len(set(ids)) < len(ids):
        raise Invalid(_("Each of `data.attachments` is as its upload gave it, once."))
    return ids
