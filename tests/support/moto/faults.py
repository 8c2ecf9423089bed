"""Faults that calls of one account meet: refused, not answered, answered too late.

Knows nothing of AWS but the names of operations. Who ends the program under test while its call
hangs is the test: it alone knows the process.
"""

import socket
import threading
import time
from dataclasses import dataclass


@dataclass
class Fault:
    """What the calls from the `nth` to the `nth + times - 1` of an operation (without one: of all) meet,
    of those whose body contains a text. With `per_second`: only those that exceed so many a second.

    kind  "refuse": answered with `code` and `status`; "drop": the connection ends before the call
          took effect; "lose": it ends after; "hang": no answer, and no effect until there is one;
          "hang_after": no answer, and the effect is there.
    """

    operation: str = ""
    writes: bool = False
    containing: str = ""
    kind: str = "refuse"
    service: str = ""
    code: str = ""
    status: int = 0
    nth: int = 1
    times: int = 1
    seen: int = 0
    per_second: float = 0
    # Tokens of a bucket that holds those of one second, and when it was last filled.
    tokens: float = 0
    filled: float = 0

    def meets(self, service: str, operation: str, write: bool, text) -> bool:
        if self.operation not in ("", operation) or self.service not in ("", service):
            return False
        if self.writes and not write:
            return False
        if self.containing and self.containing not in text():
            return False
        if self.per_second:
            return not self.takes_token()
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    def takes_token(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.per_second, self.tokens + (now - self.filled) * self.per_second)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Faults:
    """The faults of one account."""

    def __init__(self):
        self.changed = threading.Condition()
        self.faults: list[Fault] = []
        self.met = 0
        self.hanging = 0
        # How calls that hang end: None while they do.
        self.end_of_hanging: str | None = None

    def add(self, fault: dict) -> None:
        with self.changed:
            self.faults.append(Fault(**fault))
            self.end_of_hanging = None

    def end(self) -> int:
        with self.changed:
            met, self.met = self.met, 0
            self.faults.clear()
            self.end_of_hanging = "drop"
            self.changed.notify_all()
            return met

    def wait_until_one_hangs(self) -> bool:
        with self.changed:
            self.changed.wait_for(lambda: self.hanging or self.end_of_hanging)
            return self.hanging > 0

    def answer_what_hangs(self) -> None:
        with self.changed:
            self.end_of_hanging = "answer"
            self.changed.notify_all()

    def answer(self, service: str, operation: str, write: bool, environ: dict, text, moto, refuse):
        """The answer to a call: moto's, unless it meets a fault."""
        fault = self.met_by(service, operation, write, text)
        match fault.kind if fault else None:
            case None:
                return moto()
            case "refuse":
                return refuse(fault.code, fault.status)
            case "drop":
                drop(environ)
            case "lose":
                list(moto())
                drop(environ)
            case "hang":
                self.hang(environ)
                return moto()
            case "hang_after":
                body = list(moto())
                self.hang(environ)
                return body
        raise ValueError(fault)

    def met_by(self, service: str, operation: str, write: bool, text) -> Fault | None:
        with self.changed:
            for fault in self.faults:
                if fault.meets(service, operation, write, text):
                    self.met += 1
                    return fault
        return None

    def hang(self, environ: dict) -> None:
        with self.changed:
            self.hanging += 1
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.end_of_hanging)
            self.hanging -= 1
            ending = self.end_of_hanging
        if ending == "drop":
            drop(environ)


def drop(environ: dict) -> None:
    """Ends the connection without an answer; never returns."""
    try:
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        environ["wsgi.input"].read()  # Else what is left of the request is taken for the next one.
    except OSError:
        pass  # The client was faster.
    raise ConnectionResetError
