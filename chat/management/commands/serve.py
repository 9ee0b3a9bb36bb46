import gc

from channels.routing import get_default_application
from django.core.management.base import BaseCommand, CommandError

from chat import heap


class Command(BaseCommand):
    help = "Run one node: pages, REST and sockets on one port."

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS")
        parser.add_argument("--port", default=8000, type=int)

    def handle(self, *, bind: str, port: int, **options) -> None:
        from chat.server import NodeServer  # installs Twisted's reactor, which no other command should

        heap.have_one()
        server = NodeServer(get_default_application(), bind=bind, port=port)
        gc.collect()
        gc.freeze()  # what is loaded by now stays: looking through it again and again stalls everybody for 50 ms
        self.stdout.write(f"One node on http://{bind}:{port}")
        server.run()
        if server.failed:
            raise CommandError(f"Cannot listen on {bind}:{port}.")
