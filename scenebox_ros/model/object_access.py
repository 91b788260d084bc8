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


"""Where the bytes of an asset are: at a URL, or in a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Optional
from urllib.parse import urlsplit

from scenebox_ros.errors import ObjectAccessError


class ObjectAccessMedium:
    """The kinds of places."""

    PUBLIC_URL: ClassVar[str] = 'public-url'
    GS: ClassVar[str] = 'gs'
    S3: ClassVar[str] = 's3'
    ABS: ClassVar[str] = 'abs'


BUCKETS = (ObjectAccessMedium.GS, ObjectAccessMedium.S3, ObjectAccessMedium.ABS)


@dataclass(frozen=True)
class UriParser:
    """
    The parts of a URI such as ``s3://bucket/folder/key.png``.

    Examples
    --------
    >>> UriParser('s3://bucket/folder/key.png').key
    'folder/key.png'

    """

    uri: str

    @property
    def cloud_provider(self) -> str:
        """Give the scheme: ``s3``."""
        return urlsplit(self.uri).scheme

    @property
    def bucket(self) -> str:
        """Give the bucket's name."""
        return urlsplit(self.uri).netloc

    @property
    def key(self) -> str:
        """Tell what the object is called in the bucket; a query is part of it."""
        below = self.uri.partition('://')[2]
        return below.partition('/')[2].lstrip('/')

    @property
    def url(self) -> str:
        """Give the whole URI."""
        return self.uri


@dataclass(frozen=True, eq=False)
class ObjectAccess:
    """
    Where the bytes of an asset are.

    Parameters
    ----------
    filename
        The file's name; of a URI, by default, the last part of its key.
    url
        A public URL. It counts if there is a URI, too.
    uri
        A place in a bucket: ``s3://…``, ``gs://…`` or ``abs://…``.

    Raises
    ------
    ObjectAccessError
        If there is neither a URL nor a URI, or the URI is of no known storage.

    Examples
    --------
    >>> ObjectAccess(uri='s3://bucket/folder/key.png').to_dic()
    {'filename': 'key.png', 'uri': 's3://bucket/folder/key.png'}

    """

    filename: Optional[str] = None
    url: Optional[str] = None
    uri: Optional[str] = None

    def __post_init__(self) -> None:
        if self.url:
            return
        if not self.uri:
            raise ObjectAccessError('an object access needs a place; pass url or uri')
        if urlsplit(self.uri).scheme not in BUCKETS:
            schemes = ', '.join(f'{scheme}://' for scheme in BUCKETS)
            raise ObjectAccessError(
                f'uri {self.uri!r} is in no known storage; pass one that begins with {schemes}'
            )
        if not self.filename:
            object.__setattr__(self, 'filename', UriParser(self.uri).key.rpartition('/')[2])

    @property
    def medium(self) -> str:
        """Give the kind of place, one of :class:`ObjectAccessMedium`'s."""
        if self.url:
            return ObjectAccessMedium.PUBLIC_URL
        return urlsplit(self.uri or '').scheme

    def to_dic(self) -> dict[str, str]:
        """
        Write it as JSON.

        Returns
        -------
        dict
            ``filename``, ``url`` and ``uri``, those that there are.

        Examples
        --------
        >>> ObjectAccess(uri='s3://bucket/a.png').to_dic()
        {'filename': 'a.png', 'uri': 's3://bucket/a.png'}

        """
        fields = {'filename': self.filename, 'url': self.url, 'uri': self.uri}
        return {name: value for name, value in fields.items() if value}

    @classmethod
    def from_dict(cls, dictionary: Mapping[str, Any]) -> ObjectAccess:
        """
        Read it from JSON.

        Parameters
        ----------
        dictionary
            What :meth:`to_dic` wrote; other keys are ignored.

        Returns
        -------
        ObjectAccess
            The same again.

        Raises
        ------
        ObjectAccessError
            If it names no place.

        Examples
        --------
        >>> ObjectAccess.from_dict({'uri': 's3://bucket/a.png'}).filename
        'a.png'

        """
        return cls(dictionary.get('filename'), dictionary.get('url'), dictionary.get('uri'))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ObjectAccess):
            return NotImplemented
        if self.url and other.url:
            return self.url == other.url
        return self.uri == other.uri

    def __hash__(self) -> int:
        return hash(self.url or self.uri)
