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
A recording end to end: upload to a local server, and export, against the sum of the limits.

Run ``python bench/offline.py [megabytes]`` (default 150; the goal is stated for 1000). The
recording has raw 720p frames, JPEGs, clouds of 60,000 points, fixes and IMU. Limits, measured in
the same run on this machine: reading its bytes, encoding its frames and clouds on all cores, and
writing the results, with a sync at the end. Peers, for the same outputs: pymcap-cli and
mcap-to-mp4, where they are installed (``PYMCAP`` and ``MCAP_TO_MP4`` name them elsewhere).
"""

from concurrent.futures import ThreadPoolExecutor
import json
import os
from pathlib import Path
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer

from scenebox_ros.codecs.pcd import encode_pcd
from scenebox_ros.decode import decode
from scenebox_ros.demo.messages import typestore

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, '-m', 'scenebox_ros.cli.main']
STORE = typestore()
TYPES = STORE.types
START_NS = 1_767_225_600_000_000_000
WIDTH, HEIGHT = 1280, 720
POINTS = 60_000
CAMERA = '/camera/raw/image_raw'
# Pillow's quality, which the peer takes, is 75: 38.12 dB on these frames. Of ours, whose transform
# is the fast one, 75 gives 38.08 dB, and this 38.13.
AS_FINE_AS_PILLOW = 76
ROUNDS = 4


def header(stamp_ns):
    stamp = TYPES['builtin_interfaces/msg/Time'](stamp_ns // 10**9, stamp_ns % 10**9)
    return TYPES['std_msgs/msg/Header'](stamp, 'base')


def frame(index):
    """A street-like picture: smooth areas, edges and sensor noise; no two are the same."""
    rng = np.random.default_rng(index % 8)
    small = rng.integers(0, 255, (HEIGHT // 40, WIDTH // 40, 3), np.uint8)
    pixels = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    noise = rng.integers(0, 8, pixels.shape, np.uint8)
    return np.roll(cv2.add(pixels, noise), 3 * index, axis=1)


def raw_image(index, stamp_ns):
    return TYPES['sensor_msgs/msg/Image'](
        header(stamp_ns), HEIGHT, WIDTH, 'bgr8', 0, 3 * WIDTH, frame(index).ravel())


def jpeg(index, stamp_ns):
    body = cv2.imencode('.jpg', frame(index + 4), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return TYPES['sensor_msgs/msg/CompressedImage'](header(stamp_ns), 'jpeg', body.ravel())


def cloud(index, stamp_ns):
    field = TYPES['sensor_msgs/msg/PointField']
    fields = [field(name, 4 * n, 7, 1) for n, name in enumerate(('x', 'y', 'z', 'intensity'))]
    points = np.random.default_rng(index).normal(0, 20, (POINTS, 4)).astype('<f4')
    return TYPES['sensor_msgs/msg/PointCloud2'](
        header(stamp_ns), 1, POINTS, fields, False, 16, 16 * POINTS,
        points.view(np.uint8).ravel(), True)


def fix(index, stamp_ns):
    return TYPES['sensor_msgs/msg/NavSatFix'](
        header(stamp_ns), TYPES['sensor_msgs/msg/NavSatStatus'](0, 1), 48.0 + index * 1e-5, 11.0,
        500.0, np.zeros(9), 0)


def imu(index, stamp_ns):
    turn, still = TYPES['geometry_msgs/msg/Quaternion'], TYPES['geometry_msgs/msg/Vector3']
    return TYPES['sensor_msgs/msg/Imu'](
        header(stamp_ns), turn(0.0, 0.0, 0.0, 1.0), np.zeros(9),
        still(0.0, 0.0, index * 1e-3), np.zeros(9), still(0.0, 0.0, 9.81), np.zeros(9))


# Topic, type, maker, messages for each raw frame.
STREAMS = (
    (CAMERA, 'sensor_msgs/msg/Image', raw_image, 1),
    ('/camera/jpeg/compressed', 'sensor_msgs/msg/CompressedImage', jpeg, 1),
    ('/lidar/points', 'sensor_msgs/msg/PointCloud2', cloud, 1 / 3),
    ('/gps/fix', 'sensor_msgs/msg/NavSatFix', fix, 0.5),
    ('/imu/data', 'sensor_msgs/msg/Imu', imu, 10),
)


def record(folder, megabytes):
    """Write the recording: a frame each 0.1 s, the others at their rates."""
    frames = max(3, round(megabytes * 1e6 / 3.35e6))
    with Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        topics = [writer.add_connection(topic, msgtype, typestore=STORE)
                  for topic, msgtype, *_ in STREAMS]
        for n in range(frames):
            for connection, (_, msgtype, make, rate) in zip(topics, STREAMS, strict=True):
                for index in range(int(n * rate), int((n + 1) * rate)):
                    stamp_ns = START_NS + round(index * 1e8 / rate)
                    raw = STORE.serialize_cdr(make(index, stamp_ns), msgtype)
                    writer.write(connection, stamp_ns, raw)
    return frames


def limits(bag, frames):
    """Seconds to read the bytes, to encode all on all cores, and to write the results."""
    began = time.perf_counter()
    for path in bag.glob('*.mcap'):
        with path.open('rb', buffering=0) as file:
            while file.read(1 << 22):
                pass
    read = time.perf_counter() - began
    pictures = [frame(n) for n in range(8)]
    points = decode('sensor_msgs/msg/PointCloud2', cloud(0, START_NS))[0].points
    jpegs = [jpeg(n, START_NS).data for n in range(frames)]

    def encode(n):
        body = cv2.imencode('.jpg', pictures[n % 8], [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
        return [body, encode_pcd(points)] if n % 3 == 0 else [body]

    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        bodies = [body for made in pool.map(encode, range(frames)) for body in made]
    encoding = time.perf_counter() - began
    began = time.perf_counter()
    # They stay until the end: ext4 looks at all that went minutes ago to find a new one's place.
    folder = Path(tempfile.mkdtemp(dir=bag.parent))
    for n, body in enumerate([*bodies, *jpegs]):
        (folder / str(n)).write_bytes(body)
    os.sync()
    return read, encoding, time.perf_counter() - began


MEASURE = (
    'import json, resource, subprocess, sys, time; began = time.perf_counter();'
    'done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE);'
    'took = time.perf_counter() - began;'
    'used = resource.getrusage(resource.RUSAGE_CHILDREN);'
    'print(json.dumps([done.returncode, took, used.ru_maxrss / 1024,'
    ' used.ru_utime + used.ru_stime, done.stderr.decode()[-500:]]))'
)


def run(*command, **options):
    """Seconds, the largest resident memory in MB, and seconds of all cores, of one process."""
    done = subprocess.run([sys.executable, '-c', MEASURE, *map(str, command)],
                          stdout=subprocess.PIPE, check=True, **options)
    code, took, memory, cores, error = json.loads(done.stdout)
    if code:
        raise SystemExit(f'{command[0]} failed: {error}')
    return took, memory, cores


def ours_only(folder):
    """Run this checkout, with its modules compiled once, as those of an installation are."""
    kept = {key: value for key, value in os.environ.items() if key != 'PYTHONDONTWRITEBYTECODE'}
    return {**kept, 'PYTHONPATH': str(ROOT), 'PYTHONPYCACHEPREFIX': str(folder / 'compiled')}


def upload(bag, folder):
    """Upload to a server of its own."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    environment = {
        **ours_only(folder), 'SCENE_ENGINE_URL': f'http://127.0.0.1:{port}',
        'SCENEBOX_TOKEN_FILE': str(folder / 'server' / 'token'),
        'XDG_STATE_HOME': str(folder / 'state')}
    server = subprocess.Popen(
        [*COMMAND, 'serve', '--data', folder / 'server', '--port', str(port)], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', port)) == 0:
                    break
            time.sleep(0.05)
        return run(*COMMAND, 'upload', bag, env=environment)
    finally:
        server.terminate()
        server.wait(60)


def peer(name, variable):
    """Find a peer's command, or say that it is not there."""
    found = os.environ.get(variable) or shutil.which(name)
    if not found:
        print(f'{name} is not installed: not compared (set {variable} to its command)')
    return found


def compare(bag, folder, frames, start):
    """Peers at the same outputs: JPEGs of both cameras, clouds, a video of the raw frames."""
    (path,) = bag.glob('*.mcap')
    environment = ours_only(folder)

    def ours(name, keep, *more):
        return run(*COMMAND, 'export', bag, '-o', folder / name, '--stream',
                   f'/(?!{keep}).*:role=skip', *more, env=environment)

    if found := peer('pymcap-cli', 'PYMCAP'):
        turns = [(
            run(found, 'export-images', path, folder / f'their_images_{turn}', '--raw-format',
                'jpeg', '-t', '/camera/.*'),
            ours(f'images_{turn}', 'camera', '--stream',
                 f'{CAMERA}:jpeg_quality={AS_FINE_AS_PILLOW}'),
            ours(f'finer_images_{turn}', 'camera'),
        ) for turn in range(ROUNDS)]
        for how in (min, statistics.median):
            theirs, same, finer = ([how(figures) for figures in zip(*runs, strict=True)]
                                   for runs in zip(*turns, strict=True))
            tell(f'images, {how.__name__} of {ROUNDS}', 'pymcap-cli', theirs, same)
            tell(f'images in our quality, {how.__name__}', 'pymcap-cli', theirs, finer)
        theirs = run(found, 'export-pcd', path, folder / 'their_clouds', '-t', '/lidar/points')
        tell('clouds', 'pymcap-cli (ASCII only)', theirs, ours('clouds', 'lidar'))
    if found := peer('mcap-to-mp4', 'MCAP_TO_MP4'):
        theirs = run(found, path, '-t', CAMERA, '-o', folder / 'theirs.mp4')
        more = [flag for said in ('video=true', 'images=false')
                for flag in ('--stream', f'{CAMERA}:{said}')]
        tell('video', 'mcap-to-mp4', theirs, ours('video', 'camera/raw', *more))
    made = ours('video_again', 'camera/raw', '--stream', f'{CAMERA}:video=true', '--stream',
                f'{CAMERA}:images=false')
    alone = encoder(frames)
    print(f'video: x264 alone {alone:.2f} s, ours {made[0] - start:.2f} s beside the start, '
          f'{alone / (made[0] - start):.2f} of its speed')


def encoder(frames):
    """Seconds of the encoder alone, with our settings, for frames that are in its form."""
    import av

    planes = [av.VideoFrame.from_ndarray(frame(n), 'bgr24').reformat(format='yuv420p')
              for n in range(min(64, frames))]
    began = time.perf_counter()
    with av.open(os.devnull, 'w', format='null') as container:
        stream = container.add_stream('libx264', 10, options={'preset': 'veryfast', 'crf': '23'})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, 'yuv420p'
        for n in range(frames):
            picture = planes[n % len(planes)]
            picture.pts = n
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return time.perf_counter() - began


def tell(what, name, theirs, ours):
    """Print a comparison; both are seconds, MB, and seconds of all cores."""
    print(f'{what}: {name} {theirs[0]:.2f} s ({theirs[2]:.2f} s of cores) {theirs[1]:.0f} MB, '
          f'ours {ours[0]:.2f} s ({ours[2]:.2f}) {ours[1]:.0f} MB: '
          f'{theirs[0] / ours[0]:.2f} times as fast, {theirs[2] / ours[2]:.2f} by cores')


def main(megabytes):
    """Measure and print ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = ours_only(folder)
        frames = record(folder / 'bag', megabytes)
        size = sum(path.stat().st_size for path in (folder / 'bag').iterdir()) / 1e6
        read, encoding, writing = limits(folder / 'bag', frames)
        limit = read + encoding + writing
        print(f'{size:.0f} MB: {frames} raw 720p frames, as many JPEGs, {frames // 3} clouds, '
              f'{os.cpu_count()} cores')
        print(f'limits: read {read:.2f} s + encode {encoding:.2f} s + write {writing:.2f} s '
              f'= {limit:.2f} s')
        run(*COMMAND, 'export', '--help', env=environment)
        start, *_ = run(*COMMAND, 'export', '--help', env=environment)
        exported, memory, cores = run(
            *COMMAND, 'export', folder / 'bag', '-o', folder / 'out', env=environment)
        print(f'export {exported:6.2f} s ({cores:.1f} s of cores, {memory:.0f} MB of memory), '
              f'{exported / limit:.2f} of the limits; of it {start:.2f} s to start')
        uploaded, memory, cores = upload(folder / 'bag', folder)
        print(f'upload {uploaded:6.2f} s ({cores:.1f} s of cores, {memory:.0f} MB of memory), '
              f'{uploaded / limit:.2f} of the limits')
        compare(folder / 'bag', folder, frames, start)


if __name__ == '__main__':
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 150)
