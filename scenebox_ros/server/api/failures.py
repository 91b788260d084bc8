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

"""Exceptions as answers: status, code and message."""

from __future__ import annotations

import sqlite3

from starlette.responses import JSONResponse

from scenebox_ros import errors
from scenebox_ros.server.store.database import QueryTimeoutError
from scenebox_ros.server.store.transfer import TooLargeError, WrongHashError
from scenebox_ros.server.store.unwritable import DiskFullError, UnwritableError


class RefusedError(errors.SceneBoxError):
    """A request that is answered with a status of its own."""

    def __init__(self, status: int, code: str, message: str,
                 headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}


# The first match counts, so what is special stands before what is general.
ANSWERS: list[tuple[type[BaseException], int, str]] = [
    (DiskFullError, 507, 'disk_full'),
    (UnwritableError, 503, 'unwritable'),
    (TooLargeError, 413, 'too_large'),
    (WrongHashError, 422, 'wrong_hash'),
    (QueryTimeoutError, 503, 'query_timeout'),
    (errors.MetadataNotFoundError, 404, 'not_found'),
    (errors.InvalidAuthorization, 401, 'unauthorized'),
    (errors.AccessError, 403, 'forbidden'),
    (errors.UserAlreadyExistsError, 409, 'exists'),
    (errors.OrganizationAlreadyExistsError, 409, 'exists'),
    (errors.OwnershipAlreadyExistsError, 409, 'exists'),
    (errors.UserManagerError, 404, 'not_found'),
    (errors.QuotaExceedError, 429, 'quota'),
    (errors.SearchError, 400, 'bad_query'),
    (errors.SetsError, 409, 'set'),
    (errors.SessionError, 400, 'session'),
    (errors.InvalidArgumentsError, 400, 'bad_request'),
    (errors.DependencyError, 501, 'not_installed'),
    (errors.StorageError, 500, 'storage'),
    (errors.SceneBoxError, 400, 'refused'),
    (UnicodeEncodeError, 400, 'bad_text'),
    (RecursionError, 400, 'too_deep'),
    (sqlite3.DataError, 400, 'too_large'),
]


def known(error: BaseException) -> tuple[int, str, str] | None:
    """Say how an exception is answered; nothing if it is the server's own fault."""
    if isinstance(error, RefusedError):
        return error.status, error.code, str(error)
    status = getattr(error, 'status', None)
    for kind, usual, code in ANSWERS:
        if isinstance(error, kind):
            return status or usual, getattr(error, 'code', None) or code, str(error)
    return None


def answer(status: int, code: str, message: str,
           headers: dict[str, str] | None = None) -> JSONResponse:
    """Make the JSON that every failure is answered with."""
    return JSONResponse({'error': {'code': code, 'message': message}}, status, headers)
