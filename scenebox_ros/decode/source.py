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

"""What messages of every kind have: bytes, a stamp and a frame."""

from __future__ import annotations

from typing import Any

from scenebox_ros import stamps
from scenebox_ros.errors import DecodeError


def payload_of(data: Any) -> memoryview:
    """View a message's bytes, whatever holds them: bytes, array, numpy array, list."""
    try:
        view = memoryview(data)
        return view.cast('B') if view.c_contiguous else memoryview(view.tobytes())
    except TypeError:
        pass
    try:
        return memoryview(bytes(data))
    except (TypeError, ValueError) as error:
        raise DecodeError(f'data is a {type(data).__name__} and not bytes: {error}') from error


def header_of(msg: Any) -> tuple[int, str]:
    """Read stamp (ns) and frame, from a header or, as Foxglove has it, from beside the data."""
    header = getattr(msg, 'header', None)
    if header is not None:
        return stamps.from_ros(header.stamp), str(header.frame_id)
    return stamps.from_ros(msg.timestamp), str(getattr(msg, 'frame_id', ''))
