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

"""What the verbs show: a bar on a terminal, lines elsewhere, JSON for machines."""

from __future__ import annotations

import json
import os
from pathlib import Path
import sys
from threading import Lock
import time
from types import TracebackType
from typing import Any, TYPE_CHECKING

if TYPE_CHECKING:
    from scenebox_ros.bags import Progress
    from scenebox_ros.upload import UploadReport

LINE_PERIOD_S = 5.0
# A bar that has not moved for this long shows what the network has left to do.
STALE_S = 1.0
SILENT_S = 15.0


def say(text: str = '') -> None:
    """Write a line for a person."""
    sys.stdout.write(f'{text}\n')
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """Write one JSON value as one line."""
    say(json.dumps(value, default=str))


def size(num_bytes: float) -> str:
    """Write a number of bytes as people read it: ``12.3 MB``."""
    for unit in ('B', 'kB', 'MB', 'GB'):
        if num_bytes < 1000:
            return f'{num_bytes:.0f} {unit}' if unit == 'B' else f'{num_bytes:.1f} {unit}'
        num_bytes /= 1000
    return f'{num_bytes:.1f} TB'


class ReadingBar:
    """
    How far the reading of recordings is.

    Parameters
    ----------
    as_json
        Write JSON events to stdout instead of a bar to stderr.

    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._path: Path | None = None
        self._bar: Any = None
        self._told = time.monotonic()
        self._lock = Lock()

    def __enter__(self) -> ReadingBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, path: Path, progress: Progress) -> None:
        """Show the state of one recording."""
        if self._as_json:
            self._line(lambda: say_json({
                'event': 'progress', 'recording': str(path), 'messages': progress.messages,
                'total': progress.total_messages, 'bytes': progress.num_bytes,
                'bytes_per_s': progress.bytes_per_s, 'eta_s': progress.eta_s,
            }))
        elif sys.stderr.isatty():
            self._draw(path, progress)
        else:
            self._line(lambda: sys.stderr.write(
                f'{path.name}: {progress.messages} of {progress.total_messages} messages, '
                f'{size(progress.num_bytes)}, {size(progress.bytes_per_s)}/s{_to_go(progress)}\n'
            ))

    def sending(self, num_bytes: int, report: UploadReport, silent_s: float = 0.0) -> None:
        """Show what is still to be sent, where nothing else was shown for a while."""
        silence = ('' if silent_s < SILENT_S else
                   f'; the server has acknowledged nothing for {silent_s:.0f} s')
        if self._as_json:
            self._line(lambda: say_json({
                'event': 'sending', 'bytes_left': num_bytes, 'bytes_sent': report.body_bytes,
                'stored': report.stored, 'silent_s': round(silent_s),
            }))
        elif sys.stderr.isatty():
            if self._bar is not None and time.monotonic() - self._told > STALE_S:
                self._bar.set_postfix_str(f'{size(num_bytes)} to send{silence}')
        else:
            self._line(lambda: sys.stderr.write(
                f'sent {size(report.body_bytes)}, {size(num_bytes)} of what was read to go'
                f'{silence}\n'))

    def _line(self, write: Any) -> None:
        # The first line comes once there is a rate.
        with self._lock:
            if time.monotonic() - self._told > LINE_PERIOD_S:
                self._told = time.monotonic()
                write()

    def _draw(self, path: Path, progress: Progress) -> None:
        from tqdm import tqdm

        self._told = time.monotonic()
        if path != self._path:
            if self._bar is not None:
                self._bar.close()
            self._path = path
            self._bar = tqdm(
                total=progress.total_messages, desc=path.name, unit=' msg', leave=False,
                **_known_size(),
            )
        self._bar.update(progress.messages - self._bar.n)
        self._bar.set_postfix_str(
            f'{size(progress.num_bytes)}, {size(progress.bytes_per_s)}/s')


def _known_size() -> dict[str, Any]:
    """Give a size for a terminal that does not know its own: tqdm would draw nothing there."""
    try:
        is_known = all(os.get_terminal_size(sys.stderr.fileno()))
    except OSError:
        is_known = False
    return {} if is_known else {'ncols': 80, 'nrows': 24}


def _to_go(progress: Progress) -> str:
    if progress.eta_s is None:
        return ''
    minutes, seconds = divmod(round(progress.eta_s), 60)
    return f', {minutes}:{seconds:02d} to go'
