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
The one exception tree.

Every error of this package descends from :class:`SceneBoxError` and, where Python has a matching
built-in, from that too. The names that the original SceneBox client raised are all here.
"""

from __future__ import annotations

from collections.abc import Sequence


class SceneBoxError(Exception):
    """Any error of this package."""


# -- what the bridge, the bags and the spool raise ------------------------------------------------
class DecodeError(SceneBoxError, ValueError):
    """A message cannot be decoded into a frame, a fix or a sample."""


class EncodeError(SceneBoxError, ValueError):
    """A frame cannot be encoded as asked."""


class BagError(SceneBoxError, ValueError):
    """A recording cannot be read, or does not hold what was asked for."""


class SettingsError(SceneBoxError, ValueError):
    """A setting has a value that cannot work."""


class SpoolError(SceneBoxError, OSError):
    """The spool's folder cannot be read or written."""


class SpoolFullError(SpoolError):
    """
    The spool has reached a limit and its policy refuses new records.

    Attributes
    ----------
    refused : sequence of str
        The ids of the records that were not taken; the others of the same call were.

    """

    def __init__(self, message: str = '', refused: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.refused: tuple[str, ...] = tuple(refused)


class DependencyError(SceneBoxError, ImportError):
    """An optional library is needed for this call and is not installed."""


# -- what the platform's client raises ------------------------------------------------------------
class ResponseError(SceneBoxError):
    """
    The server answered with an error, or with something that is not an answer.

    Attributes
    ----------
    status : int or None
        HTTP status, if there was an answer.
    code : str or None
        The server's own word for the error.
    request_id : str or None
        Quote it when you ask the operator of the server.

    """

    def __init__(
        self,
        message: str = '',
        *args: object,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, *args)
        self.status = status
        self.code = code
        self.request_id = request_id


class ConnectionFailedError(ResponseError, ConnectionError):
    """The server could not be reached, or the connection broke."""


class RequestTimeoutError(ResponseError, TimeoutError):
    """The server did not answer in time."""


class AssetError(ResponseError):
    """The asset manager refused a request."""


class MetadataNotFoundError(AssetError):
    """No document with this id."""


class IdentityError(ResponseError):
    """The token's identity could not be fetched."""


class InvalidAuthorization(ResponseError):
    """The token is missing, wrong, expired or lacks the role."""


class IndexingException(ResponseError):
    """A bag or a folder could not be indexed."""


class SimilaritySearchError(ResponseError):
    """No similar assets can be found for this asset."""


class CampaignError(ResponseError):
    """A campaign request failed."""


class OperationError(ResponseError):
    """An operation is unknown or failed."""


class JobError(ResponseError):
    """A job was aborted, was cancelled or took too long."""


class InvalidArgumentsError(SceneBoxError, ValueError):
    """An argument has a value that cannot work."""


class RuleError(InvalidArgumentsError, AssertionError):
    """An argument breaks a rule; the original client asserted it."""


class ArgumentTypeError(InvalidArgumentsError, TypeError):
    """An argument has a type that cannot work."""


class LengthMismatchError(InvalidArgumentsError, IndexError):
    """Lists that belong together have different lengths."""


class MissingKeyError(InvalidArgumentsError, KeyError):
    """A mapping or a table lacks a key or a column that is needed."""

    def __str__(self) -> str:
        """Give the message as it is, where KeyError would quote it."""
        return str(self.args[0]) if self.args else ''


class InvalidTimeError(InvalidArgumentsError):
    """A time is not a time, or an interval ends before it starts."""


class InvalidInfluenceTypeError(InvalidArgumentsError):
    """An entity's influence type is not one of the known ones."""


class InvalidEventError(InvalidArgumentsError):
    """An event cannot be read or stored."""


class InvalidAnnotationError(InvalidArgumentsError):
    """An annotation breaks a rule of its type."""


class InvalidConfigError(InvalidArgumentsError):
    """A configuration cannot work."""


class InvalidFileError(InvalidArgumentsError):
    """A file is not what it should be."""


class InvalidURLError(InvalidArgumentsError):
    """A URL cannot be used."""


class InvalidOrganization(InvalidArgumentsError):
    """An organization does not exist."""


class NameFormatError(InvalidArgumentsError):
    """A name has characters that are not allowed."""


class EmbeddingError(InvalidArgumentsError):
    """An embedding is empty, too long or of the wrong size."""


class SetsError(InvalidArgumentsError):
    """A set is locked, missing, or of another type."""


class SessionError(InvalidArgumentsError):
    """A session is missing, too long, or already there."""


class ProjectError(InvalidArgumentsError):
    """A project is missing or ambiguous."""


class ObjectAccessError(InvalidArgumentsError):
    """An object access names no place that bytes can be read from."""


class AccessError(SceneBoxError):
    """The caller may not do this."""


class AssetCompressionError(SceneBoxError):
    """An asset could not be compressed."""


class CacheError(SceneBoxError):
    """A cache could not be read or written."""


class CredentialsError(SceneBoxError):
    """Credentials for a storage or service are missing or wrong."""


class DataEnrichmentError(SceneBoxError):
    """An enrichment failed."""


class FileSizeCheckError(SceneBoxError):
    """A file's size is not what it should be."""


class JiraError(SceneBoxError):
    """The issue tracker refused a request."""


class KafkaConsumerError(SceneBoxError):
    """A message stream could not be read."""


class KafkaProducerError(SceneBoxError):
    """A message stream could not be written."""


class LicenseError(SceneBoxError):
    """The platform's licence does not cover this."""


class OrganizationAlreadyExistsError(SceneBoxError):
    """An organization of this name exists."""


class OwnershipAlreadyExistsError(SceneBoxError):
    """The same ownership exists already."""


class QuotaExceedError(SceneBoxError):
    """A quota is used up."""


class QuotaSystemError(SceneBoxError):
    """Quotas could not be read."""


class SearchError(SceneBoxError):
    """A query could not be understood or answered."""


class SessionManagerError(SceneBoxError):
    """The session manager failed."""


class StorageError(SceneBoxError):
    """Bytes could not be stored or read."""


class ThumbnailNotAvailableError(SceneBoxError):
    """The asset has no thumbnail of this tag."""


class UDFError(SceneBoxError):
    """A user-defined function cannot be used."""


class UploadError(SceneBoxError):
    """Bytes could not be uploaded."""


class UsageTrackerError(SceneBoxError):
    """Usage could not be recorded."""


class UserAlreadyExistsError(SceneBoxError):
    """A user of this name exists."""


class UserManagerError(SceneBoxError):
    """A user could not be managed."""


class VideoMakerError(SceneBoxError):
    """A video could not be made."""


class ZippingError(SceneBoxError):
    """A zip file could not be made."""
