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

"""``camera_node``: images of any number of cameras, as single frames, videos or both."""

from __future__ import annotations

from scenebox_ros.nodes.managed import run
from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.sensor import SensorNode
from scenebox_ros.nodes.sensor_options import SNAPSHOT_OPTIONS

OPTIONS = (
    *SNAPSHOT_OPTIONS,
    Option(
        'transport', 'compressed', 'where an image comes raw and compressed: which one to take',
        choices=('compressed', 'raw', 'all'),
    ),
    Option('images', True, 'keep single frames', is_live=True),
    Option('video', False, 'cut a video out of the frames'),
    Option('video_segment_s', 60.0, 'videos are cut on multiples of this', 1.0, 3600.0),
    Option(
        'image_format', 'source', 'source passes JPEG and PNG through as they come', is_live=True,
        choices=('source', 'jpeg', 'png'),
    ),
    Option('max_side', 0, 'shrink to this many pixels a side; 0: as they are', 0, 65535, True),
    Option(
        'preview_every_s', 0.0, 'besides, a small JPEG every so often, uploaded first; 0: none',
        0.0, 3600.0, True,
    ),
    Option('preview_max_side', 320, 'pixels a side of previews', 1, 65535, True),
    Option('rectify', False, 'remove the distortion of the lens, by camera_info', is_live=True),
    Option(
        'video_format', 'h264', 'mjpeg copies JPEG images into the video',
        choices=('h264', 'mjpeg'),
    ),
    Option('video_quality', 23, 'of H.264: 0 without loss, 51 least', 0, 51),
    Option('jpeg_quality', 90, 'quality of JPEGs that we encode', 1, 100, is_live=True),
)


def main() -> int:
    """Run the node."""
    return run(lambda: SensorNode('camera_node', ('image', 'calibration'), OPTIONS))
