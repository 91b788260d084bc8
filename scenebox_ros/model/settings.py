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

"""What becomes of each topic; one shape for the robot's YAML, the command line and the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from scenebox_ros.errors import SettingsError

Role = Literal['image', 'lidar', 'fix', 'scalar', 'calibration', 'transform', 'skip']
StampPolicy = Literal['header', 'receive']


@dataclass(frozen=True)
class StreamSettings:
    """
    What becomes of one topic.

    Attributes
    ----------
    role
        Which kind of asset or entity its readings become; ``skip`` leaves the topic out.
    sensor
        The platform's name of the sensor; empty: made of the topic.
    images, video
        Keep single frames, cut a video, or both.
    image_format
        ``source`` passes JPEG and PNG through as they came and encodes raw frames as JPEG (depth
        and 16-bit ones as PNG).
    lidar_format
        PCD data: ``binary``, ``binary_compressed`` or ``ascii``.
    every_nth, max_rate_hz, min_distance_m
        Sampling: every n-th frame, at most f Hz, every d metres of the track; 1, 0, 0 keep all.
    on_change
        Keep only what differs from the one before: values, fixes and frames.
    stamps
        Whose time counts: the sensor's (``header``) or the moment of arrival (``receive``).
    priority
        Higher uploads first and is shed last.

    """

    role: Role = 'skip'
    sensor: str = ''
    images: bool = True
    video: bool = False
    image_format: Literal['source', 'jpeg', 'png'] = 'source'
    jpeg_quality: int = 90
    lidar_format: Literal['binary', 'binary_compressed', 'ascii'] = 'binary'
    every_nth: int = 1
    max_rate_hz: float = 0.0
    min_distance_m: float = 0.0
    on_change: bool = False
    drop_nan: bool = False
    stamps: StampPolicy = 'header'
    priority: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the setting and its value."""
        if not 1 <= self.jpeg_quality <= 100:
            raise SettingsError(f'jpeg_quality is {self.jpeg_quality}; choose 1 to 100')
        if self.every_nth < 1:
            raise SettingsError(f'every_nth is {self.every_nth}; choose 1 or more')
        if self.max_rate_hz < 0 or self.min_distance_m < 0:
            raise SettingsError('max_rate_hz and min_distance_m must not be negative; 0 keeps all')

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> StreamSettings:
        """Read settings from YAML's mapping; unknown names are refused with the known ones."""
        known = [entry.name for entry in fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise SettingsError(f'unknown setting {unknown[0]!r}; known are {", ".join(known)}')
        return cls(**values)


@dataclass(frozen=True)
class CaptureSettings:
    """
    How one session is captured.

    Attributes
    ----------
    session_name
        The platform's name of the session; also the prefix of its sets.
    streams
        Settings by topic. A topic that is not here is skipped.
    resolution_s
        Seconds between the points of the session's timeline.
    video_segment_s
        Videos are cut into segments of about this length, on multiples of it since the epoch.
    geotag_wait_s
        How long a frame waits for the next fix before it is tagged with the last one.

    """

    session_name: str
    streams: Mapping[str, StreamSettings] = field(default_factory=dict)
    resolution_s: float = 1.0
    video_segment_s: float = 60.0
    geotag_wait_s: float = 2.0
    max_fix_gap_s: float = 10.0
    metadata: Mapping[str, Any] = field(default_factory=dict)
