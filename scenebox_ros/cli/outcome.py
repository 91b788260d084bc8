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

"""What an error means to whoever typed the command: one line, and an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from scenebox_ros.errors import (
    BagError,
    ConnectionFailedError,
    IdentityError,
    InvalidArgumentsError,
    InvalidAuthorization,
    RequestTimeoutError,
    ResponseError,
    SceneBoxError,
    SettingsError,
)


class Exit(IntEnum):
    """Exit codes of the command."""

    OK = 0
    LOSS = 1
    USAGE = 2
    NO_CONNECTION = 3
    NO_RIGHTS = 4
    NO_RECORDING = 5
    OTHER = 6
    INTERRUPTED = 130


def exit_code(error: BaseException) -> Exit:
    """Choose the exit code for an error."""
    if isinstance(error, ConnectionFailedError | RequestTimeoutError):
        return Exit.NO_CONNECTION
    if isinstance(error, InvalidAuthorization | IdentityError):
        return Exit.NO_RIGHTS
    if isinstance(error, ResponseError) and error.status in {401, 403}:
        return Exit.NO_RIGHTS
    if isinstance(error, BagError | FileNotFoundError):
        return Exit.NO_RECORDING
    if isinstance(error, SettingsError | InvalidArgumentsError):
        return Exit.USAGE
    return Exit.OTHER


class Report(Protocol):
    """What an exit code is chosen by."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Name the recordings that cannot be read at all, and why."""

    @property
    def is_perfect(self) -> bool:
        """Tell whether nothing was lost."""


def verdict(report: Report, paths: Sequence[Path]) -> Exit:
    """Choose the exit code for work that was done on recordings."""
    if len(report.refused) == len(paths):
        return Exit.NO_RECORDING
    return Exit.OK if report.is_perfect else Exit.LOSS


def explain(error: BaseException) -> str:
    """Say in one line what happened."""
    if isinstance(error, SceneBoxError):
        text = str(error)
    elif isinstance(error, OSError) and error.filename:
        text = f'{error.strerror}: {error.filename}'
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror
    else:
        text = f'unexpected {type(error).__name__}: {error}; scenebox -v shows where'
    return ' '.join(text.split())
