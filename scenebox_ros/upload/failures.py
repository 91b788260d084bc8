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

"""What a failure means: try later, get a token, suspect the entry, or set it aside."""

from __future__ import annotations

from typing import Literal

from scenebox_ros.errors import (
    ConnectionFailedError,
    InvalidAuthorization,
    RequestTimeoutError,
    ResponseError,
    SceneBoxError,
)

Meaning = Literal['later', 'token', 'doubt', 'poison']
# Busy, restarting, out of space: the same request may work later.
PASSING = frozenset({408, 423, 425, 429, 502, 503, 504, 507, 509})
# The request itself was read and refused; it will be again.
REFUSED = frozenset({400, 413, 414, 415, 422, 431})


def meaning(error: Exception) -> Meaning:
    """
    Judge a failure.

    Parameters
    ----------
    error
        What sending raised.

    Returns
    -------
    str
        ``later``: nobody's fault, the same may work later. ``token``: a valid token is needed.
        ``doubt``: the fault may be the server's or the entry's; it is the entry's if others get
        through. ``poison``: the server, or the client before it, will never take this as it is.

    """
    status = getattr(error, 'status', None)
    if isinstance(error, InvalidAuthorization) or status in (401, 403):
        return 'token'
    if isinstance(error, (ConnectionFailedError, RequestTimeoutError)) or status in PASSING:
        return 'later'
    if isinstance(error, ResponseError):
        # No status: no answer that could be understood, such as a proxy's login page.
        return 'later' if status is None else 'poison' if status in REFUSED else 'doubt'
    if isinstance(error, OSError) and not isinstance(error, SceneBoxError):
        return 'later'
    return 'poison'
