# Copyright 2026 The scenebox_ros Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""Running the server: the token of the first start, the socket, logs and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import gc
import logging
from pathlib import Path
import signal
import socket
import sys
import threading
from typing import Any

from scenebox_ros.errors import SettingsError
from scenebox_ros.server.app import App, create_app
from scenebox_ros.server.lock import FolderLock
from scenebox_ros.server.store.signing import write_private

log = logging.getLogger(__name__)
HOST, PORT = '127.0.0.1', 8420
BACKLOG = 2048


def prepare(data_dir: Path | str, token_file: Path | str | None = None, **settings: Any) -> App:
    """
    Make the application; at the first start, also the token that may do everything.

    Parameters
    ----------
    data_dir
        The server's folder.
    token_file
        Where to write the first token, readable by its owner alone; ``<data_dir>/token`` if not
        given.
    settings
        Fields of :class:`~scenebox_ros.server.settings.ServerSettings`.

    """
    app = create_app(data_dir, **settings)
    token = app.core.identities.begin()
    if token is not None:
        path = Path(token_file) if token_file else Path(data_dir) / 'token'
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, token.encode())
        log.info('the first token, of user superadmin, is in %s', path)
    return app


def serve(
    data_dir: Path | str,
    host: str = HOST,
    port: int = PORT,
    token_file: Path | str | None = None,
    sock: socket.socket | None = None,
    started: Callable[[str], None] | None = None,
    **settings: Any,
) -> None:
    """
    Serve a folder until SIGINT or SIGTERM; requests that run then are finished.

    Parameters
    ----------
    data_dir
        The server's folder; only one server at a time may have it.
    host, port
        Where to listen; the default is this machine alone.
    token_file
        See :func:`prepare`.
    sock
        A socket that listens already, instead of host and port.
    started
        Called with the server's URL as soon as requests are taken.
    settings
        Fields of :class:`~scenebox_ros.server.settings.ServerSettings`.

    Raises
    ------
    StorageError
        If another server has the folder, or it cannot be used.
    SettingsError
        If nothing can listen at this host and port.

    """
    import uvicorn

    # Documents are many small objects that live long: looking for cycles less often is quicker.
    gc.set_threshold(20_000, 20, 50)
    # A thread whose bytes are on disk need not wait long for one that computes.
    sys.setswitchinterval(0.001)
    with FolderLock(Path(data_dir)), sock or bind(host, port) as listener:
        app = prepare(data_dir, token_file, **settings)
        try:
            # Not before: whoever connects may count on the token's file.
            listener.listen(BACKLOG)
            server = uvicorn.Server(config(app, host, port))
            with _calm_signals(server):
                if started is not None:
                    started(_url(listener))
                server.run(sockets=[listener])
        finally:
            app.core.close()


def bind(host: str = HOST, port: int = PORT) -> socket.socket:
    """
    Take a port, without listening yet; 0 takes a free one.

    Raises
    ------
    SettingsError
        If the port is not free, or the host is not one of this machine.

    """
    listener = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
    # A port is free although connections of the last server have not timed out yet.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, 'strerror', None) or error
        raise SettingsError(
            f'cannot listen at {host}, port {port}: {reason}; choose another port or host'
        ) from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'


def config(app: App, host: str = HOST, port: int = PORT) -> Any:
    """Give the settings of the web server that this application wants."""
    import uvicorn

    try:
        from scenebox_ros.server.heads import HeadLimits
    except ImportError:
        # Without httptools uvicorn has a parser with a limit of its own, but waits for ever.
        http: Any = 'auto'
    else:
        http = HeadLimits
    return uvicorn.Config(
        app,
        http=http,
        host=host,
        port=port,
        lifespan='on',
        access_log=False,  # ours has request ids, and never a token
        log_config=None,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        ws='none',
        limit_concurrency=2000,
    )


@contextmanager
def _calm_signals(server: Any) -> Iterator[None]:
    """
    Let the web server stop at SIGINT and SIGTERM, and then end like any function.

    It raises the signal again when it has stopped, which would end the process before the store
    is closed. A signal that comes before it listens for signals makes it stop, too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
