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
Point clouds: our PCD writer against a bare memory copy, liblzf itself, pypcd4 and open3d.

Run: ``python bench/clouds.py``. Rounds are interleaved and medians are printed, so that a busy
machine slows all of them; ratios are what counts.
"""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import statistics
import sys
import tempfile
from types import SimpleNamespace
from typing import Any

from clock import describe, now_s, speed_up
import numpy as np

from scenebox_ros.codecs import fields, lzf, thin
from scenebox_ros.codecs.packing import pack
from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd, write_pcd
from scenebox_ros.decode.cloud import decode_cloud

POINTS = 130_000
PACKED = np.dtype([
    ('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('intensity', '<f4'), ('ring', '<u2'),
    ('time', '<f4'),
])  # fmt: skip
PADDED = np.dtype({
    'names': PACKED.names, 'formats': [PACKED[name] for name in PACKED.names],
    'offsets': [0, 4, 8, 16, 20, 24], 'itemsize': 32,
})  # fmt: skip
Job = Callable[[], Any]


def scan(dtype: np.dtype) -> np.ndarray:
    """A spinning lidar of 128 rings over flat ground, with noise and 3 % NaN."""
    rng = np.random.default_rng(7)
    points = np.zeros(POINTS, dtype)
    turn = np.repeat(np.linspace(0, 2 * np.pi, POINTS // 128 + 1), 128)[:POINTS]
    ring = np.arange(POINTS) % 128
    far = np.abs(20 + 15 * np.sin(3 * turn) + rng.normal(0, 0.02, POINTS))
    rise = np.deg2rad(-25 + 40 * ring / 128)
    points['x'], points['y'] = far * np.cos(turn) * np.cos(rise), far * np.sin(turn) * np.cos(rise)
    points['z'] = far * np.sin(rise)
    points['intensity'] = rng.integers(0, 256, POINTS)
    points['ring'], points['time'] = ring, turn / 62.8
    for axis in 'xyz':
        points[axis][rng.integers(0, POINTS, POINTS * 3 // 100)] = np.nan
    return points


def message(points: np.ndarray) -> SimpleNamespace:
    layout = [SimpleNamespace(**vars(one)) for one in fields.fields_of(points.dtype)]
    return SimpleNamespace(
        header=SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=0), frame_id='lidar'),
        height=1, width=points.size, fields=layout, is_bigendian=False, is_dense=False,
        point_step=points.dtype.itemsize, row_step=points.nbytes, data=points.view(np.uint8),
    )  # fmt: skip


def measure(jobs: dict[str, Job], rounds: int, folder: Path | None) -> dict[str, float]:
    """Median milliseconds of each job, rounds interleaved; each writes a new file."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, job in jobs.items():
            # As scans are: over an old one ext4 would write at once, for fear of a crash.
            for old in folder.iterdir() if folder else ():
                old.unlink()
            start = now_s()
            job()
            times[name].append((now_s() - start) * 1e3)
    return {name: statistics.median(taken[1:]) for name, taken in times.items()}


def table(
    title: str, jobs: dict[str, Job], rounds: int, limit: str, folder: Path | None = None
) -> None:
    taken = measure(jobs, rounds, folder)
    print(f'\n{title}')
    for name, ms in taken.items():
        print(f'  {name:34} {ms:9.3f} ms   {ms / taken[limit]:7.2f} x {limit}')


def write(path: Path, parts: list[Any]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        os.writev(handle, parts)
    finally:
        os.close(handle)


def save(path: Path, points: np.ndarray, **options: Any) -> None:
    with path.open('wb') as file:
        write_pcd(file, points, **options)


def peers(points: np.ndarray, folder: Path, kind: str) -> dict[str, Job]:
    jobs: dict[str, Job] = {}
    path = str(folder / 'peer.pcd')
    names = points.dtype.names
    try:
        from pypcd4 import Encoding, PointCloud
    except ImportError:
        print('pypcd4 is not installed')
    else:
        types = tuple(points.dtype[name].type for name in names)

        def by_pypcd4() -> None:
            cloud = PointCloud.from_points([points[name] for name in names], names, types)
            cloud.save(path, Encoding[kind.upper()])

        jobs['pypcd4'] = by_pypcd4
    try:
        import open3d
    except ImportError:
        return jobs

    def by_open3d() -> None:
        tensor = open3d.core.Tensor
        xyz = np.stack([points[axis] for axis in 'xyz'], 1)
        cloud = open3d.t.geometry.PointCloud(tensor(xyz))
        for name in names[3:]:
            cloud.point[name] = tensor(np.ascontiguousarray(points[name]).reshape(-1, 1))
        open3d.t.io.write_point_cloud(
            path, cloud, write_ascii=kind == 'ascii', compressed=kind == 'binary_compressed'
        )

    return {**jobs, 'open3d': by_open3d}


def bench(name: str, points: np.ndarray, folder: Path) -> None:
    msg, raw = message(points), points.view(np.uint8)
    room, path = np.empty_like(raw), folder / 'ours.pcd'
    frame = decode_cloud(msg).points
    blob = encode_pcd(frame)
    table(f'{name}: message to binary PCD in memory', {
        'memory copy': lambda: np.copyto(room, raw),
        'copy into new bytes': raw.tobytes,
        'ours: decode': lambda: decode_cloud(msg),
        'ours: decode + binary': lambda: encode_pcd(decode_cloud(msg).points),
        'ours: padding dropped': lambda: pack(frame),
        'ours: binary, padding kept': lambda: encode_pcd(frame, keep_padding=True),
        'ours: read binary': lambda: decode_pcd(blob),
        'ours: drop NaN': lambda: thin.drop_nan(frame),
        'ours: voxel 0.1 m': lambda: thin.voxel(frame, 0.1),
    }, 15, 'copy into new bytes')  # fmt: skip
    dense = pack(points).view(np.uint8)
    table(f'{name}: binary file', {
        'bare write of the message': lambda: write(path, [raw]),
        'ours, padding kept': lambda: save(path, frame, keep_padding=True),
        'bare write of the fields': lambda: write(path, [dense]),
        'ours': lambda: save(path, frame),
        **peers(points, folder, 'binary'),
    }, 31, 'ours', folder)  # fmt: skip
    values = np.concatenate([points[name].copy().view(np.uint8) for name in points.dtype.names])
    compress = [lambda: lzf.compress(values), lambda: encode_pcd(frame, 'binary_compressed')]
    table(f'{name}: binary_compressed', {
        'liblzf alone': compress[0],
        'ours': compress[1],
        'ours, to file': lambda: save(path, frame, data='binary_compressed'),
        **peers(points, folder, 'binary_compressed'),
    }, 21, 'ours', folder)  # fmt: skip
    ours, hashing = speed_up(compress[1])
    print(f'  two threads: {ours:.2f} times one (hashing: {hashing:.2f})')
    table(f'{name}: ascii file', {
        'ours': lambda: save(path, frame, data='ascii'),
        **peers(points, folder, 'ascii'),
    }, 3, 'ours', folder)  # fmt: skip


def main() -> None:
    print(describe())
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        for name, dtype in (('packed 22 B', PACKED), ('padded 32 B', PADDED)):
            bench(f'{POINTS} points, {name}', scan(dtype), Path(folder))


if __name__ == '__main__':
    main()
