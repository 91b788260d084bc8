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


"""Every exception that the client raises, under the names that the original client has."""

from __future__ import annotations

from scenebox_ros.client.cancel import Cancelled as Cancelled
from scenebox_ros.errors import (
    AccessError as AccessError,
    ArgumentTypeError as ArgumentTypeError,
    AssetCompressionError as AssetCompressionError,
    AssetError as AssetError,
    CacheError as CacheError,
    CampaignError as CampaignError,
    ConnectionFailedError as ConnectionFailedError,
    CredentialsError as CredentialsError,
    DataEnrichmentError as DataEnrichmentError,
    DependencyError as DependencyError,
    EmbeddingError as EmbeddingError,
    FileSizeCheckError as FileSizeCheckError,
    IdentityError as IdentityError,
    IndexingException as IndexingException,
    InvalidAnnotationError as InvalidAnnotationError,
    InvalidArgumentsError as InvalidArgumentsError,
    InvalidAuthorization as InvalidAuthorization,
    InvalidConfigError as InvalidConfigError,
    InvalidEventError as InvalidEventError,
    InvalidFileError as InvalidFileError,
    InvalidInfluenceTypeError as InvalidInfluenceTypeError,
    InvalidOrganization as InvalidOrganization,
    InvalidTimeError as InvalidTimeError,
    InvalidURLError as InvalidURLError,
    JiraError as JiraError,
    JobError as JobError,
    KafkaConsumerError as KafkaConsumerError,
    KafkaProducerError as KafkaProducerError,
    LengthMismatchError as LengthMismatchError,
    LicenseError as LicenseError,
    MetadataNotFoundError as MetadataNotFoundError,
    MissingKeyError as MissingKeyError,
    NameFormatError as NameFormatError,
    ObjectAccessError as ObjectAccessError,
    OperationError as OperationError,
    OrganizationAlreadyExistsError as OrganizationAlreadyExistsError,
    OwnershipAlreadyExistsError as OwnershipAlreadyExistsError,
    ProjectError as ProjectError,
    QuotaExceedError as QuotaExceedError,
    QuotaSystemError as QuotaSystemError,
    RequestTimeoutError as RequestTimeoutError,
    ResponseError as ResponseError,
    RuleError as RuleError,
    SceneBoxError as SceneBoxError,
    SearchError as SearchError,
    SessionError as SessionError,
    SessionManagerError as SessionManagerError,
    SetsError as SetsError,
    SimilaritySearchError as SimilaritySearchError,
    StorageError as StorageError,
    ThumbnailNotAvailableError as ThumbnailNotAvailableError,
    UDFError as UDFError,
    UploadError as UploadError,
    UsageTrackerError as UsageTrackerError,
    UserAlreadyExistsError as UserAlreadyExistsError,
    UserManagerError as UserManagerError,
    VideoMakerError as VideoMakerError,
    ZippingError as ZippingError,
)
