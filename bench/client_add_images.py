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
Add images from a generator with ``SceneEngineClient.add_images``, against the original's way.

Both talk to the bare server of ``client_uploads.py``, in the same run. What add_images does
besides uploading (sizes, documents, chunks) shows against ``put_assets_batch`` alone.

    python bench/client_add_images.py [images] [size]
"""

from __future__ import annotations

from collections.abc import Iterator
import os
import resource
import struct
import sys
from types import SimpleNamespace

from client_uploads import Cost, original, ours, started, TOKEN

from scenebox_ros.client import Image, SceneEngineClient

HEADER = b'\x89PNG\r\n\x1a\n' + struct.pack('>I4sIIBBBBB', 13, b'IHDR', 1920, 1080, 8, 0, 0, 0, 0)


def generated(count: int, size: int) -> Iterator[Image]:
    """Make images one by one: nothing else holds them."""
    for index in range(count):
        yield Image(id=f'img_{index}', bytes=HEADER + os.urandom(size), sensor='camera')


def added(url: str, count: int, size: int, threads: int) -> float:
    """Add images, and return the seconds."""
    with SceneEngineClient(TOKEN, url, f'{url}/v1', num_threads=threads) as client:
        # The bare server has no sets.
        client._asset_managers['sets', TOKEN] = SimpleNamespace(  # type: ignore[assignment]
            exists=lambda _: True, get_metadata=lambda _: {'assets_type': 'images'}
        )
        cost = Cost()
        client.add_images(generated(count, size), 'set_1')
        return cost.taken()[0]


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    process, url = started('raw_put auth_header')
    try:
        added(url, 200, size, 20)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = added(url, count, size, 20)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        some = [os.urandom(size)] * min(count, 500)
        batch = ours(url, some, 20)[0] / len(some)
        theirs = original(url, some)[0] / len(some)
        each = taken / count
        print(
            f'add_images  {1 / each:5.0f} images/s, {theirs / each:.1f} x the original without '
            f'its pauses, {(theirs + 0.01) / each:.1f} x with them, {batch / each:.2f} of '
            f'put_assets_batch; memory grew by {grown / 1024:.0f} MB after 200 images'
        )
    finally:
        process.terminate()
        process.join()


if __name__ == '__main__':
    main()
