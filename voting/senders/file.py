"""Write passwords into a file, for rehearsals at a desk and for tests."""

import os

from django.conf import settings
from django.utils.translation import gettext as _

from . import SendFailed


class FileSender:
    """Appends each message to `VAR_DIR/one-time-passwords.txt`, which its owner alone can read."""

    def send(self, message):
        """Append one line; SendFailed where the file cannot be written."""
        path = settings.VAR_DIR / "one-time-passwords.txt"
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
                file.write(f"{message.contact}\t{message.text}\n")
        except OSError as error:
            raise SendFailed(
                _("%(path)s cannot be written: %(reason)s.") % {"path": path, "reason": error.strerror}
            ) from None
