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

"""An uploader that gives up: it says so, and waits for nothing that is under way."""

from threading import Event

from platforms import asset, opening, run, uploader
import pytest

from scenebox_ros.errors import ConnectionFailedError, InvalidAuthorization

LOST = ConnectionFailedError('the connection broke')


def test_a_run_that_is_told_to_stop_says_that_nothing_worked(spool, platform):
    stop = Event()

    def put_assets(asset_type, assets):
        stop.set()
        raise LOST

    platform.put_assets = put_assets
    spool.put([opening(), asset('a')])
    with pytest.raises(ConnectionFailedError):
        uploader(spool, platform, give_up_s=0.0).run(stop, gives_up=True)


def test_giving_up_ends_what_is_under_way(spool, platform):
    is_under_way, was_stopped = Event(), []

    def put_assets(asset_type, assets):
        if assets[0].id == 'a0':
            is_under_way.set()
            was_stopped.append(platform.bucket._stopped.wait(30))
            raise LOST
        assert is_under_way.wait(30)
        raise InvalidAuthorization('the token has expired')

    platform.put_assets = put_assets
    spool.put(run())
    with pytest.raises(InvalidAuthorization):
        uploader(spool, platform, batch_entries=1, finish_s=3600.0).drain()

    assert was_stopped == [True]
