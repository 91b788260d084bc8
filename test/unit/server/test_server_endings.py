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

"""Futures of the loop that threads end, and what links sign."""

import asyncio
import json
import threading

import pytest

from scenebox_ros.server.api.endings import Ending
from scenebox_ros.server.store.signing import Signer


def test_each_future_has_its_own_end_whichever_threads_end_them():
    async def main():
        endings = [Ending() for _ in range(2000)]

        def end(first):
            for number in range(first, len(endings), 4):
                if number % 5:
                    endings[number].set_result(number)
                else:
                    endings[number].set_exception(ValueError(str(number)))

        threads = [threading.Thread(target=end, args=[first]) for first in range(4)]
        for thread in threads:
            thread.start()
        every = asyncio.gather(*(one.future for one in endings), return_exceptions=True)
        return await asyncio.wait_for(every, 30), [one.done() for one in endings]

    told, done = asyncio.run(main())

    assert all(done)
    assert [int(str(one)) for one in told] == [*range(2000)]
    assert [isinstance(one, ValueError) for one in told] == [not n % 5 for n in range(2000)]


def test_many_ends_wake_the_loop_once(monkeypatch):
    async def main():
        loop, calls = asyncio.get_running_loop(), []
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, 'call_soon_threadsafe', lambda *given: (
            calls.append(1), wake(*given))[1])
        for _ in range(2):
            endings = [Ending() for _ in range(10)]
            for one in endings:
                one.set_result(None)
            endings[0].future.cancel()
            await asyncio.wait([one.future for one in endings])
        return len(calls)

    assert asyncio.run(main()) == 2


def test_threads_go_on_when_the_loop_is_closed():
    async def main():
        return [Ending(), Ending()]

    first, second = asyncio.run(main())
    first.set_result(1)
    second.set_exception(ValueError('too late'))

    assert first.done()
    assert second.done()


@pytest.mark.parametrize('key', ['me/a b.png', 'me/"\\\n\x7f', 'me/\u00e4\u2603\U0001f697'])
def test_what_is_signed_is_the_json_that_older_links_signed(tmp_path, key):
    """So that a link of before opens its object after an update, too."""
    signer = Signer(tmp_path / 'secret')
    signed = {'type': 'image/png', 'expires': '12', 'encoding': key}
    digest = signer._begun.copy()
    digest.update(json.dumps(['put', key, sorted(signed.items())]).encode())

    assert signer._sign('put', key, signed) == digest.hexdigest()
