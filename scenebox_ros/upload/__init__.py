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

"""From the spool to the platform: sessions, sets, assets, entities; each once and none lost."""

from scenebox_ros.upload.platform import ClientPlatform, moment_of, NewAsset, Platform
from scenebox_ros.upload.report import UploadReport, UploadStatus
from scenebox_ros.upload.settings import UploadSettings
from scenebox_ros.upload.uploader import Uploader

__all__ = [
    'ClientPlatform', 'NewAsset', 'Platform', 'Uploader', 'UploadReport', 'UploadSettings',
    'UploadStatus', 'moment_of',
]
