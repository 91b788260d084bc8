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

"""Quantities by path: those of a message that the settings name, and only those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import re
from typing import Any

from scenebox_ros.decode.header import frame_id_of, stamp_of
from scenebox_ros.decode.sample import is_measured, SPECIAL
from scenebox_ros.decode.walk import is_array, Leaf, leaves, MAX_ARRAY, plain_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Reading, Sample

_STEP = re.compile(r'\.?([^.\[\]]+)|\[(\d+)\]')
_SHOWN = 12
# Their quantities have names of their own, and they leave out what was not measured.
_NAMED = frozenset(SPECIAL) - {'sensor_msgs/msg/Imu', 'sensor_msgs/msg/BatteryState'}


def selected(
    readings: Sequence[Reading], msg: Any, msgtype: str, paths: Sequence[str]
) -> list[Reading]:
    """
    Pick quantities out of a message.

    Parameters
    ----------
    readings
        What the message is decoded to without a selection.
    msg, msgtype
        The message, for what is not among them: covariances, elements of long arrays.
    paths
        ``angular_velocity.z``; ``angular_velocity`` takes all below it; ``ranges[180]``.

    Raises
    ------
    DecodeError
        If the message's type has nothing at a path.

    """
    picked: list[Reading] = []
    for path in paths:
        found: list[Reading] = [
            one for one in readings if isinstance(one, Sample) and is_below(one.name, path)]
        picked += found or _dug_out(msg, msgtype, path, readings)
    return picked


def is_below(name: str, path: str) -> bool:
    """Tell whether a quantity is the one at a path, or part of what is there."""
    return name == path or name.startswith((f'{path}.', f'{path}['))


def _dug_out(
    msg: Any, msgtype: str, path: str, readings: Sequence[Reading]
) -> Iterator[Sample]:
    value = _at(msg, path)
    if value is None:
        if msgtype in _NAMED:
            return
        known = [one.name for one in readings if isinstance(one, Sample)][:_SHOWN]
        raise DecodeError(
            f'{msgtype} has nothing at {path!r}; it has {", ".join(known) or "no quantities"}')
    if msgtype in SPECIAL and 'covariance' not in path:
        return
    if is_array(value) and len(value) > MAX_ARRAY and not isinstance(value, str):
        raise DecodeError(
            f'{path} of {msgtype} has {len(value)} elements, more than {MAX_ARRAY}; name those '
            f'you want: {path}[0]'
        )
    plain = plain_of(value)
    found = [(path, plain)] if plain is not None else _joined(path, value)
    for name, leaf in found:
        if is_measured(leaf):
            yield Sample(name, leaf, stamp_of(msg), frame_id_of(msg))


def _joined(path: str, value: Any) -> Iterator[tuple[str, Leaf]]:
    for below, leaf in leaves(value):
        yield f'{path}{below}' if below.startswith('[') else f'{path}.{below}', leaf


def _at(msg: Any, path: str) -> Any:
    """Follow a path; None where it leads nowhere. An array's index past its end is nothing yet."""
    at, value = 0, msg
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return None
        at = step.end()
        if step[2] is None:
            value = getattr(value, step[1], None)
        elif not hasattr(value, '__len__'):
            return None
        else:
            value = value[int(step[2])] if int(step[2]) < len(value) else ()
        if value is None or callable(value):
            return None
    return value
