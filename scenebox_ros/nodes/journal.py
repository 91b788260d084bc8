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

"""The session that is on, kept on disk so that a crash or a reboot continues it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
import json
import os
from pathlib import Path

FILE = 'session{}.json'


@dataclass(frozen=True)
class OpenSession:
    """
    A session that was begun and not yet ended.

    Attributes
    ----------
    key
        Its local key, unique on this machine.
    name
        What the platform calls it.
    start_ns, seen_ns
        When it began, and when it was last known to run.
    given_up
        What the spool had given up as it began, by what it counts and stream; None: not known.

    """

    key: str
    name: str
    start_ns: int
    seen_ns: int
    given_up: Mapping[str, Mapping[str, int]] | None = None


class Journal:
    """
    Remember the open session in a folder.

    Parameters
    ----------
    folder
        The spool's folder.
    namespace
        Whose session: vehicles that share a spool have one each.

    """

    def __init__(self, folder: Path, namespace: str = '/') -> None:
        self._path = folder / FILE.format(namespace.rstrip('/').replace('/', '.'))

    def read(self) -> OpenSession | None:
        """Give the session that was open when the last process ended; None if there was none."""
        try:
            return OpenSession(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, session: OpenSession) -> None:
        """Remember the session; on return it is on disk."""
        unfinished = self._path.with_suffix('.part')
        with unfinished.open('w') as file:
            json.dump(asdict(session), file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)

    def forget(self) -> None:
        """Forget the session: it has ended."""
        self._path.unlink(missing_ok=True)
