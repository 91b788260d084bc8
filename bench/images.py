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

"""Time what is done to images against the limit or a peer, in the same run: ours / theirs."""

from __future__ import annotations

from collections.abc import Callable
import statistics
from types import SimpleNamespace
from typing import Any

from clock import describe, now_s, speed_up
import cv2
import numpy as np

from scenebox_ros.codecs import images, pixels
from scenebox_ros.decode.image import decode_compressed, decode_image

HEADER = SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=2), frame_id='cam')
WIDTH, HEIGHT = 1920, 1080


def camera_picture() -> Any:
    """Draw something like a camera's image: smooth, with edges and noise."""
    rng = np.random.default_rng(0)
    smooth = cv2.resize(rng.integers(0, 256, (36, 64, 3)).astype(np.uint8), (WIDTH, HEIGHT),
                        interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        x, y = rng.integers(0, WIDTH), rng.integers(0, HEIGHT)
        cv2.rectangle(smooth, (x, y), (x + 90, y + 60), rng.integers(0, 256, 3).tolist(), -1)
    noise = rng.normal(0, 3, smooth.shape)
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def message(encoding: str, rows: Any) -> Any:
    """Make an Image message of an array."""
    return SimpleNamespace(
        header=HEADER, encoding=encoding, width=rows.shape[1], height=rows.shape[0],
        step=rows.strides[0], is_bigendian=0, data=rows.reshape(-1).view(np.uint8))


def seconds(task: Callable[[], Any], rounds: int) -> float:
    """Time one call."""
    start = now_s()
    for _ in range(rounds):
        task()
    return (now_s() - start) / rounds


def compare(name: str, ours: Callable[[], Any], theirs: Callable[[], Any], peer: str,
            rounds: int = 5, repeats: int = 5) -> None:
    """Print both times and how many times as fast we are, from interleaved rounds."""
    ours(), theirs()
    pairs = [(seconds(ours, rounds), seconds(theirs, rounds)) for _ in range(repeats)]
    mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f'{name:34} {mine * 1e3:9.3f} ms   {peer:28} {other * 1e3:9.3f} ms   '
          f'ratio {other / mine:6.2f}')


def likeness(picture: Any, quality: int) -> None:
    """Print how near the picture our JPEG is, and how large, beside OpenCV's."""
    theirs = cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    ours = np.frombuffer(images.encode_jpeg(picture, quality), np.uint8)
    near = [cv2.PSNR(picture, cv2.imdecode(each, -1)) for each in (ours, theirs)]
    print(f'JPEG q{quality}: {near[0]:.2f} dB, OpenCV {near[1]:.2f} dB; '
          f'{len(ours) / len(theirs):.3f} of its bytes')


def two_threads(name: str, task: Callable[[], Any]) -> None:
    """Print how much faster two threads are than one."""
    ours, hashing = speed_up(task)
    print(f'{name:34} two threads are {ours:.2f} times one (hashing: {hashing:.2f})')


def main() -> None:
    """Run all comparisons: about 15 seconds."""
    print(describe())
    cv2.setNumThreads(1)
    picture = camera_picture()
    frame = decode_image(message('bgr8', picture))
    depth = (picture[:480, :640, 0].astype(np.uint16) * 20 + 400)
    depth_frame = decode_image(message('16UC1', depth))
    jpeg = images.encode_jpeg(frame)
    msg = SimpleNamespace(header=HEADER, format='bgr8; jpeg compressed bgr8', data=jpeg)
    level_1 = [cv2.IMWRITE_PNG_COMPRESSION, 1]

    compare('view a 1080p bgr8 message', lambda: decode_image(message('bgr8', picture)),
            lambda: picture.copy(), 'copy of its bytes', 50)
    compare('pass a 1080p JPEG through', lambda: decode_compressed(msg),
            lambda: bytearray(jpeg), 'copy of its bytes', 50)
    to_jpeg = [cv2.IMWRITE_JPEG_QUALITY, 90]
    compare('1080p bgr8 to JPEG q90', lambda: images.encode_jpeg(frame),
            lambda: cv2.imencode('.jpg', picture, to_jpeg), 'OpenCV')
    rgb_frame = decode_image(message('rgb8', picture))
    compare('1080p rgb8 to JPEG q90', lambda: images.encode_jpeg(rgb_frame),
            lambda: cv2.imencode('.jpg', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), to_jpeg),
            'OpenCV')
    for quality in (75, 90, 95):
        likeness(picture, quality)
    compare('1080p bgr8 to PNG', lambda: images.encode_png(frame),
            lambda: cv2.imencode('.png', picture, level_1), 'OpenCV level 1', 1, 3)
    compare('480p 16UC1 to PNG', lambda: images.encode_png(depth_frame),
            lambda: cv2.imencode('.png', depth, level_1), 'OpenCV level 1', 2)
    ours = len(images.encode_png(frame)), len(images.encode_png(depth_frame))
    theirs = [len(cv2.imencode('.png', image, level_1)[1]) for image in (picture, depth)]
    print(f'PNG sizes against OpenCV level 1: {ours[0] / theirs[0]:.3f} (colour), '
          f'{ours[1] / theirs[1]:.3f} (depth)')

    mosaic = decode_image(message('bayer_rggb8', picture[..., 0].copy()))
    compare('1080p mosaic to colours', lambda: pixels.to_bgr(mosaic),
            lambda: cv2.cvtColor(mosaic.pixels, cv2.COLOR_BayerBG2BGR), 'OpenCV')
    compare('1080p JPEG to thumbnail', lambda: images.thumbnail(jpeg, 240),
            lambda: cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1), 'OpenCV decode alone')
    compare('size of a 1080p JPEG', lambda: images.probe(jpeg),
            lambda: cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1), 'OpenCV decode', 20)
    two_threads('1080p JPEG', lambda: images.encode_jpeg(frame))
    two_threads('1080p PNG', lambda: images.encode_png(frame))


if __name__ == '__main__':
    main()
