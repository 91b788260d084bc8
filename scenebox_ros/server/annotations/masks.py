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

"""Jobs on masks: which colours are really in them, and small pictures of them."""

from __future__ import annotations

from typing import Any, TYPE_CHECKING

import numpy as np

from scenebox_ros.codecs.images import decode_image, encode_png
from scenebox_ros.server.annotations.shapes import total
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media.assets import for_each, keep_thumbnails, read_bytes
from scenebox_ros.server.media.pictures import fitting
from scenebox_ros.server.store.documents import Writing
from scenebox_ros.server.store.merge import Document, Mode

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

CLEANED, EMPTY = 'cleaned', 'empty'
SMALL = 320
SINGLE = 'singlecolor'
WHOLE = Writing(Mode.PUT, replace_lists=True)


@job('mask_cleanup', heavy=True)
def clean_masks(running: Job) -> Any:
    """
    Drop the entities whose colour is nowhere in their mask, and note the area of the others.

    Annotations are tagged ``cleaned``, and ``empty`` if nothing is left; those that are cleaned
    already are passed over, unless ``force_reclean`` is set.
    """
    dropped = 0

    def work(annotation: Document) -> None:
        nonlocal dropped
        tags = [tag for tag in annotation.get('tags') or [] if tag != EMPTY]
        if CLEANED in tags and not running.payload.get('force_reclean'):
            return
        masks = {
            name: decode_image(read_bytes(running, {'id': name, 'object_access': access or {}}))
            for name, access in (annotation.get('masks') or {}).items()
        }
        kept = []
        for entity in annotation.get('annotation_entities') or []:
            mask = masks.get(entity.get('mask_id'))
            area = None if mask is None else coloured(mask, entity)
            if area == 0:
                dropped += 1
                continue
            kept.append(entity if area is None else {**entity, 'area': total([area])})
        tags = [*(tag for tag in tags if tag != CLEANED), CLEANED, *([] if kept else [EMPTY])]
        labels = sorted({str(entity.get('label')) for entity in kept})
        change = {**annotation, 'annotation_entities': kept, 'labels': labels, 'tags': tags}
        item = (str(annotation['id']), change)
        running.core.documents.write(running.owner, 'annotations', [item], WHOLE)

    done = for_each(running, 'annotations', work, 'cleaning masks')
    return {'annotations': len(done), 'dropped': dropped}


@job('mask_compression', heavy=True)
def compress_masks(running: Job) -> Any:
    """Make a small picture of each mask, without mixing colours."""
    tag = running.payload['thumbnail_tag']

    def work(annotation: Document) -> None:
        made = []
        for name, access in (annotation.get('masks') or {}).items():
            mask = decode_image(read_bytes(running, {'id': name, 'object_access': access or {}}))
            small = shrunk(mask)
            made.append((f'{tag}_{name}', encode_png(small), {
                'filename': f'{name}.png', 'content_type': 'image/png', 'mask_id': name,
                'height': small.shape[0], 'width': small.shape[1],
            }))  # fmt: skip
        keep_thumbnails(running, 'annotations', annotation, made)

    return {'annotations': len(for_each(running, 'annotations', work, 'shrinking masks'))}


def coloured(mask: Any, entity: Document) -> float:
    """Count a mask's pixels that belong to an entity: of its colour, or any that is not black."""
    colours = mask if mask.ndim == 3 else np.repeat(mask[..., None], 3, axis=2)
    if str(entity.get('mask_type', '')).lower() == SINGLE:
        return float(np.count_nonzero(colours[..., :3].any(axis=2)))
    digits = str(entity.get('mask_color') or '').lstrip('#')
    if len(digits) == 3:
        digits = ''.join(digit * 2 for digit in digits)
    blue_last = [int(digits[i:i + 2], 16) for i in (4, 2, 0)] if len(digits) == 6 else [-1] * 3
    return float(np.count_nonzero((colours[..., :3] == blue_last).all(axis=2)))


def shrunk(mask: Any) -> Any:
    """Shrink a mask by taking the nearest pixel: between two labels there is no third."""
    height, width = fitting(mask, SMALL)
    rows = (np.arange(height) + 0.5) * mask.shape[0] / height
    columns = (np.arange(width) + 0.5) * mask.shape[1] / width
    return np.ascontiguousarray(mask[rows.astype(np.int64)][:, columns.astype(np.int64)])
