"""What people do about their own account: pages with plain forms, which need no script."""
