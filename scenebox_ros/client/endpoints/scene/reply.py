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

"""Small helpers of the endpoints: read a key of an answer, leave out what is not given."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import ResponseError

Json = dict[str, Any]


def field(reply: Any, key: str, doing: str) -> Any:
    """Read a key that an answer must have."""
    if not isinstance(reply, dict) or key not in reply:
        raise ResponseError(
            f'could not {doing}: the answer has no {key!r}; check that the URL is a scene engine'
        )
    return reply[key]


def text(reply: Any, key: str, doing: str) -> str:
    """Read a text that an answer must have."""
    return str(field(reply, key, doing))


def optional(reply: Any, key: str) -> Any:
    """Read a key that an answer may have."""
    return reply.get(key) if isinstance(reply, dict) else None


def job_of(reply: Any) -> str:
    """Read the id of the job that was started; empty where there was nothing to do."""
    return str(optional(reply, 'job_id') or '')


def truthy(**fields: Any) -> Json:
    """Keep what is not empty, as the original sends it."""
    return {key: value for key, value in fields.items() if value}


def present(**fields: Any) -> Json:
    """Keep what is not None."""
    return {key: value for key, value in fields.items() if value is not None}
