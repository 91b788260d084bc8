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
From a queue to the platform: sessions, sets, assets, entities; each once and none lost.

What is exported here is imported when it is asked for: who writes files needs the settings alone.
"""

from typing import TYPE_CHECKING

from scenebox_ros.late import late

if TYPE_CHECKING:
    from scenebox_ros.upload.passage import Passage
    from scenebox_ros.upload.platform import ClientPlatform, moment_of, NewAsset, Platform
    from scenebox_ros.upload.report import UploadReport, UploadStatus
    from scenebox_ros.upload.settings import UploadSettings
    from scenebox_ros.upload.uploader import Uploader

__all__ = [
    'ClientPlatform', 'NewAsset', 'Passage', 'Platform', 'Uploader', 'UploadReport',
    'UploadSettings', 'UploadStatus', 'moment_of',
]
HOMES = {
    'Passage': 'scenebox_ros.upload.passage',
    **dict.fromkeys(
        ('ClientPlatform', 'NewAsset', 'Platform', 'moment_of'), 'scenebox_ros.upload.platform'),
    **dict.fromkeys(('UploadReport', 'UploadStatus'), 'scenebox_ros.upload.report'),
    'UploadSettings': 'scenebox_ros.upload.settings',
    'Uploader': 'scenebox_ros.upload.uploader',
}
__getattr__ = late(__name__, HOMES)
