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

"""What the bytes of assets really are; our own server answers this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from scenebox_ros.client.endpoints import checks
from scenebox_ros.client.methods.base import AssetMethods
from scenebox_ros.model.plain import chunks

MAX_HASHES = 1000


class AssetCheckMethods(AssetMethods):
    """Check the bytes of assets."""

    def get_hashes(self, ids: Sequence[str]) -> dict[str, Optional[str]]:
        """
        Let the server read the bytes of assets where they lie, and hash them.

        Parameters
        ----------
        ids
            Any number; 1,000 of them go into a request.

        Returns
        -------
        dict
            SHA-256 in hex by id; None where there are no bytes, or they cannot be read.

        Raises
        ------
        AssetError
            If the server refuses, or is not ours.

        Examples
        --------
        >>> client.get_hashes(['img_1'])
        {'img_1': '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'}

        """
        return {
            name: digest
            for some in chunks(ids, MAX_HASHES)
            for name, digest in checks.hashes(self._http, self._scope, some).items()
        }
