"""Logs name the place of a fault and never its data.

Exceptions carry values (a database error quotes parameters, a parser quotes its input), and request objects carry
forms. So a record keeps the kind of the exception and the lines of code, and loses messages and requests.
"""

from __future__ import annotations

import logging
import traceback


class NothingPersonal(logging.Filter):
    """Cuts a log record down to what can't be about a person."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            places = "; ".join(
                f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-6:]
            )
            record.msg, record.args = f"{kind.__name__} at {places}", ()
            record.exc_info = record.exc_text = None
        elif record.name.startswith("django"):
            # Django's messages quote paths, hosts, tokens; the status code is enough.
            record.msg, record.args = f"status {getattr(record, 'status_code', 'unknown')}", ()
        elif str(record.msg).startswith(("Invalid request", "Error handling request")):
            # gunicorn's words for it name the address, and quote what was sent.
            record.msg, record.args = "a request that couldn't be read was refused", ()
        return True
