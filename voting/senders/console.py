"""Write passwords where the server was started, for trying things out."""

import sys


class ConsoleSender:
    """Prints each message; nothing is sent."""

    def send(self, message):
        """Print the message to standard output, past the log."""
        print(f"{message.contact}: {message.text}", file=sys.stdout, flush=True)
