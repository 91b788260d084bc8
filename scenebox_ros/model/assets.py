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


"""Assets on their way to the platform: images, videos, lidars, and a template operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
import os
from typing import Any, BinaryIO, ClassVar, TYPE_CHECKING, Union

from scenebox_ros import ids
from scenebox_ros.errors import RuleError
from scenebox_ros.model import plain, times
from scenebox_ros.model.arguments import checked

if TYPE_CHECKING:
    from scenebox_ros.model.annotation import Annotation

Blob = Union[bytes, bytearray, memoryview, BinaryIO]
SOURCES = ('path', 'url', 'uri', 'bytes')


class UnstructuredInputAsset:
    """
    Bytes and what is known about them; the base of :class:`Image`, :class:`Video`, :class:`Lidar`.

    Parameters
    ----------
    id
        Identifies the asset; standardized, random if absent.
    path, url, uri, bytes
        Where the bytes are: a local file, a public URL, an object of a cloud storage, or in
        memory (bytes or a file-like object). Exactly one.
    sensor
        Name of the sensor.
    timestamp
        When it was taken; text passes through as it is. Default: now.
    session_uid
        The session that it belongs to.
    aux_metadata
        Anything else, searchable as ``aux.<key>``; booleans are stored as text.

    Raises
    ------
    RuleError
        If not exactly one source is given, or the path does not exist. It is an AssertionError,
        too.

    """

    asset_type: ClassVar[str] = ''

    @checked
    def __init__(
        self,
        id: str | None = None,
        path: str | os.PathLike[str] | None = None,
        url: str | None = None,
        uri: str | None = None,
        bytes: Blob | None = None,
        sensor: str | None = None,
        timestamp: datetime | str | None = None,
        session_uid: str | None = None,
        aux_metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.path: str | None = None if path is None else os.fspath(path)
        self.url = url
        self.uri = uri
        self.bytes = bytes
        self.source_kind: str = self._only_source()
        self.id: str = ids.std(id) if id else ids.guid()
        self.sensor = sensor
        self.timestamp: datetime | str = timestamp or times.now()
        self.session_uid = session_uid
        self.aux_metadata: Mapping[str, Any] | None = (
            plain.booleans_to_text(aux_metadata) if aux_metadata else aux_metadata
        )
        if self.path is not None and not os.path.exists(self.path):
            raise RuleError(f'{self._name}: no file {self.path!r}; check the path')

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _only_source(self) -> str:
        given = [kind for kind in SOURCES if getattr(self, kind) is not None]
        if len(given) != 1:
            raise RuleError(
                f'{self._name}: sources given are {given or "none"}; pass exactly one of '
                f'{", ".join(SOURCES)}'
            )
        return given[0]

    @property
    def source(self) -> Any:
        """Give the path, URL, URI or bytes that was given."""
        return getattr(self, self.source_kind)

    def __repr__(self) -> str:
        """Name the asset and its source, without bytes."""
        source = '...' if self.source_kind == 'bytes' else repr(self.source)
        return f'{self._name}(id={self.id!r}, {self.source_kind}={source})'

    def _check_annotations(self, annotations: Sequence[Annotation] | None) -> None:
        for annotation in annotations or ():
            if annotation.media_type != self.asset_type:
                raise RuleError(
                    f'{self._name}: annotation {annotation.id!r} is for '
                    f'{annotation.media_type}; pass annotations of {self.asset_type}'
                )


class Image(UnstructuredInputAsset):
    """
    An image.

    Parameters
    ----------
    annotations
        Uploaded together with the image.
    **others
        See :class:`UnstructuredInputAsset`.

    Examples
    --------
    >>> image = Image(id='Front 1.png', url='https://example.org/1.png', sensor='front')
    >>> image.id
    'front_1.png'

    """

    asset_type: ClassVar[str] = 'images'

    def __init__(
        self,
        id: str | None = None,
        path: str | os.PathLike[str] | None = None,
        url: str | None = None,
        uri: str | None = None,
        bytes: Blob | None = None,
        sensor: str | None = None,
        timestamp: datetime | str | None = None,
        session_uid: str | None = None,
        aux_metadata: Mapping[str, Any] | None = None,
        annotations: Sequence[Annotation] | None = None,
    ) -> None:
        super().__init__(
            id, path, url, uri, bytes, sensor, timestamp, session_uid, aux_metadata
        )
        self._check_annotations(annotations)
        self.annotations = annotations


class Video(UnstructuredInputAsset):
    """
    A video.

    Parameters
    ----------
    annotations
        Referenced by the video's document.
    tags
        For searching.
    start_timestamp
        When the recording began; replaces ``timestamp``.
    **others
        See :class:`UnstructuredInputAsset`.

    """

    asset_type: ClassVar[str] = 'videos'

    def __init__(
        self,
        id: str | None = None,
        path: str | os.PathLike[str] | None = None,
        url: str | None = None,
        uri: str | None = None,
        bytes: Blob | None = None,
        sensor: str | None = None,
        timestamp: datetime | str | None = None,
        session_uid: str | None = None,
        aux_metadata: Mapping[str, Any] | None = None,
        annotations: Sequence[Annotation] | None = None,
        tags: Sequence[str] | None = None,
        start_timestamp: datetime | str | None = None,
    ) -> None:
        super().__init__(
            id, path, url, uri, bytes, sensor, start_timestamp or timestamp, session_uid,
            aux_metadata,
        )
        self._check_annotations(annotations)
        self.annotations = annotations
        self.tags = tags
        self.start_timestamp: datetime | str = self.timestamp


class Lidar(UnstructuredInputAsset):
    """
    A point cloud.

    Parameters
    ----------
    format
        ``pcd`` (default), ``numpy`` or ``binary``.
    binary_format
        Of ``binary``: layout of a packet, as of Python's ``struct``.
    related_images
        Ids of images that show the same.
    num_fields
        Of ``numpy``: numbers per point.
    **others
        See :class:`UnstructuredInputAsset`.

    Raises
    ------
    RuleError
        If the format is unknown or lacks what it needs.

    """

    asset_type: ClassVar[str] = 'lidars'

    def __init__(
        self,
        id: str | None = None,
        path: str | os.PathLike[str] | None = None,
        url: str | None = None,
        uri: str | None = None,
        bytes: Blob | None = None,
        sensor: str | None = None,
        timestamp: datetime | str | None = None,
        session_uid: str | None = None,
        aux_metadata: Mapping[str, Any] | None = None,
        format: str | None = None,
        binary_format: str | None = None,
        related_images: Sequence[str] | None = None,
        num_fields: int | None = None,
    ) -> None:
        super().__init__(
            id, path, url, uri, bytes, sensor, timestamp, session_uid, aux_metadata
        )
        self.format: str = format or 'pcd'
        self.binary_format = binary_format
        self.num_fields = num_fields
        check_lidar_format(self.format, binary_format, num_fields)
        self.related_images: list[str] | None = [
            ids.std(image) for image in related_images or ()
        ] or None


def check_lidar_format(
    format: str, binary_format: str | None, num_fields: int | None
) -> None:
    """Refuse a format that is unknown, or lacks the setting that it needs."""
    if format not in ('pcd', 'numpy', 'binary'):
        raise RuleError(f'lidar format {format!r} is unknown; use pcd, numpy or binary')
    if format == 'numpy' and not num_fields:
        raise RuleError('a lidar of format numpy needs num_fields, the numbers per point')
    if format == 'binary' and not binary_format:
        raise RuleError("a lidar of format binary needs binary_format, like '<fffff'")


@dataclass
class TemplateOperation:
    """
    One step of a campaign's pipeline.

    Parameters
    ----------
    operation_id
        The operation that the step runs.
    task_step
        Its place in the pipeline.
    config_id, config
        How it runs: a stored config or a new one, exactly one of them.

    Raises
    ------
    RuleError
        If the operation or its config is missing.

    """

    operation_id: str | None = None
    task_step: int | None = 0
    config_id: str | None = None
    config: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check that the step is complete."""
        if not self.operation_id:
            raise RuleError('template operation: operation_id is missing')
        if self.task_step is None:
            raise RuleError('template operation: task_step is None; pass its place, from 0')
        if bool(self.config_id) == bool(self.config):
            raise RuleError('template operation: pass exactly one of config_id and config')

    def to_dic(self) -> dict[str, Any]:
        """
        Write it as campaigns expect it.

        Returns
        -------
        dict
            ``operation_id``, ``task_step``, ``config_id`` and, if given, ``config``.

        Examples
        --------
        >>> TemplateOperation('op_1', config_id='conf_1').to_dic()
        {'operation_id': 'op_1', 'task_step': 0, 'config_id': 'conf_1'}

        """
        document = {
            'operation_id': self.operation_id,
            'task_step': self.task_step,
            'config_id': self.config_id,
        }
        return document | ({'config': self.config} if self.config else {})
