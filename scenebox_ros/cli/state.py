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

"""Where the command keeps what must survive it."""

from __future__ import annotations

from collections.abc import Iterable
import os
from pathlib import Path

from scenebox_ros import ids


def state_folder() -> Path:
    """Find the folder for state: ``$XDG_STATE_HOME/scenebox`` or ``~/.local/state/scenebox``."""
    home = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return Path(home) / 'scenebox'


def spool_for(server: str, paths: Iterable[Path]) -> Path:
    """
    Name the spool of an upload.

    The same recordings to the same server have the same spool, so that a second run continues;
    others have their own, so that several uploads can run beside each other.
    """
    what = ids.md5_of_json([server, sorted(str(path.resolve()) for path in paths)])
    return state_folder() / 'uploads' / what
