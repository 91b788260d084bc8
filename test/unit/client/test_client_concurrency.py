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


"""Threads, cancelling and asyncio."""

import asyncio
import os
import signal
import threading
import time

from fake_platform import FakePlatform, HOST
import httpx
import pytest
import scene_platform

from scenebox_ros.client import (
    AssetManagerClient,
    AsyncAssetManagerClient,
    AsyncSceneEngineClient,
    cancel,
)
from scenebox_ros.client.aio import MAX_WORKERS, over
from scenebox_ros.client.cancel import Cancellation, Cancelled
from scenebox_ros.client.threads import attempted, run_threaded
from scenebox_ros.errors import AssetError

# -- threads


@pytest.mark.parametrize('threads', [1, 4])
def test_results_come_in_the_order_of_the_items(threads):
    assert run_threaded(lambda one: one * 2, range(50), threads) == [2 * one for one in range(50)]


def test_no_more_items_are_taken_than_threads_can_hold():
    taken = []
    at_most = []

    def items():
        for one in range(100):
            taken.append(one)
            yield one

    done = []

    def work(one):
        done.append(one)
        at_most.append(len(taken) - len(done))

    run_threaded(work, items(), 3)

    assert max(at_most) <= 3
    assert len(done) == 100


def test_threads_work_at_the_same_time():
    barrier = threading.Barrier(4)

    run_threaded(lambda _: barrier.wait(10), range(4), 4)

    assert not barrier.broken


@pytest.mark.parametrize('threads', [1, 4])
def test_the_first_error_is_raised_and_stops_the_rest(threads):
    done = []

    def work(one):
        if one == 3:
            raise AssetError('no')
        done.append(one)

    with pytest.raises(AssetError, match='no'):
        run_threaded(work, range(1000), threads)

    assert len(done) < 1000


def test_an_error_stops_what_other_threads_wait_for():
    begun = threading.Event()

    def work(one):
        if one == 0:
            begun.wait(10)
            raise AssetError('no')
        begun.set()
        cancel.sleep(3600)

    with pytest.raises(AssetError):
        run_threaded(work, range(2), 2)


def test_progress_is_told_after_each_item():
    told = []
    run_threaded(lambda one: one, range(5), 2, lambda: told.append(1))

    assert len(told) == 5


def test_an_attempt_returns_its_error_but_not_that_it_was_cancelled():
    def cancelled(_):
        raise Cancelled('x')

    def fails(_):
        raise AssetError('no')

    assert isinstance(attempted(fails)(1), AssetError)
    with pytest.raises(Cancelled):
        attempted(cancelled)(1)


# -- cancelling


def test_a_cancelled_call_sends_nothing_more():
    platform = FakePlatform()
    client = platform.client()
    cancellation = Cancellation()

    def first(sent):
        cancellation.cancel()
        return httpx.Response(200, json={'results': ['a']})

    platform.does('POST /v1/assets/', first)
    with cancel.under(cancellation), pytest.raises(Cancelled, match='call again'):
        client.search_assets_large()

    assert len(platform.sent()) == 1


def test_an_inner_cancellation_follows_the_outer_one():
    outer = Cancellation()
    inner = Cancellation(outer)
    inner_only = Cancellation(outer)
    inner_only.cancel()

    assert (outer.is_cancelled, inner.is_cancelled) == (False, False)
    outer.cancel()
    assert inner.is_cancelled


def test_a_wait_ends_soon_after_it_is_cancelled(monkeypatch):
    cancellation = Cancellation()
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        cancellation.cancel()

    monkeypatch.setattr(time, 'sleep', sleep)
    with cancel.under(cancellation), pytest.raises(Cancelled):
        cancel.sleep(3600)

    assert slept == [cancel.SLICE_S]


# -- asyncio


def client_of(platform, **options):
    return AsyncAssetManagerClient('images', http=platform.http(), num_threads=1, **options)


def test_a_method_is_awaited():
    platform = FakePlatform()
    platform.answer('GET .*exists.*', True)

    async def main():
        async with client_of(platform) as client:
            return await client.exists('img_1')

    assert asyncio.run(main()) is True


def test_methods_run_at_the_same_time():
    platform = FakePlatform()
    barrier = threading.Barrier(3)

    def together(sent):
        barrier.wait(10)
        return httpx.Response(200, json=True)

    platform.answer('GET /status', {})
    platform.does('GET .*exists.*', together)

    async def main():
        async with client_of(platform) as client:
            return await asyncio.gather(*(client.exists(one) for one in 'abc'))

    assert asyncio.run(main()) == [True, True, True]


def test_an_iterator_is_for_async_for():
    platform = FakePlatform()
    for page in (['a', 'b'], ['c'], []):
        platform.answer('POST /v1/assets/', {'results': page}, times=1)

    async def main():
        async with client_of(platform) as client:
            return [asset.id async for asset in client.assets_iterator()]

    assert asyncio.run(main()) == ['a', 'b', 'c']


def test_a_chain_goes_on_with_the_asynchronous_client():
    platform = FakePlatform()

    async def main():
        async with client_of(platform) as client:
            videos = await client.with_asset_state('videos')
            await videos.search_assets()
            return videos is client

    assert asyncio.run(main())
    assert platform.sent()[0].query['asset_type'] == 'videos'


def test_a_closed_client_for_asyncio_starts_anew():
    platform = FakePlatform()
    platform.answer('GET .*exists.*', True)

    async def main():
        client = client_of(platform)
        async with client:
            await client.exists('img_1')
        return await client.exists('img_2')

    assert asyncio.run(main()) is True


def test_a_client_for_asyncio_works_in_a_child_process():
    platform = FakePlatform()
    platform.answer('GET .*exists.*', True)
    client = client_of(platform)
    meeting = threading.Barrier(MAX_WORKERS)

    async def all_threads():
        every = range(meeting.parties)
        await asyncio.gather(*(client.run(lambda _: meeting.wait()) for _ in every))

    asyncio.run(all_threads())
    child = os.fork()
    if child == 0:
        # What hangs ends by the alarm, which is not 0.
        signal.alarm(30)
        os._exit(0 if asyncio.run(client.exists('img_2')) else 1)

    assert os.waitpid(child, 0)[1] == 0


def test_asset_managers_of_a_client_for_asyncio_are_for_asyncio():
    fake = scene_platform.platform()
    fake.answer('POST /v1/assets/count/', 3)

    async def main():
        async with over(AsyncSceneEngineClient, scene_platform.client_of(fake)) as client:
            images = await client.get_asset_manager('images')
            return await images.count()

    assert asyncio.run(main()) == 3


def test_errors_of_making_the_client_are_raised_where_it_is_first_awaited():
    client = AsyncAssetManagerClient('nonsense', HOST)

    async def main():
        async with client:
            pass

    with pytest.raises(ValueError, match="'nonsense' does not exist"):
        asyncio.run(main())
    asyncio.run(client.close())
    asyncio.run(client.close())


def test_a_cancelled_task_stops_its_thread_before_the_next_request():
    platform = FakePlatform()
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(sent):
        begun.set()
        may_go_on.wait(10)
        return httpx.Response(200, json={'results': ['a']})

    platform.does('POST /v1/assets/', slow)

    async def main():
        client = client_of(platform)
        task = asyncio.create_task(client.search_assets_large())
        await asyncio.get_running_loop().run_in_executor(None, begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        may_go_on.set()
        await client.close()

    asyncio.run(main())

    assert len(platform.sent()) == 1


def test_one_client_may_be_used_from_many_threads():
    platform = FakePlatform()
    platform.answer('GET .*exists.*', True)
    client = platform.client()

    assert run_threaded(lambda one: client.exists(str(one)), range(200), 16) == [True] * 200


def test_the_identity_is_asked_for_once_for_all_clients_of_a_pool():
    platform = FakePlatform()
    platform.answer('GET /auth', {'organization_id': 'o'})
    clients = [platform.client(), platform.client('videos')]
    for client in clients:
        client._identity()

    assert len(platform.sent('GET /auth')) == 1


def test_a_refused_token_is_an_error_of_the_constructor(monkeypatch):
    platform = FakePlatform()
    platform.answer('GET /auth', {'error': 'who?'}, status=401)
    monkeypatch.setattr('scenebox_ros.client.http.Pool', lambda timeouts: platform.pool)

    with pytest.raises(Exception, match='identity') as caught:
        AssetManagerClient('images', f'{HOST}/v1', auth_token='nobody-x')

    assert type(caught.value).__name__ == 'IdentityError'
