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

"""What an uploader holds in memory: as much as is under way, however much waits."""

import gc
import logging
from threading import Event, Thread

from platforms import asset, run, uploader
import pytest

from scenebox_ros.spool import Entry


def held_bytes():
    """Sum up what entries hold in this process: those of other tests, too."""
    gc.collect()
    return sum(len(one.record.body) for one in gc.get_objects() if isinstance(one, Entry))


@pytest.mark.parametrize(('count', 'size'), [(2000, 2000), (12, 2_000_000)])
def test_an_uploader_holds_a_batch_a_worker_of_any_backlog(spool, platform, count, size):
    spool.put(run(*[asset(f'a{n}', body=bytes(size)) for n in range(count)]))
    goes_on, put, waiting = Event(), platform.put_assets, []

    def put_slowly(*given):
        waiting.append(given[0])
        goes_on.wait(20)
        put(*given)

    platform.put_assets = put_slowly
    upload, stop = uploader(spool, platform, workers=3, batch_bytes=250_000), Event()
    others = held_bytes()
    thread = Thread(target=upload.run, args=(stop,))
    thread.start()
    while len(waiting) < 3:
        stop.wait(0.005)
    held = held_bytes() - others
    goes_on.set()
    while not platform.ended:
        stop.wait(0.005)
    stop.set()
    thread.join()

    assert held <= 3 * max(250_000, size)
    assert held >= 2 * min(50 * size, 2_000_000)
    assert len(platform.assets) == count


def test_entries_that_wait_for_a_server_that_refuses_their_kind_are_not_held_in_memory(
    spool, platform, caplog
):
    # What pytest keeps of the log would hold the errors, and they what they are about.
    caplog.set_level(logging.CRITICAL, 'scenebox_ros.upload.uploader')
    clouds = [asset(f'c{n}', 'lidars', body=bytes(100_000)) for n in range(40)]
    platform.poison, platform.poison_status = {cloud.id for cloud in clouds}, 500
    spool.put(run(asset('a0'), *clouds))
    upload, stop = uploader(spool, platform, max_attempts=1, batch_bytes=250_000), Event()
    others = held_bytes()
    thread = Thread(target=upload.run, args=(stop,))
    thread.start()
    while upload.report().failures < 60:
        stop.wait(0.005)
    held = held_bytes() - others
    stop.set()
    thread.join()

    # Two workers, a batch of two clouds each, and two that were taken apart.
    assert held <= 8 * 100_000
    assert spool.stat().total.aside == 0
    platform.poison = set()
    uploader(spool, platform).drain()
    assert len(platform.assets) == 41
