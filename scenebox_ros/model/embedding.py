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


"""Embeddings: vectors that say what an asset looks like to a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO, TYPE_CHECKING

from scenebox_ros import ids
from scenebox_ros.errors import ArgumentTypeError, EmbeddingError, InvalidArgumentsError, RuleError
from scenebox_ros.model import times
from scenebox_ros.model.constants import AssetIngestionLimits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]


class UnsupportedDataError(ArgumentTypeError, NotImplementedError):
    """An embedding cannot be read from this type."""


def embedding_space(media_type: str, model: str, version: str) -> str:
    """
    Name the space of all embeddings of one model, which is also their index.

    Returns
    -------
    str
        ``similarity_images_mask_rcnn_r_50_fpn_3x``.

    """
    return ids.std(f'similarity_{media_type}_{model}_{version}').replace('.', '_')


class Embedding:
    """
    The embedding of one asset.

    Parameters
    ----------
    data
        The vector: an array, a list of numbers, or bytes (raw, of ``dtype``).
    asset_id
        The asset, its id in standardized form.
    asset_type
        ``images`` or any other.
    model, version, layer
        Where the vector comes from.
    timestamp
        Default: now.
    dtype
        Of the numbers in bytes; they are stored as float32.
    ndim
        Expected count of numbers; refused if it differs.
    session_uid
        The session that the asset belongs to.

    Raises
    ------
    EmbeddingError
        If there are no numbers, more than 8192, or not ``ndim``.
    ValueError
        If the asset id is missing.
    RuleError
        If the asset id is not standardized.

    Examples
    --------
    >>> Embedding([1, 2, 3], asset_id='img_1').id
    '178708115442669375'

    """

    def __init__(
        self,
        data: npt.ArrayLike | bytes | BinaryIO,
        asset_id: str,
        asset_type: str = 'images',
        model: str = 'default',
        version: str = 'v1',
        timestamp: datetime | str | None = None,
        layer: str | int | None = None,
        dtype: npt.DTypeLike = 'float32',
        ndim: int | None = None,
        session_uid: str | None = None,
    ) -> None:
        self._array = _as_vector(data, dtype)
        self.ndim: int = int(self._array.size)
        _check_count(self.ndim, ndim)
        if not asset_id:
            raise InvalidArgumentsError('the embedded asset is missing; pass asset_id')
        if asset_id != ids.std(asset_id):
            raise RuleError(
                f'asset id {asset_id!r} is not standardized; pass {ids.std(asset_id)!r}'
            )
        self.asset_id = asset_id
        self.asset_type = asset_type
        self.model = model
        self.version = version
        self.layer = layer
        self.session_uid = session_uid
        self.timestamp: datetime | str = timestamp or times.now()
        self.id: str = self._derive_id()

    def _derive_id(self) -> str:
        identity = {
            'asset_id': self.asset_id,
            'layer': self.layer,
            'model': self.model,
            'ndim': self.ndim,
            'version': self.version,
        }
        return str(ids.positive_integer(ids.md5_of_json(identity)))

    @property
    def index_name(self) -> str:
        """Give the embedding space that it belongs to."""
        return embedding_space(self.asset_type, self.model, self.version)

    @property
    def bytes(self) -> bytes:
        """Give the numbers as float32, little endian."""
        return self._array.astype('<f4').tobytes()

    @property
    def metadata(self) -> dict[str, Any]:
        """Give the document that is stored beside the numbers."""
        document: dict[str, Any] = {
            'id': self.id,
            'timestamp': times.to_iso(self.timestamp),
            'tags': [self.layer] if self.layer else [],
            'media_type': self.asset_type,
            'asset_id': self.asset_id,
            'model': self.model,
            'version': self.version,
            'ndim': self.ndim,
            'index_name': self.index_name,
        }
        return document | ({'session_uid': self.session_uid} if self.session_uid else {})

    def get_nparray(self) -> Vector:
        """
        Give the vector in its original shape.

        Returns
        -------
        numpy.ndarray
            float32.

        Examples
        --------
        >>> Embedding([1.0, 2.0], 'img_1').get_nparray().shape
        (2,)

        """
        return self._array


def _as_vector(data: Any, dtype: Any) -> Vector:
    import numpy as np

    if hasattr(data, 'read'):
        data = data.read()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return np.frombuffer(data, dtype=dtype).astype(np.float32)
    if isinstance(data, np.ndarray):
        return data.astype(np.float32)
    if isinstance(data, Sequence) and not isinstance(data, str):
        _check_numbers(data)
        return np.array(data, dtype=np.float32)
    raise UnsupportedDataError(
        f'an embedding cannot be read from {type(data).__name__}; pass an array, a list or bytes'
    )


def _check_numbers(data: Sequence[Any]) -> None:
    for item in data:
        if isinstance(item, bool) or not isinstance(item, (int, float)):
            raise UnsupportedDataError(
                f'{item!r} in an embedding is no number; pass a flat list of int or float'
            )


def _check_count(count: int, expected: int | None) -> None:
    limit = AssetIngestionLimits.MAX_EMBEDDINGS_NDIM
    if count == 0:
        raise EmbeddingError('the embedding has no numbers; pass at least one')
    if count > limit:
        raise EmbeddingError(f'the embedding has {count} numbers; at most {limit} can be stored')
    if expected is not None and expected != count:
        raise EmbeddingError(f'the embedding has {count} numbers, but ndim is {expected}')
