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

"""
Bag reading: messages and bytes per second, against read() and against rosbags, in the same run.

Run: python bench/bags.py [--rounds N] [--folder DIR]. It writes about 600 MB into a temporary
folder, takes under 30 s, and prints medians.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
import os
from pathlib import Path
import statistics
import tempfile
import time

import numpy as np

from scenebox_ros.bags import open_bag

START_NS = 1_700_000_000_000_000_000
NUM_IMAGES, NUM_SMALL = 60, 60_000
READ_BYTES = 1 << 20


def main() -> None:
    """Write the bags, measure in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--folder')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name, path in write_bags(Path(folder)).items():
            report(name, path, options.rounds)


def report(name: str, path: Path, rounds: int) -> None:
    """Measure one bag in every way, one after the other, and repeat."""
    ways: dict[str, Callable[[Path], tuple[int, int]]] = {
        'read()': read_file, 'ours raw': ours_raw, 'rosbags raw': rosbags_raw,
        'ours + deserialize': ours_read, 'rosbags + deserialize': rosbags_read,
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    amounts: dict[str, tuple[int, int]] = {}
    for _ in range(rounds):
        for way, run in ways.items():
            began = time.perf_counter()
            amounts[way] = run(path)
            seconds[way].append(time.perf_counter() - began)
    took = {way: statistics.median(values) for way, values in seconds.items()}
    print(f'{name}: {amounts["ours raw"][0]} messages, {amounts["ours raw"][1] / 1e6:.0f} MB')
    for way in ways:
        messages, num_bytes = amounts[way]
        print(f'  {way:24}{messages / took[way]:12,.0f} msg/s{num_bytes / took[way] / 1e6:10,.0f}'
              f' MB/s  {took["read()"] / took[way]:6.2f} x read()')
    print(f'  raw: {took["rosbags raw"] / took["ours raw"]:.2f} x rosbags; deserialized: '
          f'{took["rosbags + deserialize"] / took["ours + deserialize"]:.2f} x rosbags')


def read_file(path: Path) -> tuple[int, int]:
    """Read the recording's files: the limit."""
    total = 0
    buffer = bytearray(READ_BYTES)
    for file in path.rglob('*.[md][cb]*'):
        with file.open('rb', buffering=0) as stream:
            while size := stream.readinto(buffer):
                total += size
    return 0, total


def consume(payloads: Iterable[bytes | memoryview]) -> tuple[int, int]:
    """Count messages and their bytes."""
    messages = num_bytes = 0
    for payload in payloads:
        messages += 1
        num_bytes += len(payload)
    return messages, num_bytes


def ours_raw(path: Path) -> tuple[int, int]:
    """Read all messages with this package."""
    with open_bag(path) as bag:
        return consume(message.payload for message in bag.messages())


def ours_read(path: Path) -> tuple[int, int]:
    """Read and deserialize all messages with this package."""
    messages = num_bytes = 0
    with open_bag(path) as bag:
        for message in bag.messages():
            message.read()
            messages += 1
            num_bytes += len(message.payload)
    return messages, num_bytes


def rosbags_raw(path: Path) -> tuple[int, int]:
    """Read all messages with rosbags."""
    from rosbags.highlevel import AnyReader

    with AnyReader([path]) as reader:
        return consume(payload for _, _, payload in reader.messages())


def rosbags_read(path: Path) -> tuple[int, int]:
    """Read and deserialize all messages with rosbags."""
    from rosbags.highlevel import AnyReader

    messages = num_bytes = 0
    with AnyReader([path]) as reader:
        for connection, _, payload in reader.messages():
            reader.deserialize(payload, connection.msgtype)
            messages += 1
            num_bytes += len(payload)
    return messages, num_bytes


def write_bags(folder: Path) -> dict[str, Path]:
    """Write the bags that are measured."""
    from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
    from rosbags.typesys import get_typestore, Stores

    store = get_typestore(Stores.ROS2_HUMBLE)
    types = store.types

    def header(stamp_ns: int) -> object:
        time_type = types['builtin_interfaces/msg/Time']
        return types['std_msgs/msg/Header'](time_type(stamp_ns // 10**9, stamp_ns % 10**9), 's')

    pixels = np.random.default_rng(0).integers(0, 64, 1280 * 720 * 3, np.uint8)
    picture = bytes(store.serialize_cdr(types['sensor_msgs/msg/Image'](
        header(START_NS), 720, 1280, 'bgr8', 0, 1280 * 3, pixels), 'sensor_msgs/msg/Image'))
    vector = types['geometry_msgs/msg/Vector3'](0.0, 0.0, 9.81)
    turned = types['geometry_msgs/msg/Quaternion'](0.0, 0.0, 0.0, 1.0)
    nine = np.zeros(9)
    small = bytes(store.serialize_cdr(types['sensor_msgs/msg/Imu'](
        header(START_NS), turned, nine, vector, nine, vector, nine), 'sensor_msgs/msg/Imu'))
    cases = {
        'images mcap': ('sensor_msgs/msg/Image', picture, NUM_IMAGES, StoragePlugin.MCAP, False),
        'images sqlite3': (
            'sensor_msgs/msg/Image', picture, NUM_IMAGES, StoragePlugin.SQLITE3, False),
        'images mcap zstd': (
            'sensor_msgs/msg/Image', picture, NUM_IMAGES, StoragePlugin.MCAP, True),
        'imu mcap': ('sensor_msgs/msg/Imu', small, NUM_SMALL, StoragePlugin.MCAP, False),
        'imu sqlite3': ('sensor_msgs/msg/Imu', small, NUM_SMALL, StoragePlugin.SQLITE3, False),
    }
    paths = {}
    for name, (msgtype, payload, count, plugin, is_compressed) in cases.items():
        paths[name] = folder / name.replace(' ', '_')
        writer = Writer(paths[name], version=9, storage_plugin=plugin)
        if is_compressed:
            writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        with writer:
            connection = writer.add_connection('/topic', msgtype, typestore=store)
            for index in range(count):
                writer.write(connection, START_NS + index * 10**7, payload)
    os.sync()
    return paths


if __name__ == '__main__':
    main()
