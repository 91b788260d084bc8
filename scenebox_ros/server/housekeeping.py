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
What is done every hour: garbage is swept, old uploads are forgotten.

One thread, made by :meth:`Housekeeper.start`, ended by :meth:`Housekeeper.close`.
"""

from __future__ import annotations

import logging
import threading

from scenebox_ros.server.core import Core
from scenebox_ros.server.store.multipart import Multipart
from scenebox_ros.server.store.sweep import sweep, Swept

log = logging.getLogger(__name__)
EVERY_S = 3600.0


class Housekeeper:
    """Keeps the store tidy while the server runs."""

    def __init__(self, core: Core, every_s: float = EVERY_S) -> None:
        self._core = core
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the first round is an hour away, so that a restart is quick."""
        self._thread = threading.Thread(target=self._run, name='housekeeper', daemon=True)
        self._thread.start()

    def tidy(self) -> Swept:
        """Do one round."""
        core = self._core
        Multipart(core.database, core.objects).sweep()
        return sweep(core.database, core.objects, core.settings.sweep_after_s)

    def close(self) -> None:
        """Stop; may be called twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30.0)

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self._round()

    def _round(self) -> None:
        try:
            swept = self.tidy()
        except Exception:
            # The next round may do better; serving goes on meanwhile.
            log.exception('sweeping failed')
        else:
            log.info('swept %d objects, %d blobs, %d segments: %d bytes',
                     swept.objects, swept.blobs, swept.segments, swept.freed_bytes)
