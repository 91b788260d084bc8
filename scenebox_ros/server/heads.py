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

"""
Limits of what comes before there is a request: nobody is known yet, so nobody may take much.

The web server itself waits for ever for the rest of a head, and keeps as much of it as is sent.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024
HEAD_TIMEOUT_S = 30.0


class HeadLimits(HttpToolsProtocol):
    """A connection that is closed if a request's head is too long, or too long on its way."""

    _timer: asyncio.TimerHandle | None = None
    _arrived = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; of a head that is not complete yet, no more than a limit."""
        super().data_received(data)
        if self._timer is not None:
            self._arrived += len(data)
            if self._arrived > MAX_HEAD:
                self._refuse(f'The head of a request has at most {MAX_HEAD} bytes.')

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head, unless that began with the connection."""
        super().on_message_begin()
        if self._timer is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Stop waiting: from here on the request's own limits hold."""
        self._stop_waiting()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._arrived = 0
        self._timer = self.loop.call_later(HEAD_TIMEOUT_S, self._late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self._arrived:
            self._refuse(f'The head of a request takes at most {HEAD_TIMEOUT_S:g} s.')
        else:
            self._stop_waiting()
            self.transport.close()

    def _refuse(self, why: str) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.send_400_response(why)
