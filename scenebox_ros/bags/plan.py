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

"""The plan: which topic becomes what, decided by type, unless the user says otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
import re
from typing import Any

from scenebox_ros.bags.bag import Bag, TopicInfo
from scenebox_ros.bags.overrides import Overrides
from scenebox_ros.decode import can_decode, full_name, POSES, refusal
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import CaptureSettings, Role, StreamSettings

# Words at a topic's end that say what is in it and not which sensor it comes from.
_GENERIC = frozenset([
    'camera_info', 'cloud', 'compressed', 'compressedDepth', 'data', 'ffmpeg', 'fix', 'h264',
    'image', 'image_color', 'image_raw', 'image_rect', 'image_rect_color', 'image_rect_raw',
    'navsat', 'packet', 'packets', 'point_cloud', 'pointcloud', 'points', 'points_raw', 'raw',
    'scan', 'theora', 'velodyne_points',
])
# What a role can be changed to.
_OWN = re.compile(
    r'(^|/)scenebox/(session|trigger)$|'
    r'/(session|camera|lidar|gps|uploader|bag_upload)_node/(status|mark)$')
_OTHERS: Mapping[str, tuple[str, ...]] = {
    role: (role, 'scalar', 'skip')
    for role in ('image', 'lidar', 'fix', 'calibration', 'transform')
}
_OF_POSES = ('scalar', 'fix', 'transform', 'skip')


@dataclass(frozen=True)
class PlannedStream:
    """One topic, what becomes of it, why it is skipped if it is, and whether the user named it."""

    info: TopicInfo
    settings: StreamSettings
    reason: str = ''
    is_named: bool = False


def plan(
    bag: Bag, session_name: str, overrides: Overrides | None = None
) -> CaptureSettings:
    """
    Decide what becomes of a bag's topics.

    Parameters
    ----------
    bag
        An open bag.
    session_name
        The platform's name of the session; overrides may name another one.
    overrides
        What the user says; see :class:`Overrides`.

    Returns
    -------
    CaptureSettings
        A stream for every topic, skipped ones too.

    Raises
    ------
    SettingsError
        If an override asks for a role that a type cannot have.

    """
    overrides = overrides or Overrides()
    streams = {row.info.topic: row.settings for row in reversed(plan_rows(bag.topics, overrides))}
    session: dict[str, Any] = {'session_name': session_name, **overrides.session}
    return CaptureSettings(**session, streams=dict(sorted(streams.items())))


def plan_rows(topics: Iterable[TopicInfo], overrides: Overrides) -> list[PlannedStream]:
    """Plan every topic, with the reasons; those that are used first."""
    rows = named_apart([
        planned(info, overrides.of(info.topic)) for info in topics])
    return sorted(rows, key=lambda row: (row.settings.role == 'skip', row.info.topic))


def named_apart(rows: Iterable[PlannedStream]) -> list[PlannedStream]:
    """Give topics of one kind that would have one sensor's name their whole names."""
    rows = list(rows)
    counts = Counter((row.settings.role, row.settings.sensor) for row in rows)
    return [
        row if counts[row.settings.role, row.settings.sensor] == 1 or row.settings.role == 'skip'
        or row.is_named
        else replace(row, settings=replace(row.settings, sensor=_whole_name(row.info.topic)))
        for row in rows
    ]


def planned(info: TopicInfo, said: Mapping[str, Any]) -> PlannedStream:
    """
    Plan one topic.

    Parameters
    ----------
    info
        The topic.
    said
        Fields of :class:`StreamSettings` that the user gives for it.

    Raises
    ------
    SettingsError
        If its type cannot have the role, or the settings do not go together.

    """
    default = None if is_own(info.topic, info.msgtype) else can_decode(info.msgtype)
    role = said.get('role', default or 'skip')
    reason = _why_skipped(info, default) if role == 'skip' and 'role' not in said else ''
    if role == 'skip' and 'role' in said:
        reason = 'left out by the settings'
    if role != 'skip' and (info.problem or refusal(info.msgtype)):
        role, reason = 'skip', info.problem or refusal(info.msgtype) or ''
    _check_role(info, default, role)
    base: dict[str, Any] = {'role': role, 'sensor': sensor_name(info.topic)}
    settings = StreamSettings.from_mapping({**base, **said, 'role': role})
    if role == 'fix' and default == 'scalar' and not settings.datum:
        raise SettingsError(
            f'{info.topic} ({info.msgtype}) has metres and no positions; give the datum of its '
            'frame: datum: [latitude, longitude]')
    return PlannedStream(info, settings, reason, bool(said.get('sensor')))


def _why_skipped(info: TopicInfo, default: Role | None) -> str:
    if info.problem:
        return info.problem
    if is_own(info.topic, info.msgtype):
        return 'the bridge says this about itself'
    if default is None:
        return refusal(info.msgtype) or (
            f'{info.msgtype} is no sensor data that is known; role: scalar takes its numbers')
    return ''


def _check_role(info: TopicInfo, default: Role | None, role: str) -> None:
    is_pose = full_name(info.msgtype) in POSES
    allowed = _OF_POSES if is_pose else _OTHERS.get(default or '', ('scalar', 'skip'))
    if role not in allowed:
        raise SettingsError(
            f'role {role!r} is not possible for {info.topic} ({info.msgtype}); choose '
            f'{" or ".join(allowed)}')


def is_own(topic: str, msgtype: str) -> bool:
    """Say whether our own nodes say something about themselves there: no sensor data."""
    return msgtype == 'std_msgs/msg/String' and _OWN.search(topic) is not None


def sensor_name(topic: str) -> str:
    """Name a sensor by its topic: ``/camera/front/image_raw`` is ``camera_front``."""
    parts = [part for part in topic.split('/') if part]
    kept = list(parts)
    while len(kept) > 1 and kept[-1] in _GENERIC:
        kept.pop()
    return '_'.join(kept) or 'sensor'


def _whole_name(topic: str) -> str:
    return '_'.join(part for part in topic.split('/') if part) or 'sensor'
