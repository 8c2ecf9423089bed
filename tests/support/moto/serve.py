"""Serves AWS for tests and the demo: moto, its gaps filled, on a free port of 127.0.0.1.

Prints one line, the address, once it accepts requests, so that callers wait for that line and
never sleep. Ends itself when standard input closes: whoever started it holds the other end of
that pipe, so nothing is left running even after a crash.

One server is enough for any number of tests at the same time. The account that a request acts
in is read from its access key (see `gateway.account_of`), and moto keeps everything by account:
a test that takes an account number of its own sees an AWS of its own. That costs nothing, while
a server for each test would cost more than a second of start-up for each.
"""

import logging
import os
import sys
import threading

from werkzeug.serving import make_server

import gaps
import gateway
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)


def end_with_the_caller() -> None:
    """Waits for the end of standard input, then stops the whole process."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    gaps.fill()
    application = gateway.Gateway(DomainDispatcherApplication(create_backend_app))
    server = make_server(
        "127.0.0.1",
        0,
        application,
        threaded=True,
        request_handler=MotoRequestHandler,
    )
    threading.Thread(target=end_with_the_caller, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
