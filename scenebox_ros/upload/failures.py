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

"""What a failure means: try later, get a token, or set the entry aside."""

from __future__ import annotations

from typing import Literal

from scenebox_ros.errors import (
    ConnectionFailedError,
    InvalidAuthorization,
    RequestTimeoutError,
    ResponseError,
    SceneBoxError,
)

Meaning = Literal['later', 'token', 'poison']
# Busy, restarting, out of space: the same request may work later.
PASSING = frozenset({408, 409, 423, 425, 429, 500, 502, 503, 504, 507, 509})


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
        ``poison``: the server, or the client before it, will never take this as it is.

    """
    status = getattr(error, 'status', None)
    if isinstance(error, InvalidAuthorization) or status in (401, 403):
        return 'token'
    if isinstance(error, (ConnectionFailedError, RequestTimeoutError)) or status in PASSING:
        return 'later'
    if isinstance(error, ResponseError) and status is None:
        # No answer that could be understood: a proxy's login page, a cut-off body.
        return 'later'
    if isinstance(error, SceneBoxError):
        return 'poison'
    return 'later' if isinstance(error, OSError) else 'poison'


def is_servers(error: Exception) -> bool:
    """Say whether the server failed at this request, which may be the request's own fault."""
    return getattr(error, 'status', None) in (409, 500)
