"""The keeper's end of the socket: a thread for each connection, bounded in number, size and time.

Only logins that may open the socket (0660, in a folder of its own) get in. The lock is held by the process, so that
a socket left behind by a killed keeper is known for what it is.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from archive import durable
from archive.errors import HomeError, KhoError
from archive.keeper import protocol

IDLE = 600.0
"""Seconds a connection may be silent."""
CONNECTIONS = 128

_LOG = logging.getLogger(__name__)

Verbs = Mapping[str, Callable[..., object]]
"""Verb -> what answers it. Its parameters are the request's values, by name; its result can be written as JSON."""


class _Server(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """Serves an already listening socket."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket, verbs: Verbs) -> None:
        super().__init__("keeper", _Connection)
        self.socket = listening
        self.verbs = verbs
        self.free = threading.BoundedSemaphore(CONNECTIONS)

    def fileno(self) -> int:
        return self.socket.fileno()

    def get_request(self):
        return self.socket.accept()

    def verify_request(self, request, client_address) -> bool:
        return self.free.acquire(blocking=False)

    def process_request_thread(self, request, client_address) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def shutdown_request(self, request) -> None:
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)
        request.close()

    def handle_error(self, request, client_address) -> None:
        _LOG.debug("a connection ended early", exc_info=True)


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(IDLE)
        with self.request.makefile("rwb") as file, contextlib.suppress(OSError):
            try:
                while (message := protocol.read(file)) is not None:
                    protocol.write(file, answer(self.server.verbs, message))
            except ValueError:
                protocol.write(file, protocol.error_to_plain(KhoError("error.keeper_request")))


def answer(verbs: Verbs, message: dict) -> dict:
    """What to answer to one request; a defect of ours is told to the log, not to the asker."""
    values = {name: value for name, value in message.items() if name != "verb"}
    verb = verbs.get(str(message.get("verb")))
    if verb is None:
        return protocol.error_to_plain(KhoError("error.keeper_request"))
    try:
        return {"ok": verb(**values)}
    except KhoError as error:
        return protocol.error_to_plain(error)
    except Exception:
        _LOG.exception("the request %r failed", message.get("verb"))
        return protocol.error_to_plain(KhoError("error.keeper_request"))


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[socket.socket]:
    """The keeper's socket, ours alone while the block runs. Raises HomeError when another keeper has it."""
    durable.make_folder(folder)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(durable.lock(folder / "keeper.lock"))
        except HomeError as error:
            raise HomeError("error.keeper_runs", path=folder) from error
        path = protocol.socket_path(folder)
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as found:
            _bind(found, folder)
            os.chmod(path, 0o660)
            found.listen(CONNECTIONS)
            try:
                yield found
            finally:
                path.unlink(missing_ok=True)


def _bind(unbound: socket.socket, folder: Path) -> None:
    """Through the open folder: the address of a socket may be no longer than 107 bytes."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unbound.bind(f"/proc/self/fd/{handle}/{protocol.SOCKET}")
    finally:
        os.close(handle)


@contextlib.contextmanager
def serving(folder: Path, verbs: Verbs) -> Iterator[None]:
    """Answer requests in threads of their own while the block runs."""
    with listening(folder) as found:
        server = _Server(found, verbs)
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
