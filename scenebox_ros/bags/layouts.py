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

"""Where each file of an export goes: by sensor and stamp, or numbered as KITTI does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import nan
from typing import Any, Literal, Protocol

from scenebox_ros import stamps
from scenebox_ros.bags.folder import Folder, safe_name
from scenebox_ros.bags.tables import Point, Way
from scenebox_ros.capture.about import calibration_topic
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.records import Record

LayoutName = Literal['plain', 'kitti']
SUFFIXES = {
    'image/jpeg': '.jpg', 'image/png': '.png', 'image/tiff': '.tif', 'video/mp4': '.mp4',
    'application/octet-stream': '.pcd',
}
_NUMBERED = {'images': 'image_{:02d}', 'lidars': 'velodyne_points', 'videos': 'video_{:02d}'}


class Layout(Protocol):
    """Places files."""

    def put(self, folder: Folder, record: Record) -> str:
        """Write an asset's file; give its name."""

    def close(self, folder: Folder, way: Way, about: Mapping[str, Any]) -> None:
        """Write what belongs to all of them."""


def layout_named(name: str) -> Layout:
    """
    Make a layout.

    Raises
    ------
    SettingsError
        If there is none of this name.

    """
    if name not in ('plain', 'kitti'):
        raise SettingsError(f'layout {name!r} is not known; choose plain or kitti')
    return Kitti() if name == 'kitti' else Plain()


def sensor_of(record: Record) -> str:
    """Name the sensor of an asset."""
    return safe_name(str(record.document.get('sensor') or record.stream))


class Plain:
    """``images/<sensor>/<stamp_ns>.jpg``, and so on: sorted by name is sorted by time."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def put(self, folder: Folder, record: Record) -> str:
        """Write an asset's file; of two with one stamp, the second is marked with its hash."""
        stem = f'{record.kind}/{sensor_of(record)}/{record.stamp_ns}'
        suffix = _suffix(record)
        if self._taken.setdefault(stem, record.id) != record.id:
            stem = f'{stem}_{record.sha256[:8]}'
        folder.put(record.kind, stem + suffix, record.body, record.sha256)
        return stem + suffix

    def close(self, folder: Folder, way: Way, about: Mapping[str, Any]) -> None:
        """Everything is there already."""


class Kitti:
    """
    As KITTI's raw data: numbered files in a folder for each sensor, with ``timestamps.txt``.

    Cameras are ``image_00`` and so on, in the order in which they begin; ``sensors.txt`` says
    which is which. Clouds are ``.bin`` files of x, y, z and intensity as float32.
    """

    def __init__(self) -> None:
        self._folders: dict[tuple[str, str], str] = {}
        self._times: dict[str, list[int]] = {}
        self._topics: dict[str, str] = {}

    def put(self, folder: Folder, record: Record) -> str:
        """Write an asset's file under the next number of its sensor."""
        place = self._folder_of(record.kind, sensor_of(record))
        self._topics.setdefault(place, record.stream)
        times = self._times.setdefault(place, [])
        stem = f'{place}/data/{len(times):010d}'
        times.append(record.stamp_ns)
        if record.kind == 'lidars':
            folder.put(record.kind, f'{stem}.bin', _as_bin(record))
            return f'{stem}.bin'
        name = stem + _suffix(record)
        folder.put(record.kind, name, record.body, record.sha256)
        return name

    def close(self, folder: Folder, way: Way, about: Mapping[str, Any]) -> None:
        """Write the times, the positions, the calibrations, and which sensor is where."""
        for place, times in self._times.items():
            _put_text(folder, f'{place}/timestamps.txt', map(_time, times))
        for index, (_, points) in enumerate(way):
            place = 'oxts' if not index else f'oxts_{index:02d}'
            for number, point in enumerate(points):
                _put_text(folder, f'{place}/data/{number:010d}.txt', [_oxts(point)])
            _put_text(folder, f'{place}/timestamps.txt', [
                _time(stamps.from_datetime(datetime.fromisoformat(point.when)))
                for point in points])
        _put_text(folder, 'sensors.txt', [
            f'{place} {sensor}' for (_, sensor), place in self._folders.items()])
        calibrations = about.get('metadata', {}).get('calibrations', {})
        if calibrations:
            _put_text(folder, 'calib_cam_to_cam.txt', [
                line for number, topic in self._cameras(calibrations)
                for line in _calibration(number, topic, calibrations[topic])])

    def _cameras(self, calibrations: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        """Give each calibration the number of its camera; those of no camera follow."""
        places = [place for (kind, _), place in self._folders.items() if kind == 'images']
        used = set()
        for number, place in enumerate(places):
            topic = calibration_topic(self._topics[place], calibrations)
            if topic:
                used.add(topic)
                yield number, topic
        yield from enumerate((topic for topic in calibrations if topic not in used), len(places))

    def _folder_of(self, kind: str, sensor: str) -> str:
        if (kind, sensor) not in self._folders:
            count = sum(known == kind for known, _ in self._folders)
            name = _NUMBERED[kind].format(count)
            is_taken = name in self._folders.values()
            self._folders[kind, sensor] = f'{name}_{count:02d}' if is_taken else name
        return self._folders[kind, sensor]


def _suffix(record: Record) -> str:
    is_bare = record.kind == 'lidars' and record.document.get('format') != 'pcd'
    return '.bin' if is_bare else SUFFIXES.get(record.content_type, '')


def _as_bin(record: Record) -> bytes:
    """Turn a cloud into KITTI's four floats a point; without intensity it is 0."""
    import numpy as np

    said = record.document
    if said.get('format') == 'pcd':
        from scenebox_ros.codecs.pcd import decode_pcd

        points: Any = decode_pcd(bytes(record.body)).reshape(-1)
        columns = {name: points[name] for name in points.dtype.names or ()}
    elif said.get('format') == 'numpy':
        from scenebox_ros.codecs.lidar_formats import decode_numpy

        columns = dict(zip(
            said['fields'], decode_numpy(record.body, said['num_fields']).T, strict=True))
    else:
        from scenebox_ros.codecs.lidar_formats import BINARY_FIELDS, decode_binary

        points = decode_binary(record.body, said['binary_format'])
        columns = {name: points[name] for name in BINARY_FIELDS}
    four = np.zeros((said['num_points'], 4), '<f4')
    for place, name in enumerate(('x', 'y', 'z', 'intensity')):
        if name in columns:
            four[:, place] = columns[name]
    return four.tobytes()


def _time(stamp_ns: int) -> str:
    seconds, rest = divmod(stamp_ns, stamps.NS_PER_S)
    return f'{stamps.to_datetime(seconds * stamps.NS_PER_S):%Y-%m-%d %H:%M:%S}.{rest:09d}'


def _oxts(point: Point) -> str:
    """
    Write KITTI's thirty values; of them, a fix knows the first two or three.

    The last five are whole numbers for those who read them: -1 is unknown.
    """
    altitude_m = nan if point.altitude_m is None else point.altitude_m
    return ' '.join([repr(point.lat), repr(point.lon), repr(altitude_m), *['nan'] * 22,
                     *['-1'] * 5])


def _calibration(number: int, topic: str, said: Mapping[str, Any]) -> list[str]:
    def values(name: str) -> str:
        return ' '.join(f'{nan if value is None else value:.6e}' for value in said[name])

    # Names and values only: those who read the file expect a colon in every line.
    return [
        f'topic_{number:02d}: {topic}', f'S_{number:02d}: {said["width"]} {said["height"]}',
        f'K_{number:02d}: {values("k")}', f'D_{number:02d}: {values("d")}',
        f'R_rect_{number:02d}: {values("r")}', f'P_rect_{number:02d}: {values("p")}',
    ]


def _put_text(folder: Folder, name: str, lines: Any) -> None:
    folder.put('texts', name, ''.join(f'{line}\n' for line in lines).encode())
