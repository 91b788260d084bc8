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

"""Time the video writers against the bare encoder and a bare copy, in the same run."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
import resource
import shutil
import statistics
import subprocess
import tempfile
from typing import Any

import av
from clock import describe, now_s
import cv2
import numpy as np

from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.video import MjpegWriter, PacketWriter, VideoWriter

WIDTH, HEIGHT, FPS, FRAMES = 1920, 1080, 10, 60
OPTIONS = VideoOptions('software', threads=2)
KEY_EVERY = round(FPS * OPTIONS.key_every_s)  # the peers have as many key frames


def camera_pictures() -> list[Any]:
    """Draw a moving scene with noise."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (40, 80, 3)).astype(np.uint8)
    scene = cv2.resize(small, (WIDTH + 8 * FRAMES, HEIGHT), interpolation=cv2.INTER_CUBIC)
    noise = rng.normal(0, 3, (HEIGHT, WIDTH, 3))
    return [
        np.clip(scene[:, 8 * n:8 * n + WIDTH] + np.roll(noise, n, axis=0), 0, 255).astype(np.uint8)
        for n in range(FRAMES)
    ]


def write(pictures: list[Any], target: Path) -> None:
    """Encode with the writer that is measured."""
    with VideoWriter(target, OPTIONS) as writer:
        for number, picture in enumerate(pictures):
            writer.write(picture, number * 10**9 // FPS)


def bare_encoder(planes: list[Any]) -> int:
    """Encode frames that are in the encoder's form already, into nothing."""
    context = av.CodecContext.create('libx264', 'w')
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, 'yuv420p'
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(30)
    context.thread_count, context.thread_type = 2, 'FRAME'
    context.gop_size = KEY_EVERY
    context.options = {'preset': 'veryfast', 'crf': '23'}
    size = 0
    for number, i420 in enumerate(planes):
        frame = av.VideoFrame.from_numpy_buffer(i420, 'yuv420p')
        frame.pts = number
        size += sum(packet.size for packet in context.encode(frame))
    return size + sum(packet.size for packet in context.encode(None))


def ffmpeg() -> str | None:
    """Find the ffmpeg command: installed, or in the package imageio-ffmpeg."""
    try:
        import imageio_ffmpeg
    except ImportError:
        return shutil.which('ffmpeg')
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg_command(program: str, pictures: list[Any], target: Path) -> None:
    """Encode with the ffmpeg command, fed through a pipe."""
    command = [
        program, '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'bgr24',
        '-s', f'{WIDTH}x{HEIGHT}', '-r', str(FPS), '-i', '-', '-c:v', 'libx264',
        '-preset', 'veryfast', '-crf', '23', '-threads', '2', '-g', str(KEY_EVERY), '-pix_fmt',
        'yuv420p', str(target),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin
        for picture in pictures:
            process.stdin.write(picture)


def timed(task: Any) -> float:
    """Time one call in seconds."""
    start = now_s()
    task()
    return now_s() - start


def report(name: str, ours: list[float], peer: str, theirs: list[float], frames: int) -> None:
    """Print frames per second of both, and how many times as fast we are."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f'{name:28} {frames / mine:8.1f} fps   {peer:34} {frames / other:8.1f} fps   '
          f'ratio {other / mine:5.2f}')


def encode(folder: Path) -> None:
    """Compare the encoding writer."""
    pictures = camera_pictures()
    planes = [cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420) for picture in pictures]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write(pictures, folder / 'warm.mp4')
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f'memory of one 1080p writer: {(after - before) / 1024:.0f} MB')
    program = ffmpeg()
    rounds: dict[str, list[float]] = {'ours': [], 'bare': [], 'ffmpeg': []}
    for _ in range(2):
        rounds['ours'].append(timed(lambda: write(pictures, folder / 'a.mp4')))
        rounds['bare'].append(timed(lambda: bare_encoder(planes)))
        if program:
            rounds['ffmpeg'].append(
                timed(lambda: ffmpeg_command(program, pictures, folder / 'b.mp4')))
    report('1080p H.264 veryfast', rounds['ours'], 'bare x264, converted before', rounds['bare'],
           FRAMES)
    if program:
        report('1080p H.264 veryfast', rounds['ours'], 'ffmpeg command', rounds['ffmpeg'], FRAMES)
    else:
        print('the ffmpeg command is not installed; left out')


def copy(folder: Path) -> None:
    """Compare the copying writers with appending the same bytes to a file."""
    picture = camera_pictures()[0]
    jpeg = cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
    count = 300

    def mux() -> None:
        writer = MjpegWriter(folder / 'jpeg.mp4')
        for number in range(count):
            writer.write(jpeg, number * 10**8)
        writer.close()

    def append() -> None:
        with (folder / 'bytes').open('wb') as file:
            for _ in range(count):
                file.write(jpeg)

    def bare_mux() -> None:
        with av.open(str(folder / 'bare.mp4'), 'w') as container:
            stream = container.add_stream('mjpeg', rate=30)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, 'yuvj420p'
            for number in range(count):
                packet = av.Packet(jpeg)
                packet.stream, packet.pts, packet.dts = stream, number, number
                container.mux(packet)

    tasks = {'ours': mux, 'bare': bare_mux, 'append': append}
    took = {name: [timed(task) for _ in range(2)][1:] for name, task in tasks.items()}
    for _ in range(4):
        for name, task in tasks.items():
            took[name].append(timed(task))
    report('1080p JPEG copied', took['ours'], 'PyAV alone, no crash safety', took['bare'], count)
    report('1080p JPEG copied', took['ours'], 'bytes appended to a file', took['append'], count)
    with av.open(str(folder / 'a.mp4')) as source:
        headers = av.BitStreamFilterContext('h264_mp4toannexb', source.streams.video[0])
        packets = [bytes(out) for packet in source.demux(video=0) if packet.size
                   for out in headers.filter(packet)]

    def remux() -> None:
        writer = PacketWriter('h264', folder / 'c.mp4')
        for number, packet in enumerate(packets):
            writer.write(packet, number * 10**8)
        writer.close()

    print(f'{"1080p H.264 packets copied":28} {len(packets) / timed(remux):8.1f} fps')


def main() -> None:
    """Run all comparisons: about 25 seconds."""
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        encode(Path(folder))
        copy(Path(folder))


if __name__ == '__main__':
    main()
