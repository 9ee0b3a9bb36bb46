"""A third party's notifier: it tells a file, slowly, and its own protocol cannot tell a repetition."""

import os
import time

from messages_store.notifiers import Notifier


class FileNotifier(Notifier):
    name = "file"
    may_repeat = "Always, when a worker is killed after it was told and before that was written down."

    def notify(self, outgoing):
        line = f"{outgoing.id} {outgoing.user_id}\n".encode()
        file = os.open(os.environ["IM_TEST_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line)
        os.close(file)
        time.sleep(0.002)
