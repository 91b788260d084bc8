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

"""Documented methods about embeddings and models, called against a real server."""

from importlib.util import find_spec

import pytest
from server_samples import added_images, name

from scenebox_ros.client import Embedding
from scenebox_ros.client.exceptions import ResponseError, SimilaritySearchError


@pytest.fixture(scope='module')
def embedded(engine):
    """Add four images whose embeddings lie on a line."""
    set_id, ids = added_images(engine, 4)
    made = engine.add_embeddings(
        [
            Embedding([float(i), 1.0, 2.0], asset_id=one, model='mine', version='v1')
            for i, one in enumerate(ids)
        ],
        create_umap=False, wait_for_completion=True,
    )
    return set_id, ids, made


def test_the_nearest_asset_is_found_first(engine, embedded):
    _, ids, made = embedded

    assert engine.search_similar_assets(ids[0], 2) == [ids[1], ids[2]]
    assert len(set(made)) == 4
    _, (bare,) = added_images(engine, 1)
    with pytest.raises(SimilaritySearchError, match='add them first'):
        engine.search_similar_assets(bare)


def test_embeddings_are_indexed_again(engine, embedded, finish):
    _, ids, made = embedded
    finish(engine.similarity_search_bulk_index(embedding_ids=made))

    assert engine.search_similar_assets(ids[3], 1) == [ids[2]]


@pytest.mark.skipif(find_spec('umap') is not None, reason='the server can make maps')
def test_a_server_that_cannot_make_maps_says_what_it_lacks(engine, embedded):
    _, ids, _ = embedded
    space = next(iter(engine.get_metadata(ids[0], 'images')['embeddings']))

    with pytest.raises(ResponseError, match='umap-learn') as caught:
        engine.create_umap('images', space)
    assert caught.value.status == 501


@pytest.mark.skipif(find_spec('umap') is None, reason='umap-learn is not installed')
def test_embeddings_get_places_on_a_map(engine, embedded):
    _, ids, _ = embedded
    told = []
    space = next(iter(engine.get_metadata(ids[0], 'images')['embeddings']))
    engine.create_umap('images', space, n_neighbors=2, wait_for_completion=True,
                       progress_callback=lambda progress, stage: told.append(progress))
    places = [
        tuple(engine.get_metadata(one, 'images')['umap'][space]['coordinates']) for one in ids
    ]

    assert len(set(places)) == 4
    assert told[-1] == 100


def test_sets_are_compared(engine, embedded):
    set_id, ids, _ = embedded
    other = engine.create_set(name('set'), 'images')
    engine.add_assets_to_set(other, ids=ids[2:], wait_for_completion=True)
    space = next(iter(engine.get_metadata(ids[0], 'images')['embeddings']))
    engine.compare_sets([set_id, other], space,
                        metric_params={'num_projections': 5, 'num_seeds': 2})  # fmt: skip
    (pair,) = engine.get_comparison_matrix(index_name=space)

    assert {set_id, other} <= set(map(str, pair.values())) or set_id in str(pair)


def test_a_model_embeds_images_and_an_unknown_one_is_refused(engine):
    _, ids = added_images(engine, 3)
    told = []
    engine.model_inference(ids=ids, model='histogram', obtain_embeddings=True,
                           wait_for_completion=True,
                           progress_callback=lambda progress, stage: told.append(progress))

    assert set(engine.search_similar_assets(ids[0], 10)) >= set(ids[1:])
    assert told[-1] == 100
    with pytest.raises(ResponseError, match='mask_rcnn'):
        engine.model_inference(ids=ids, model='mask_rcnn', obtain_mask=True)
