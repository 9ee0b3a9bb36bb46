"""Everything that is said to people: from the sources into locale/, and from there into what the application reads."""

import ast
import re
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.management.commands import makemessages

LOCALE = "zh_Hans"
# What speaks to people stands in the packages and in templates/; the rest speaks to developers, or is not ours.
NOT_OURS = ["var", "bench", "tests", "clients", "docs", "vendor", ".*"]
# It would change with each run.
CREATED = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


class BuildFile(makemessages.BuildFile):
    """A file to look through. What an error says is the docstring of its class."""

    @property
    def is_templatized(self) -> bool:
        return super().is_templatized or self.says_errors

    @property
    def says_errors(self) -> bool:
        return self.path.endswith("messages_store/errors.py")

    def preprocess(self) -> None:
        if self.says_errors:
            source = Path(self.path).read_text()
            classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
            said = "".join(f"\ngettext({ast.get_docstring(node)!r})" for node in classes)
            Path(self.work_path).write_text(source + said)
        else:
            super().preprocess()


class MakeMessages(makemessages.Command):
    build_file_class = BuildFile
    # What is new waits for its translation; a guess would look like one.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


class Command(BaseCommand):
    help = "Write what is to be translated into locale/, and compile it. It needs the gettext tools."

    def handle(self, **options) -> None:
        for domain, extensions in (("django", ["html", "txt", "py"]), ("djangojs", ["js"])):
            call_command(
                MakeMessages(),
                domain=domain,
                extensions=extensions,
                locale=[LOCALE],
                ignore_patterns=NOT_OURS,
                no_obsolete=True,
                no_wrap=True,
                no_location=True,  # what did not change stays as it was, and branches can be merged
                verbosity=0,
            )
        for catalogue in Path(settings.LOCALE_PATHS[0]).rglob("*.po"):
            catalogue.write_text(CREATED.sub("", catalogue.read_text()))
        call_command("compilemessages", locale=[LOCALE], ignore_patterns=NOT_OURS, verbosity=0)
