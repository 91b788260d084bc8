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
from datetime import date
import json
from math import inf, isfinite
from typing import Any, get_args, Literal

from scenebox_ros.errors import SettingsError

Role = Literal['image', 'lidar', 'fix', 'scalar', 'calibration', 'transform', 'skip']
StampPolicy = Literal['header', 'receive']
ImageFormat = Literal['source', 'jpeg', 'png']
VideoFormat = Literal['h264', 'mjpeg']
LidarFormat = Literal['binary', 'binary_compressed', 'ascii', 'numpy', 'packets']
_CHOICES: Mapping[str, tuple[str, ...]] = {
    'role': get_args(Role),
    'image_format': get_args(ImageFormat),
    'video_format': get_args(VideoFormat),
    'lidar_format': get_args(LidarFormat),
    'stamps': get_args(StampPolicy),
}
# Least and greatest value, both included.
_RANGES: Mapping[str, tuple[float, float]] = {
    'jpeg_quality': (1, 100),
    'video_quality': (0, 51),
    'max_side': (0, 65535),
    'every_nth': (1, inf),
    'every_nth_point': (1, inf),
    'max_rate_hz': (0, inf),
    'min_distance_m': (0, inf),
    'min_range_m': (0, inf),
    'max_range_m': (0, inf),
    'voxel_m': (0, inf),
    'max_clock_offset_s': (0, inf),
    'preview_every_s': (0, inf),
    'preview_max_side': (1, 65535),
    'snapshot_every_s': (0, inf),
    'snapshot_tolerance_s': (0, inf),
}
_WHOLE = ('jpeg_quality', 'video_quality', 'max_side', 'every_nth', 'every_nth_point',
          'preview_max_side')
_SWITCHES = ('is_recorded', 'images', 'video', 'rectify', 'on_change', 'drop_nan', 'keep_padding')


@dataclass(frozen=True)
class StreamSettings:
    """
    What becomes of one topic.

    Attributes
    ----------
    role
        Which kind of asset or entity its readings become; ``skip`` leaves the topic out.
    is_recorded
        False uses fixes for geotags alone: another process records them.
    sensor
        The platform's name of the sensor; empty: made of the topic.
    images, video
        Keep single frames, cut a video, or both.
    image_format
        ``source`` passes JPEG and PNG through as they came and encodes raw frames as JPEG (depth
        and 16-bit ones as PNG, numbers that are no picture as TIFF).
    max_side
        Shrink images and videos to this many pixels at the longer side; 0 keeps their size.
    rectify
        Remove the lens's distortion, as the camera's ``camera_info`` topic describes it.
    video_format
        ``h264`` encodes; ``mjpeg`` copies JPEG images into the video as they came.
    video_quality
        Constant rate factor of H.264: 0 is without loss, 23 good, 51 least.
    lidar_format
        PCD data: ``binary``, ``binary_compressed`` or ``ascii``; or the platform's other formats:
        ``numpy`` (rows of floats) and ``packets`` (x, y, z, intensity, epoch).
    fields
        Which quantities of a message are kept, by path: ``angular_velocity`` takes all below it.
        Of a cloud: which fields. Empty keeps all.
    datum
        Latitude and longitude of where a pose's frame has its origin; then, if known, its
        altitude in metres and the heading of its x axis (degrees from east towards north).
    drop_nan, min_range_m, max_range_m, every_nth_point, voxel_m
        Points that a cloud leaves out (see ``codecs.thin``); 0 and 1 leave none out.
    keep_padding
        Keep the gaps between a cloud's fields as they lie in the message.
    deskew_to
        A frame that does not move (``odom``): points are moved to where the sensor would have
        seen them at the stamp, by the transforms to that frame; empty leaves them.
    every_nth, max_rate_hz, min_distance_m
        Sampling: every n-th frame, at most f Hz, every d metres of the track; 1, 0, 0 keep all.
    on_change
        Keep only what differs from the one before: values, fixes and frames.
    preview_every_s, preview_max_side
        Besides, a small JPEG of an image every so often, which is uploaded before the images are;
        0 makes none.
    snapshot_every_s
        Keep, as images and clouds, only the frame nearest to each multiple of this: sensors with
        the same period give snapshots of common moments. 0 keeps all frames.
    snapshot_tolerance_s
        How far from the moment the frame of a snapshot may be.
    stamps
        Whose time counts: the sensor's (``header``) or the moment of arrival (``receive``).
    max_clock_offset_s
        A stamp further than this from the arrival is not believed, and the arrival counts; 0
        believes every stamp.
    priority
        Higher uploads first and is shed last.

    """

    role: Role = 'skip'
    is_recorded: bool = True
    sensor: str = ''
    images: bool = True
    video: bool = False
    image_format: ImageFormat = 'source'
    jpeg_quality: int = 90
    max_side: int = 0
    rectify: bool = False
    video_format: VideoFormat = 'h264'
    video_quality: int = 23
    lidar_format: LidarFormat = 'binary'
    fields: tuple[str, ...] = ()
    datum: tuple[float, ...] = ()
    every_nth: int = 1
    max_rate_hz: float = 0.0
    min_distance_m: float = 0.0
    on_change: bool = False
    preview_every_s: float = 0.0
    preview_max_side: int = 320
    snapshot_every_s: float = 0.0
    snapshot_tolerance_s: float = 0.05
    drop_nan: bool = False
    min_range_m: float = 0.0
    max_range_m: float = 0.0
    every_nth_point: int = 1
    voxel_m: float = 0.0
    keep_padding: bool = False
    deskew_to: str = ''
    stamps: StampPolicy = 'header'
    max_clock_offset_s: float = 86_400.0
    priority: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the setting and its value."""
        if not isinstance(self.sensor, str):
            raise SettingsError(f'sensor is {self.sensor!r}; write a name, like "front"')
        object.__setattr__(self, 'fields', _words('fields', self.fields, '[pose.position, speed]'))
        if not isinstance(self.datum or (), (list, tuple)):
            raise SettingsError(f'datum is {self.datum!r}; write latitude and longitude in a list')
        object.__setattr__(self, 'datum', tuple(self.datum or ()))
        for name, words in _CHOICES.items():
            if getattr(self, name) not in words:
                raise SettingsError(
                    f'{name} is {getattr(self, name)!r}; choose one of {", ".join(words)}')
        for name, limits in _RANGES.items():
            _check_range(name, getattr(self, name), *limits)
        for name in _WHOLE:
            number = getattr(self, name)
            if number % 1:
                raise SettingsError(f'{name} is {number!r}; choose a whole number')
            object.__setattr__(self, name, int(number))  # YAML may have 2.0
        for name in _SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise SettingsError(f'{name} is {getattr(self, name)!r}; choose true or false')
        if self.max_range_m and self.max_range_m < self.min_range_m:
            raise SettingsError(
                f'min_range_m {self.min_range_m} is beyond max_range_m {self.max_range_m}')
        _check_datum(self.datum)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> StreamSettings:
        """Read settings from YAML's mapping; unknown names are refused with the known ones."""
        known = [entry.name for entry in fields(cls)]
        unknown = sorted(set(values) - set(known), key=str)
        if unknown:
            raise SettingsError(f'unknown setting {unknown[0]!r}; known are {", ".join(known)}')
        return cls(**values)


def _words(name: str, given: Any, example: str) -> tuple[str, ...]:
    """Read a list of words; YAML has lists, and a single word is no list at all."""
    words = (given,) if isinstance(given, str) and given else given or ()
    is_list = isinstance(words, (list, tuple))
    if not is_list or not all(isinstance(word, str) and word for word in words):
        raise SettingsError(f'{name} is {given!r}; write words, like {example}')
    return tuple(words)


def _json(metadata: Any) -> dict[str, Any]:
    """Make what YAML reads what JSON can say: dates are written out."""
    if not isinstance(metadata, Mapping):
        raise SettingsError(
            f'metadata is {metadata!r}; write names and values, like {{project: mine}}')
    try:
        text = json.dumps(dict(metadata), allow_nan=False, default=_date)
    except (TypeError, ValueError, RecursionError) as error:
        raise SettingsError(
            f'metadata is {metadata!r}, which is no JSON ({error}); write texts, numbers and '
            'lists of them') from None
    read: dict[str, Any] = json.loads(text)
    return read


def _date(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f'{value!r} is no text, number or list')


def _check_range(name: str, value: Any, low: float, high: float) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and isfinite(value) and low <= value <= high:
        return
    bounds = f'{low:g} to {high:g}' if isfinite(high) else f'{low:g} or more'
    raise SettingsError(f'{name} is {value!r}; choose {bounds}')


def _check_datum(datum: tuple[Any, ...]) -> None:
    if not datum:
        return
    are_numbers = all(
        isinstance(one, (int, float)) and not isinstance(one, bool) and isfinite(one)
        for one in datum)
    if not (are_numbers and 2 <= len(datum) <= 4 and abs(datum[0]) <= 90
            and abs(datum[1]) <= 180):
        raise SettingsError(
            f'datum is {list(datum)}; write latitude, longitude and, if known, altitude in metres '
            'and heading in degrees: [48.1, 11.5, 520, 0]')


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
    metadata
        Anything else about the session, kept with it and searchable.
    tags
        Words that the session is found by.

    """

    session_name: str
    streams: Mapping[str, StreamSettings] = field(default_factory=dict)
    resolution_s: float = 1.0
    video_segment_s: float = 60.0
    geotag_wait_s: float = 2.0
    max_fix_gap_s: float = 10.0
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the setting and its value."""
        for name in ('resolution_s', 'video_segment_s', 'geotag_wait_s', 'max_fix_gap_s'):
            _check_range(name, getattr(self, name), 0.0, inf)
        if isinstance(self.session_name, (list, Mapping)):
            raise SettingsError(f'session_name is {self.session_name!r}; write a name')
        object.__setattr__(self, 'metadata', _json(self.metadata))
        object.__setattr__(self, 'tags', _words('tags', self.tags, '[night, rain]'))
