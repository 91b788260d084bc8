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

"""Names of a room that are imported when they are asked for, not when the room is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
import sys
from typing import Any


def late(room: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """
    Make a package's ``__getattr__`` (PEP 562).

    Parameters
    ----------
    room
        The package's name.
    homes
        Name by name the module that has it.

    """

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f'{room} has no {name!r}; it has {", ".join(sorted(homes))}')
        value = vars(sys.modules[room])[name] = getattr(import_module(home), name)
        return value

    return find
