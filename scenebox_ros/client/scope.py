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


"""Which assets a request is about: the query parameters that every one of them carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from scenebox_ros.errors import AssetError, InvalidArgumentsError

SETS = 'sets'
ANNOTATIONS = 'annotations'
JOBS = 'jobs'
METADATA_ONLY = frozenset(
    {
        'annotation_projects',
        'annotations_comparisons',
        'configs',
        'jobs',
        'lidar_sequences',
        'objects',
        'operations',
        'projects',
        'session_configurations',
        'session_manager',
        'sessions',
        'sets_comparisons',
    }
)
WITH_BYTES = frozenset(
    {
        'annotations',
        'embeddings',
        'image_sequences',
        'images',
        'lidars',
        'rosbags',
        'sets',
        'udfs',
        'videos',
        'ziparrays',
        'zipfiles',
    }
)
# Changes of these make a committed version of their sets stale.
PRIMARY = frozenset({'images', 'lidars', 'objects', 'videos'})

Json = dict[str, Any]
Query = Optional[dict[str, Any]]


@dataclass(frozen=True)
class Scope:
    """An asset type, and whether its assets are documents without bytes."""

    asset_type: str
    metadata_only: bool

    def query(self, **of_call: Any) -> Json:
        """Put a call's own parameters before those of the scope."""
        return {
            **of_call,
            'asset_type': self.asset_type,
            'metadata_only': self.metadata_only,
        }


def scope_of(asset_type: str, metadata_only: bool = False, *, is_known: bool = False) -> Scope:
    """
    Make the scope of an asset type.

    Parameters
    ----------
    asset_type
        One of the 23 types of assets.
    metadata_only
        Leave bytes alone; always so for types that have none.
    is_known
        Do not check the type.

    Raises
    ------
    AssetError
        If there is no such asset type.
    ValueError
        If ``metadata_only`` is not a boolean.

    """
    if not is_known and asset_type not in METADATA_ONLY | WITH_BYTES:
        types = ', '.join(sorted(METADATA_ONLY | WITH_BYTES))
        raise AssetError(f'asset type {asset_type!r} does not exist; pass one of {types}')
    if not isinstance(metadata_only, bool):
        raise InvalidArgumentsError(f'metadata_only is {metadata_only!r}; pass True or False')
    return Scope(asset_type, metadata_only or asset_type in METADATA_ONLY)
