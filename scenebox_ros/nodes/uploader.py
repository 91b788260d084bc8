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
from scenebox_ros.errors import ResponseError, SceneBoxError, SettingsError
from scenebox_ros.model.plain import plural
from scenebox_ros.nodes.managed import ERROR, ManagedNode, OK, run, WARN
from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.spooling import open_spool, Shortage, SPOOL, SPOOL_LIMITS
from scenebox_ros.spool import Spool
from scenebox_ros.stamps import NS_PER_S
from scenebox_ros.upload import ClientPlatform, Uploader, UploadSettings
from scenebox_ros.upload.schedule import Caps, NO_LIMIT, read_windows
from scenebox_ros.upload.settings import server_url

BITS_PER_MBIT = 1_000_000
RETRY_S = 2.0
STOP_S = 8.0
CAP_PERIOD_S = 1.0
VARIABLE = 'SCENEBOX_TOKEN'

OPTIONS = (
    Option('server', 'http://127.0.0.1:8420', 'URL of the SceneBox server'),
    # The file's name only: a parameter can be read by every node.
    Option('token_file', '', 'file with the token; empty: the variable SCENEBOX_TOKEN'),
    Option('max_mbit_per_s', 0.0, 'cap on what goes to the network; 0: none', 0.0, 1e5, True),
    Option(
        'schedule', [], 'other caps by local time, like "22:00-06:00 50.0" or "08:00-18:00 off"',
        is_live=True,
    ),
    Option(
        'metered', False, 'the link is paid by volume; set it when the robot changes networks',
        is_live=True,
    ),
    Option(
        'metered_mbit_per_s', 0.0, 'cap on a metered link; 0: nothing is sent', 0.0, 1e5, True,
    ),
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
        self.is_stuck = False
        self._stopping = Event()
        self._thread: Thread | None = None
        self._uploader: Uploader | None = None
        self._failure = self._token_trouble = ''
        self._shortage = Shortage()
        self._applied: tuple[Uploader, float | None] | None = None
        super().__init__('uploader_node')

    def begin(self) -> None:
        """Open the spool."""
        server_url(self.values['server'])
        self._caps = _caps_of(self.values)
        self._spool = open_spool(self.values, self.resolve_topic_name)
        self.every(CAP_PERIOD_S, self._apply_cap)

    def resume(self) -> None:
        """Start delivering."""
        # One for each thread: a thread that is stuck must not go on with the next.
        self._stopping = Event()
        self._thread = Thread(
            target=self._deliver, args=(self._spool, self._stopping), name='scenebox-upload')
        self._thread.start()

    def pause(self) -> None:
        """Give the batches under way a few seconds and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_S)
            self.is_stuck = self._thread.is_alive()
            self._thread = None

    def flush(self) -> None:
        """Try at once, without waiting out a back-off; a cap that closes the link stays."""
        if self._applied is not None and self._applied[1] is None:
            raise SettingsError(
                'nothing is sent now, by schedule or because the link is metered; change those')
        if self._uploader is not None:
            self._uploader.resume()

    def change(self, values: dict[str, Any]) -> None:
        """Use other caps at once."""
        self._caps = _caps_of({**self.values, **values})
        self._apply_cap()

    def _apply_cap(self) -> None:
        now = time.localtime()
        cap = self._caps.at(now.tm_hour * 60 + now.tm_min)
        uploader = self._uploader
        if uploader is None or (uploader, cap) == self._applied:
            return
        self._applied = uploader, cap
        if cap is None:
            uploader.pause()
            return
        uploader.set_rate(cap * BITS_PER_MBIT / 8)
        uploader.resume()

    def finish(self) -> None:
        """Stop and close the spool."""
        self.pause()
        self._uploader = self._applied = None
        # A network that is silent keeps a thread for a minute, and with it the spool.
        spool, self._spool = self._spool, None
        if spool is not None and not self.is_stuck:
            spool.close()

    def _deliver(self, spool: Spool, stopping: Event) -> None:
        while not stopping.is_set():
            self._deliver_once(spool, stopping)
        if self._spool is not spool:
            spool.close()

    def _deliver_once(self, spool: Spool, stopping: Event) -> None:
        settings = UploadSettings(
            workers=self.values['workers'],
            longest_wait_s=self.values['longest_wait_s'],
        )
        try:
            with self._connect() as client:
                platform = ClientPlatform(client, self._read_token)
                self._uploader = Uploader(spool, platform, settings)
                self._failure = ''
                self._apply_cap()
                self._uploader.run(stopping)
        except (SceneBoxError, OSError) as error:
            # No network, no token yet: the spool keeps everything until there is.
            self._failure = str(error)
            self.get_logger().warning(str(error), throttle_duration_sec=60.0)
            stopping.wait(RETRY_S)

    def _connect(self) -> SceneEngineClient:
        token = self._read_token()
        if token is None:
            raise ResponseError(self._token_trouble)
        server = self.values['server']
        client = SceneEngineClient(auth_token=token, scene_engine_url=server)
        if not client.asset_manager_url:
            # Another one is made soon: this one remembers what it was told.
            client.close()
            raise ResponseError(f'{server} answers, but not as a SceneBox server; is it one, and '
                                'is there a login page in between?')
        return client

    def _read_token(self) -> str | None:
        named = self.values['token_file']
        token, trouble = '', 'set token_file to a file with it, or the variable SCENEBOX_TOKEN'
        try:
            token = Path(named).expanduser().read_text() if named else os.environ.get(VARIABLE, '')
            trouble = f'token_file {named} is empty' if named else trouble
        except (OSError, ValueError) as error:
            trouble = f'token_file {named} cannot be read ({_reason(error)})'
        self._token_trouble = '' if token.strip() else f'no token; {trouble}'
        return token.strip() or None

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
        shortage = self._shortage.in_words(stat.total)
        if not self.is_active:
            return OK, 'paused', details
        if self._uploader is None or self._failure:
            level = ERROR if self._token_trouble else WARN
            return level, self._failure or 'connecting', details
        status = self._uploader.status()
        details['state'] = status.state
        details['cap_mbit_per_s'] = self._cap_in_words()
        details['delivered'] = sum(status.report.stored.values())
        details['entities'] = status.report.entities
        if status.last_success_ns:
            details['last_success_s_ago'] = (time.time_ns() - status.last_success_ns) // NS_PER_S
        if status.state == 'no token':
            return ERROR, 'the server refuses the token; put a new one in place', details
        if status.state == 'waiting':
            return WARN, status.report.last_error, details
        if shortage:
            return WARN, shortage, details
        if stat.total.aside:
            return WARN, (f'set aside, not sent: {plural(stat.total.aside, "record")}; scenebox '
                          'spool ls --aside says why'), details
        return OK, status.state, details

    def _cap_in_words(self) -> str:
        cap = self._applied[1] if self._applied is not None else NO_LIMIT
        return 'nothing is sent' if cap is None else f'{cap:g}' if cap else 'none'


def _reason(error: Exception) -> str:
    return getattr(error, 'strerror', None) or 'it is no text'


def _caps_of(values: dict[str, Any]) -> Caps:
    return Caps(
        values['max_mbit_per_s'], read_windows(values['schedule']), values['metered'],
        values['metered_mbit_per_s'] or None,
    )


def main() -> int:
    """Run the node."""
    made: list[UploaderNode] = []

    def make() -> UploaderNode:
        made.append(UploaderNode())
        return made[-1]

    code = run(make)
    if made and made[-1].is_stuck:
        # Python would wait for the thread. All that it could still do is in the spool.
        os._exit(code)
    return code
