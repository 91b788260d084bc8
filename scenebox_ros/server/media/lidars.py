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

"""Jobs on lidar clouds."""

from __future__ import annotations

from collections.abc import Sequence
import gzip
from typing import Any, TYPE_CHECKING

import numpy as np

from scenebox_ros.codecs.lidar_formats import decode_binary, decode_numpy
from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd
from scenebox_ros.codecs.thin import thin, ThinSettings
from scenebox_ros.errors import AssetCompressionError
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media.assets import for_each, keep_thumbnails, read_bytes
from scenebox_ros.server.store.merge import Document

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

Thinned = list[tuple[int, bytes, int]]
NUMPY_NAMES = ('x', 'y', 'z', 'intensity')


@job('lidar_compression', heavy=True)
def compress_lidars(running: Job) -> Any:
    """Make clouds of every n-th point of each lidar, ready for a browser."""
    factors = running.payload['skip_factors']
    packed = running.payload['gzip_compress']

    def work(document: Document) -> None:
        shape = (document.get('format') or 'pcd', document.get('binary_format'),
                 document.get('num_fields'))  # fmt: skip
        blob = read_bytes(running, document)
        made = running.compute(thin_cloud, blob, shape, tuple(factors), packed)
        keep_thumbnails(running, 'lidars', document, [
            (f'skip_{factor}', body, {
                'filename': f'skip_{factor}.pcd',
                'content_type': 'application/octet-stream',
                **({'content_encoding': 'gzip'} if packed else {}),
                'skip_factor': factor,
                'num_points': points,
            })
            for factor, body, points in made
        ])  # fmt: skip

    return {'compressed': len(for_each(running, 'lidars', work, 'thinning clouds'))}


def thin_cloud(
    blob: bytes, shape: tuple[str, str | None, int | None], factors: Sequence[int], packed: bool
) -> Thinned:
    """
    Make PCD files of every n-th point of a cloud.

    Parameters
    ----------
    blob
        The cloud's bytes.
    shape
        Format (``pcd``, ``numpy``, ``binary``), binary format, number of fields.
    factors
        Which n.
    packed
        Whether to compress with gzip.

    Returns
    -------
    list of tuple
        Factor, file, number of points.

    """
    points = read_cloud(blob, *shape)
    made: Thinned = []
    for factor in factors:
        some = thin(points, ThinSettings(every_nth=factor)).reshape(-1)
        body = encode_pcd(some)
        # Time zero, so that the same cloud gives the same bytes.
        made.append((factor, gzip.compress(body, 6, mtime=0) if packed else body, len(some)))
    return made


def read_cloud(blob: bytes, kind: str, binary_format: str | None, num_fields: int | None) -> Any:
    """Read a cloud of any of the platform's formats as structured points, shape (n,)."""
    if kind == 'pcd':
        return decode_pcd(blob).reshape(-1)
    if kind == 'binary' and binary_format:
        return decode_binary(blob, binary_format)
    if kind == 'numpy' and num_fields:
        rows = decode_numpy(blob, num_fields)
        names = [*NUMPY_NAMES, *(f'field_{i}' for i in range(4, num_fields))][:num_fields]
        return np.ascontiguousarray(rows).view([(name, '<f4') for name in names]).reshape(-1)
    raise AssetCompressionError(
        f'a cloud of format {kind!r} cannot be read; numpy needs num_fields, binary needs '
        'binary_format'
    )
