"""PostgreSQL: leave room in the pages of rows that are updated with each beat, so that an update stays in its page."""

from django.db import migrations


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in ("chat_node", "chat_connection"):
        schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 70)")


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]
    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
