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

"""A transfer whose uploader breaks: whoever reads is told, and does not wait."""

import pytest

from scenebox_ros.bags.recordings import Options
from scenebox_ros.bags.transfer import uploading
from scenebox_ros.errors import ConnectionFailedError
from scenebox_ros.model.records import Record


class BrokenPlatform:
    """Nothing works."""

    server = 'http://platform'

    def __init__(self, error):
        self._error = error

    def pace(self, bucket):
        raise self._error


@pytest.mark.parametrize('error', [ConnectionFailedError('nobody answers'), ValueError('a bug')])
def test_whoever_puts_gets_the_uploaders_failure(error):
    def put_for_ever():
        with uploading(BrokenPlatform(error), Options()) as (passage, _):
            for number in range(1_000_000):
                passage.put([Record('images', 'drive', str(number), body=bytes(1 << 20))])

    with pytest.raises(type(error), match=str(error)):
        put_for_ever()
