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

"""``uploader_node``: brings the spool to the server; the only node that needs the network."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event, Thread
import time
from typing import Any

from scenebox_ros.client import SceneEngineClient
from scenebox_ros.errors import ResponseError, SceneBoxError
from scenebox_ros.nodes.managed import ERROR, ManagedNode, OK, run, WARN
from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.spooling import open_spool, SPOOL, SPOOL_LIMITS
from scenebox_ros.stamps import NS_PER_S
from scenebox_ros.upload import ClientPlatform, Uploader, UploadSettings

BITS_PER_MBIT = 1_000_000
RETRY_S = 2.0

OPTIONS = (
    Option('server', 'http://127.0.0.1:8420', 'URL of the SceneBox server'),
    # The file's name only: a parameter can be read by every node.
    Option('token_file', '', 'file with the token; empty: the variable SCENEBOX_TOKEN'),
    Option('max_mbit_per_s', 0.0, 'cap on what goes to the network; 0: none', 0.0, 1e5, True),
    Option(
        'longest_wait_s', 300.0, 'after failures the wait doubles up to this; ~/flush ends it',
        1.0, 3600.0,
    ),
    Option('workers', 4, 'batches under way at once', 1, 64),
    SPOOL,
    *SPOOL_LIMITS,
)


class UploaderNode(ManagedNode):
    """
    Deliver what is in the spool, for as long as the node is active.

    Threads: one delivers and starts the workers of the uploader; the executor's only reports.
    """

    options = OPTIONS

    def __init__(self) -> None:
        self._stopping = Event()
        self._thread: Thread | None = None
        self._uploader: Uploader | None = None
        self._spool: Any = None
        self._failure = ''
        super().__init__('uploader_node')

    def begin(self) -> None:
        """Open the spool."""
        self._spool = open_spool(self.values)

    def resume(self) -> None:
        """Start delivering."""
        self._stopping.clear()
        self._thread = Thread(target=self._deliver, name='scenebox-upload')
        self._thread.start()

    def pause(self) -> None:
        """Finish the batches under way and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def flush(self) -> None:
        """Try at once, without waiting out a back-off."""
        if self._uploader is not None:
            self._uploader.resume()

    def change(self, values: dict[str, Any]) -> None:
        """Use another cap at once."""
        if self._uploader is not None and 'max_mbit_per_s' in values:
            self._uploader.set_rate(values['max_mbit_per_s'] * BITS_PER_MBIT / 8)

    def finish(self) -> None:
        """Stop and close the spool."""
        self.pause()
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def _deliver(self) -> None:
        while not self._stopping.is_set():
            self._deliver_once()

    def _deliver_once(self) -> None:
        settings = UploadSettings(
            workers=self.values['workers'],
            max_bytes_per_s=self.values['max_mbit_per_s'] * BITS_PER_MBIT / 8,
            longest_wait_s=self.values['longest_wait_s'],
        )
        try:
            with self._connect() as client:
                platform = ClientPlatform(client, self._read_token)
                self._uploader = Uploader(self._spool, platform, settings)
                self._failure = ''
                self._uploader.run(self._stopping)
        except SceneBoxError as error:
            # No network, no token yet: the spool keeps everything until there is.
            self._failure = str(error)
            self.get_logger().warning(str(error), throttle_duration_sec=60.0)
            self._stopping.wait(RETRY_S)

    def _connect(self) -> SceneEngineClient:
        token = self._read_token()
        if token is None:
            raise ResponseError(
                'no token; set token_file to a file with it, or the variable SCENEBOX_TOKEN'
            )
        return SceneEngineClient(auth_token=token, scene_engine_url=self.values['server'])

    def _read_token(self) -> str | None:
        named = self.values['token_file']
        if not named:
            return os.environ.get('SCENEBOX_TOKEN', '').strip() or None
        try:
            return Path(named).expanduser().read_text().strip() or None
        except OSError:
            return None

    def health(self) -> tuple[bytes, str, dict[str, object]]:
        """Tell what waits, what was delivered, and why nothing moves."""
        if self._spool is None:
            return OK, 'not configured', {}
        stat = self._spool.stat()
        details: dict[str, object] = {
            'waiting_entries': stat.total.entries,
            'waiting_bytes': stat.total.bytes,
            'oldest_age_s': round(stat.oldest_age_s, 1),
            'shed': stat.total.shed,
            'refused': stat.total.refused,
            'set_aside': stat.total.aside,
            'free_bytes': stat.free_bytes,
        }
        if self._uploader is None or self._failure:
            return WARN, self._failure or 'connecting', details
        status = self._uploader.status()
        details['state'] = status.state
        details['delivered'] = sum(status.report.stored.values())
        details['entities'] = status.report.entities
        if status.last_success_ns:
            details['last_success_s_ago'] = (time.time_ns() - status.last_success_ns) // NS_PER_S
        if status.state == 'no token':
            return ERROR, 'the server refuses the token; put a new one in place', details
        if status.state == 'waiting':
            return WARN, status.report.last_error, details
        return OK, status.state, details


def main() -> int:
    """Run the node."""
    return run(UploaderNode)
