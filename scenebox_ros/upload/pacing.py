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

"""A cap on bytes per second, and waits that grow."""

from __future__ import annotations

from collections.abc import Callable
import random
from threading import Event, Lock
import time

from scenebox_ros.errors import ConnectionFailedError

# What may go at once, in seconds of the rate: 3 % of the ten seconds in which the cap must hold.
BURST_S = 0.3
MIN_BURST_BYTES = 16 * 1024
# Without a cap, too, a request can be held between two pieces.
UNCAPPED_PIECE_BYTES = 256 * 1024
HELD_CHECK_S = 0.2


class StoppedError(ConnectionFailedError):
    """The uploader ends: what was being sent is still in the spool."""


class TokenBucket:
    """
    Hand out permission to send, at so many bytes a second.

    Threads: shared by all senders; whoever comes first waits first.

    Parameters
    ----------
    bytes_per_s
        The rate; 0 lets everything pass.
    monotonic, sleep
        The clock and the way to wait.

    """

    def __init__(
        self,
        bytes_per_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._rate = bytes_per_s
        self._stopped = Event()
        self._is_held = False
        self._monotonic = monotonic
        self._sleep = sleep or self._stopped.wait
        self._lock = Lock()
        self._tokens = 0.0
        self._filled_at = monotonic()

    @property
    def bytes_per_s(self) -> float:
        """Give the rate as it is now."""
        return self._rate

    def set_rate(self, bytes_per_s: float) -> None:
        """Change the rate; who waits already waits by the old one."""
        with self._lock:
            self._fill()
            self._rate = bytes_per_s
            self._tokens = min(self._tokens, 0.0)

    def hold(self, is_held: bool) -> None:
        """Let nothing more go, not even of requests that have begun; or let it go on."""
        self._is_held = is_held

    def begin(self) -> None:
        """Let requests ask, again after :meth:`stop`."""
        self._stopped.clear()

    def stop(self) -> None:
        """End all requests that still ask."""
        self._stopped.set()

    def piece_bytes(self) -> int:
        """Say in what pieces to ask, so that the cap holds over short times."""
        if not self._rate:
            return UNCAPPED_PIECE_BYTES
        return max(MIN_BURST_BYTES, int(self._rate * BURST_S / 4))

    def take(self, num_bytes: int) -> None:
        """
        Wait until so many bytes may be sent.

        Raises
        ------
        StoppedError
            If the uploader ends.

        """
        while self._is_held and not self._stopped.is_set():
            self._sleep(HELD_CHECK_S)
        with self._lock:
            self._fill()
            self._tokens -= num_bytes if self._rate else 0
            wait_s = -self._tokens / self._rate if self._rate else 0.0
        if wait_s > 0:
            self._sleep(wait_s)
        if self._stopped.is_set():
            raise StoppedError('the upload was told to stop; what it was sending is in the spool')

    def _fill(self) -> None:
        now = self._monotonic()
        burst = max(MIN_BURST_BYTES, self._rate * BURST_S)
        self._tokens = min(burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


class Backoff:
    """
    How long to wait after failures in a row: doubling, with jitter, up to a limit.

    Jitter keeps a fleet whose server comes back from arriving all at once.
    """

    def __init__(
        self, first_s: float, longest_s: float, random_: Callable[[], float] = random.random
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._random = random_
        self.failures = 0

    def succeeded(self) -> None:
        """Begin anew."""
        self.failures = 0

    def failed(self) -> float:
        """Count a failure; give the seconds to wait: between half and all of the step."""
        step = min(self._longest_s, self._first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return step * (0.5 + self._random() / 2)
