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
Measure capture next to its limits, in turns: the encoder alone for raw images, memory for clouds.

Run ``python bench/capture.py``; it prints ratios and takes less than 30 seconds.
"""

from concurrent.futures import ThreadPoolExecutor
import os
import statistics

from clock import describe, now_s
import numpy as np

from scenebox_ros.capture import Capture
from scenebox_ros.model.readings import CloudFrame, Fix, ImageBlob, ImageFrame, Sample
from scenebox_ros.model.settings import CaptureSettings, StreamSettings

S = 1_000_000_000
T0 = 1_700_000_000 * S
STREAMS = {
    '/raw': StreamSettings(role='image'), '/jpeg': StreamSettings(role='image'),
    '/lidar': StreamSettings(role='lidar'), '/gps': StreamSettings(role='fix'),
    '/imu': StreamSettings(role='scalar'),
}


class Nowhere:
    """A sink that keeps nothing."""

    def put(self, records):
        self.count = getattr(self, 'count', 0) + len(records)


def scene():
    """A picture with edges, shades and some noise: 1080p."""
    rows, columns = np.mgrid[0:1080, 0:1920]
    shades = (np.sin(rows / 90) * 60 + np.cos(columns / 70) * 60 + 128)[..., None]
    noise = np.random.default_rng(1).normal(0, 4, (1080, 1920, 3))
    return np.clip(shades + noise, 0, 255).astype(np.uint8)


def readings(topic, count):
    pixels, body = scene(), os.urandom(400_000)
    points = np.zeros((1, 130_000), np.dtype({
        'names': ['x', 'y', 'z', 'intensity'], 'formats': ['<f4'] * 4,
        'offsets': [0, 4, 8, 16], 'itemsize': 32}))
    made = {
        '/raw': lambda t: ImageFrame(
            pixels, 'bgr', 'bgr8', t, 'cam', memoryview(pixels).cast('B')),
        '/jpeg': lambda t: ImageBlob(memoryview(body), 'jpeg', 1920, 1080, t, 'cam'),
        '/lidar': lambda t: CloudFrame(points, t, 'lidar', True, memoryview(points.tobytes())),
        '/imu': lambda t: Sample('angular_velocity.z', 0.25 + t % 7, t),
    }[topic]
    return [made(T0 + i * S // 30) for i in range(count)]


def captured(topic, made):
    sink = Nowhere()
    capture = Capture(CaptureSettings('bench', STREAMS), sink, 'bench')
    start = now_s()
    for i, reading in enumerate(made):
        if i % 6 == 0:
            capture.add('/gps', Fix(49 + i / 1e6, 8.0, 100.0, 0, None, reading.stamp_ns, 'gps'),
                        reading.stamp_ns)
        capture.add(topic, reading, reading.stamp_ns)
    capture.close()
    return len(made) / (now_s() - start)


def encoded(made):
    """The limit for raw images: the encoder alone, on all cores."""
    import cv2

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        start = now_s()
        list(pool.map(
            lambda frame: cv2.imencode('.jpg', frame.pixels, [cv2.IMWRITE_JPEG_QUALITY, 90]),
            made))
        return len(made) / (now_s() - start)


def hashed(made):
    """The limit for bytes that pass through: the content check, which every asset needs."""
    import hashlib

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        start = now_s()
        list(pool.map(lambda frame: hashlib.sha256(frame.payload).digest(), made))
        return len(made) / (now_s() - start)


def main():
    print(describe())
    for topic, count, what, limit in [
        ('/raw', 40, '1080p raw images', encoded), ('/jpeg', 200, '400 kB JPEGs', hashed),
        ('/lidar', 60, '130k-point clouds', hashed),
    ]:
        made = readings(topic, count)
        rounds = [(captured(topic, made), limit(made)) for _ in range(3)]
        ours, best = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f'{what}: {ours:.0f} a second = {ours / best:.2f} of {limit.__name__} alone '
              f'({best:.0f})')
    made = readings('/imu', 20_000)
    print(f'samples: {captured("/imu", made):.0f} a second on one core')


if __name__ == '__main__':
    main()
