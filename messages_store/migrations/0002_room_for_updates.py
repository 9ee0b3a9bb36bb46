"""PostgreSQL: leave room in the pages of rows that are updated, so that an update stays in its page (HOT)."""

from django.db import migrations

FILLFACTORS = {
    "messages_store_inbox": 70,
    "messages_store_delivery": 85,
    "messages_store_member": 80,
    "messages_store_conversation": 80,
}


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, percent in FILLFACTORS.items():
        schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")


class Migration(migrations.Migration):
    dependencies = [("messages_store", "0001_initial")]
    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
