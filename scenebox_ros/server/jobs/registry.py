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

"""Which function does which kind of job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TYPE_CHECKING

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job  # noqa: F401

Handler = Callable[['Job'], Any]


@dataclass(frozen=True)
class Kind:
    """
    A kind of job.

    Attributes
    ----------
    handler
        Called in a thread; it may be called again after a restart, so doing it twice must end
        like doing it once.
    heavy
        It takes minutes: only a few of these run at a time, so that quick ones never wait long.
    priority
        Higher goes first.

    """

    handler: Handler
    heavy: bool = False
    priority: int = 0


KINDS: dict[str, Kind] = {}


def job(name: str, heavy: bool = False, priority: int = 0) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of a kind of job."""

    def register(handler: Handler) -> Handler:
        if name in KINDS:
            raise RuntimeError(f'two handlers want to do jobs of kind {name!r}')
        KINDS[name] = Kind(handler, heavy, priority)
        return handler

    return register
