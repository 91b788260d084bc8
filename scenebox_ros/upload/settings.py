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

"""How the spool is uploaded; one shape for the robot's YAML and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from urllib.parse import urlsplit

from scenebox_ros.errors import SettingsError


@dataclass(frozen=True)
class UploadSettings:
    """
    How the spool is uploaded.

    Attributes
    ----------
    workers
        Batches under way at once.
    batch_entries, batch_bytes
        The size of a batch; a worker holds one of them, or one larger entry, about three times.
    max_bytes_per_s
        Cap on what goes to the network; 0: none.
    first_wait_s, longest_wait_s
        After a failure the uploader waits, doubling from the first to the longest, with jitter.
    give_up_s
        How long :meth:`Uploader.drain` goes on without any success; :meth:`Uploader.run` never
        gives up.
    max_attempts
        An entry that fails alone this often, while others succeed, is set aside.
    finish_s
        How long batches that are under way may go on when the uploader is told to stop.
    idle_s
        How often an empty spool is looked at.
    continue_sessions
        Whether a session whose assets are on the server already is continued there.
    previews
        Whether the platform is asked for thumbnails and thinned clouds of new assets.

    """

    workers: int = 4
    batch_entries: int = 50
    batch_bytes: int = 16 * 1024 * 1024
    max_bytes_per_s: float = 0.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 300.0
    give_up_s: float = 60.0
    max_attempts: int = 5
    finish_s: float = 3.0
    idle_s: float = 0.5
    continue_sessions: bool = True
    previews: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the setting and its value."""
        for name in ('workers', 'batch_entries', 'batch_bytes', 'max_attempts'):
            if getattr(self, name) < 1:
                raise SettingsError(f'{name} is {getattr(self, name)}; choose 1 or more')
        for name in (
            'max_bytes_per_s', 'first_wait_s', 'longest_wait_s', 'give_up_s', 'finish_s', 'idle_s'
        ):
            if not 0 <= getattr(self, name) < inf:
                raise SettingsError(
                    f'{name} is {getattr(self, name)}; choose a number that is not negative')


def server_url(text: str) -> str:
    """
    Check a server's URL as an operator writes it.

    Raises
    ------
    SettingsError
        If it is none.

    """
    try:
        parts = urlsplit(text)
        is_url = parts.scheme in ('http', 'https') and parts.hostname and parts.port != 0
    except ValueError:  # a port, or an IPv6 address, that is none
        is_url = False
    if not is_url or text.split() != [text]:
        raise SettingsError(
            f'server {text!r} is not a URL; write it like http://192.168.1.5:8420 or '
            'https://scenebox.example'
        )
    return text
