"""Who had an empty direct conversation before it was known who opened it goes on seeing it: nobody knows whose it was."""

from django.db import migrations


def open_what_is_empty(apps, schema_editor):
    members = apps.get_model("messages_store", "Member").objects.using(schema_editor.connection.alias)
    members.filter(conversation__kind="direct", conversation__last_number=0, opened=False).update(opened=True)


class Migration(migrations.Migration):

    dependencies = [
        ("messages_store", "0021_opened"),
    ]

    operations = [
        migrations.RunPython(open_what_is_empty, migrations.RunPython.noop),
    ]
