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

"""Lidars: point clouds, one or many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import os
from typing import Any, BinaryIO

from scenebox_ros.client import documents
from scenebox_ros.client.bulk import Bulk
from scenebox_ros.client.methods.scene.base import asset_id_of, Json, Moment, set_list, SetIds
from scenebox_ros.client.methods.scene.compression import CompressionMethods, SKIP_FACTORS
from scenebox_ros.client.methods.scene.entities import EntityMethods
from scenebox_ros.client.methods.scene.image import source_argument
from scenebox_ros.client.methods.scene.set_content import SetContentMethods
from scenebox_ros.errors import InvalidArgumentsError, RuleError
from scenebox_ros.model import entities, plain, times
from scenebox_ros.model.assets import check_lidar_format, Lidar
from scenebox_ros.model.constants import EntityNames


class LidarMethods(CompressionMethods, EntityMethods, SetContentMethods):
    """Add lidars."""

    def add_lidar(
        self,
        set_id: SetIds,
        lidar_path: str | os.PathLike[str] | None = None,
        lidar_url: str | None = None,
        lidar_uri: str | None = None,
        lidar_bytes: bytes | BinaryIO | None = None,
        sensor: str | None = None,
        timestamp: Moment | None = None,
        session_uid: str | None = None,
        id: str | None = None,
        format: str = 'pcd',
        binary_format: str | None = None,
        num_fields: int | None = None,
        enrichments: Sequence[str] | None = None,
        buffered_write: bool = False,
        add_to_session: bool = False,
        add_to_cache: bool = False,
        aux_metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """
        Upload a lidar. For many, :meth:`add_lidars` is faster.

        Parameters
        ----------
        set_id
            Set or list of sets that it joins.
        lidar_path
            A local file; it wins over the others.
        lidar_url
            A public URL; the bytes stay there.
        lidar_uri
            An object of a cloud storage; the bytes stay there.
        lidar_bytes
            In memory or as a file-like object.
        sensor
            Name of the sensor.
        timestamp
            When it was taken; default: now.
        session_uid
            The session's uid.
        id
            Its id; random if absent.
        format
            ``pcd``, ``numpy`` or ``binary``.
        binary_format
            Of ``binary``: layout of a packet, as of Python's ``struct``.
        num_fields
            Of ``numpy``: numbers per point.
        enrichments
            Enrichments that the platform should make.
        buffered_write
            Let the server index later; do not wait until it is found.
        add_to_session
            Add a media entity to the session, too.
        add_to_cache
            Keep the bytes in the client's key-value store, too.
        aux_metadata
            Anything else, searchable as ``aux.<key>``.

        Returns
        -------
        str
            The lidar's id

        Raises
        ------
        ValueError
            If there is no source.
        RuleError
            If no set is given, or the format lacks what it needs. It is an AssertionError, too.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_lidar('set_1', lidar_path='cloud.pcd', id='cloud_1')
        'cloud_1'

        """
        sets = set_list(set_id)
        if not sets:
            raise RuleError('set_id is missing; pass the set that the lidar joins')
        kind, source = _first_source(
            {'path': lidar_path, 'url': lidar_url, 'uri': lidar_uri, 'bytes': lidar_bytes}
        )
        check_lidar_format(format, binary_format, num_fields)
        lidar_id = asset_id_of(id)
        when = timestamp or times.now()
        document = documents.lidar(
            format=format, binary_format=binary_format, sensor=sensor, timestamp=when, sets=sets
        )
        document |= {} if session_uid is None else {'session_uid': session_uid}
        document |= {'num_fields': num_fields} if num_fields else {}
        document |= {'aux': dict(aux_metadata)} if aux_metadata else {}
        self.get_asset_manager('lidars').put_asset(
            metadata=document, id=lidar_id, buffered_write=buffered_write,
            wait_for_completion=not buffered_write, add_to_redis_cache=add_to_cache,
            **source_argument(kind, source),
        )
        if session_uid and add_to_session:
            self.add_entities([
                entities.media(session_uid, EntityNames.LIDAR, lidar_id, when, enrichments or ())
            ])
        self.compress_lidars([lidar_id], list(SKIP_FACTORS))
        return lidar_id

    def add_lidars(
        self,
        lidars: Iterable[Lidar],
        set_id: SetIds,
        enrichments: Sequence[str] | None = None,
        add_to_session: bool = False,
        add_to_cache: bool = False,
        *,
        overwrite: bool = True,
    ) -> list[str]:
        """
        Upload lidars in chunks; a generator of any length does not fill the memory.

        Sources of one kind go together: paths, URLs, URIs or bytes.

        Parameters
        ----------
        lidars
            :class:`Lidar` objects.
        set_id
            Set or list of sets that they join.
        enrichments
            Enrichments that the platform should make.
        add_to_session
            Add a media entity to the session, too.
        add_to_cache
            Keep the bytes in the client's key-value store, too.
        overwrite
            False skips what exists already, and adds it to the set.

        Returns
        -------
        list[str]
            Ids of the lidars in their order; of the new ones only without ``overwrite``

        Raises
        ------
        InvalidArgumentsError
            If sources of different kinds are mixed.
        RuleError
            If a set is missing or holds another type, or a related image does not exist. It is an
            AssertionError, too.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_lidars([Lidar(id='cloud_1', path='cloud.pcd')], 'set_1')

        """
        sets = set_list(set_id)

        def describe(lidar: Lidar, _: None) -> Json:
            document = documents.lidar(
                format=lidar.format, binary_format=lidar.binary_format, sensor=lidar.sensor,
                timestamp=lidar.timestamp, sets=sets,
            )
            document |= {'num_fields': lidar.num_fields} if lidar.num_fields else {}
            document |= self._related_images(lidar)
            document |= {} if lidar.session_uid is None else {'session_uid': lidar.session_uid}
            return document | ({'aux': lidar.aux_metadata} if lidar.aux_metadata else {})

        def after(chunk: Sequence[Lidar], _: Sequence[None]) -> None:
            if add_to_session:
                self._add_lidar_entities(chunk, enrichments)
            self.compress_lidars([lidar.id for lidar in chunk], list(SKIP_FACTORS))

        return Bulk[Lidar, None](
            self, Lidar, sets,
            probe=lambda kind, source: None,
            reads_urls=False,
            describe=describe,
            after=after,
            overwrite=overwrite,
            options={'add_to_redis_cache': add_to_cache},
        ).run(lidars)

    def _related_images(self, lidar: Lidar) -> Json:
        images = plain.distinct(lidar.related_images or ())
        if not images:
            return {}
        exists = self.get_asset_manager('images').exists_multiple(images)
        missing = [image for image, is_there in zip(images, exists, strict=True) if not is_there]
        if missing:
            raise RuleError(
                f'image {missing[0]!r}, related to lidar {lidar.id!r}, does not exist; add it '
                'first'
            )
        return {'related_images': images}

    def _add_lidar_entities(
        self, chunk: Sequence[Lidar], enrichments: Sequence[str] | None
    ) -> None:
        dicts = [
            entities.media(
                lidar.session_uid, EntityNames.LIDAR, lidar.id, lidar.timestamp, enrichments
            )
            for lidar in chunk
            if lidar.session_uid
        ]
        if dicts:
            self.add_entities(dicts)


def _first_source(given: Mapping[str, Any]) -> tuple[str, Any]:
    for kind, source in given.items():
        if source is not None:
            return kind, source
    raise InvalidArgumentsError(
        'no source is given; pass lidar_path, lidar_url, lidar_uri or lidar_bytes'
    )
