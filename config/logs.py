"""Log lines as JSON that name no address, no person and no form."""

import json
import logging
import traceback


class JsonFormatter(logging.Formatter):
    """Write time, level, logger and message; of an exception the frames, never its values.

    A record's `request` is left out on purpose: it carries addresses, cookies and picks. So is the
    exception's own text, which may quote input; its type and the lines of code are kept.
    """

    def format(self, record):
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["exception"] = kind.__name__
            line["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
        return json.dumps(line, ensure_ascii=False)
