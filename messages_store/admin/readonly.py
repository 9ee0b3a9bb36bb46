"""What is shown and never written."""


class ReadOnly:
    """For an admin or an inline: nothing is added, changed or deleted. Who may view is Django's permission."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
