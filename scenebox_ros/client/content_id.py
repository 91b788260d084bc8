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

"""Ids that follow from content: the same file has the same id, whoever adds it and when."""

from __future__ import annotations

import hashlib
from pathlib import Path

from scenebox_ros import ids
from scenebox_ros.client.sources import CHUNK, opened, Uploadable

LENGTH = 32


def content_id(content: Uploadable, prefix: str = 'asset') -> str:
    """
    Derive an asset's id from its bytes, so that adding it again adds nothing.

    Parameters
    ----------
    content
        A path (also as text), bytes, or an open binary file, which is read from its beginning.
    prefix
        What the id starts with, such as the sensor: the same bytes of two sensors are two assets.

    Returns
    -------
    str
        ``<prefix>_<32 hexadecimal digits of SHA-256>``, standardized.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.

    Examples
    --------
    >>> images = (Image(path, id=content_id(path, 'left')) for path in folder.glob('*.png'))
    >>> client.add_images(images, 'set_1', overwrite=False)

    """
    digest = hashlib.sha256()
    with opened(Path(content) if isinstance(content, str) else content) as source:
        for start in range(0, source.size, CHUNK):
            digest.update(source.read(start, CHUNK))
    return f'{ids.std(prefix)}_{digest.hexdigest()[:LENGTH]}'
