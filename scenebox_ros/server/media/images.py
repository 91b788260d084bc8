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

"""Jobs on images."""

from __future__ import annotations

from typing import Any, TYPE_CHECKING

from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media.assets import for_each, keep_thumbnails, read_bytes
from scenebox_ros.server.media.pictures import (
    make_thumbnail,
    measure,
    NORMALIZE,
    PROPERTIES,
    read_shape,
)
from scenebox_ros.server.store.merge import Document

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job


@job('image_compression', heavy=True)
def compress_images(running: Job) -> Any:
    """Make a thumbnail of each image."""
    payload = running.payload
    kind = payload.get('asset_type', 'images')
    shape = read_shape(payload.get('use_preset'), payload.get('desired_shape'))
    tag = str(payload.get('use_preset') or payload.get('thumbnail_tag') or 'custom')

    def work(document: Document) -> None:
        normalize = NORMALIZE in (document.get('preprocesses') or [])
        blob = read_bytes(running, document)
        body, width, height = running.compute(make_thumbnail, blob, shape, normalize)
        kept = {
            'filename': f'{tag}.{"png" if shape.is_png else "jpg"}',
            'content_type': 'image/png' if shape.is_png else 'image/jpeg',
            'width': width,
            'height': height,
        }
        keep_thumbnails(running, kind, document, [(tag, body, kept)])

    return {'compressed': len(for_each(running, kind, work, 'making thumbnails'))}


@job('image_properties_enrichment', heavy=True)
def enrich_with_properties(running: Job) -> Any:
    """Measure each image, and note it in ``aux``."""
    kind = running.payload.get('asset_type', 'images')
    names = running.payload.get('properties') or PROPERTIES

    def work(document: Document) -> None:
        values = running.compute(measure, read_bytes(running, document), tuple(names))
        running.core.documents.update(running.owner, kind, document['id'], {'aux': values})

    return {'enriched': len(for_each(running, kind, work, 'measuring'))}
