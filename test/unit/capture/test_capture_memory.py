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

"""What a stream takes of the memory does not grow with how long it runs."""

import os
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip('av')
RECORDER = textwrap.dedent("""
    import resource, sys
    import numpy as np
    from scenebox_ros.capture import Capture
    from scenebox_ros.model.readings import CloudFrame, ImageFrame
    from scenebox_ros.model.settings import CaptureSettings, StreamSettings

    class Nowhere:
        def put(self, records):
            pass

    T0, STEP = 1_700_000_000 * 10**9, 50_000_000
    settings = CaptureSettings('Run', {
        '/cam': StreamSettings(role='image', video=True),
        '/lidar': StreamSettings(role='lidar', lidar_format='binary_compressed'),
    }, video_segment_s=2.0)
    capture = Capture(settings, Nowhere(), 'run', workers=2)
    for number in range(int(sys.argv[1])):
        stamp_ns = T0 + number * STEP
        pixels = np.random.default_rng(number).integers(0, 256, (240, 320, 3), dtype=np.uint8)
        points = np.zeros((1, 20_000), [('x', '<f4'), ('y', '<f4'), ('z', '<f4')])
        for topic, frame in (
            ('/cam', ImageFrame(pixels, 'bgr', 'bgr8', stamp_ns, 'cam', pixels.data.cast('B'))),
            ('/lidar', CloudFrame(points, stamp_ns, 'lidar', True, memoryview(points.tobytes()))),
        ):
            capture.add(topic, frame, stamp_ns)
    capture.close()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
""")


def peak_mb(frames):
    done = subprocess.run(
        [sys.executable, '-c', RECORDER, str(frames)], capture_output=True, check=True,
        timeout=120, env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
    return int(done.stdout) / 1024


def test_four_times_as_many_frames_take_the_same_memory():
    # The frames between are 240 kB and 230 kB each: 85 MB if they were kept.
    assert peak_mb(240) - peak_mb(60) < 25
