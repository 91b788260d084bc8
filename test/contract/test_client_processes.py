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

"""Clients in the processes of pools, started in every way that Python knows."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
import multiprocessing

import pytest

from scenebox_ros.client import Image
from scenebox_ros.client.exceptions import MetadataNotFoundError

WAYS = ['spawn', 'forkserver', 'fork']
IDS = [f'process_{number}' for number in range(6)]


@pytest.fixture
def filled(engine):
    """Give a client that has connections open, and images to look at."""
    engine.create_set('Processes', 'images', raise_if_set_exists=False)
    engine.add_images([Image(id=id, bytes=id.encode()) for id in IDS], 'processes')
    return engine


@pytest.mark.parametrize('way', WAYS)
def test_a_pool_works_with_the_methods_of_a_client(filled, way):
    images = filled.get_asset_manager('images')
    with multiprocessing.get_context(way).Pool(2) as pool:
        found = pool.map(images.get_bytes, IDS)

    assert found == [id.encode() for id in IDS]
    assert images.exists(IDS[0])


@pytest.mark.parametrize('way', WAYS)
def test_an_executor_gives_results_and_errors_back(filled, way):
    context = multiprocessing.get_context(way)
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        found = list(executor.map(partial(filled.get_metadata, asset_type='images'), IDS))
        failed = executor.submit(filled.get_metadata, 'nowhere', 'images')

        assert [one['id'] for one in found] == IDS
        with pytest.raises(MetadataNotFoundError) as caught:
            failed.result(60)
    assert caught.value.status == 404
