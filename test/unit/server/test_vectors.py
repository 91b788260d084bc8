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

import numpy as np
import pytest

from scenebox_ros.errors import DependencyError, EmbeddingError, SimilaritySearchError
from scenebox_ros.server.embeddings import maps
from scenebox_ros.server.embeddings.distance import sliced_wasserstein
from scenebox_ros.server.embeddings.schema import VECTORS
from scenebox_ros.server.embeddings.vectors import read_vector, Vectors
from scenebox_ros.server.store.database import Database
from scenebox_ros.server.store.documents import Owner

ME = Owner('me')


def array(*rows):
    return np.array(rows, np.float32)


@pytest.fixture(scope='module')
def database(tmp_path_factory):
    opened = Database(tmp_path_factory.mktemp('vectors') / 'v.sqlite', [VECTORS])
    yield opened
    opened.close()


@pytest.fixture
def vectors(database):
    made = Vectors(database)
    made.drop('me', 'images', 's')
    made.put('me', 'images', 's', [('a', array(1, 0)), ('b', array(9, 1)), ('c', array(0, 1)),
                                   ('d', array(-1, 0)), ('zero', array(0, 0))])  # fmt: skip
    return made


def test_similar_means_the_same_direction(vectors):
    assert vectors.similar(ME, 'images', 's', 'a', 3) == ['b', 'c', 'zero']
    assert vectors.similar(ME, 'images', 's', 'a', 99) == ['b', 'c', 'zero', 'd']


def test_what_has_no_vector_has_nothing_similar(vectors):
    for asset, space in [('x', 's'), ('a', 'other')]:
        with pytest.raises(SimilaritySearchError):
            vectors.similar(ME, 'images', space, asset, 1)


def test_a_vector_is_replaced(vectors):
    assert vectors.similar(ME, 'images', 's', 'a', 1) == ['b']
    vectors.put('me', 'images', 's', [('d', array(5, 0))])

    assert vectors.similar(ME, 'images', 's', 'a', 1) == ['d']


def test_a_space_made_anew_does_not_remember(vectors):
    assert vectors.similar(ME, 'images', 's', 'a', 1) == ['b']
    vectors.drop('me', 'images', 's')
    vectors.put('me', 'images', 's', [('a', array(1, 0)), ('new', array(1, 1))])

    assert vectors.similar(ME, 'images', 's', 'a', 9) == ['new']


def test_a_space_has_vectors_of_one_length(vectors):
    with pytest.raises(EmbeddingError, match='3 numbers'):
        vectors.put('me', 'images', 's', [('e', array(1, 2, 3))])


def test_other_organizations_vectors_are_seen_only_with_a_grant(vectors):
    class Both(Owner):
        organizations = ('me', 'you')

    vectors.drop('you', 'images', 's')
    vectors.put('you', 'images', 's', [('yours', array(1, 0))])

    assert 'yours' not in vectors.similar(ME, 'images', 's', 'a', 99)
    assert vectors.similar(Both('me'), 'images', 's', 'a', 1) == ['yours']


def test_bytes_are_float32_or_float64():
    assert read_vector(array(1, 2).tobytes(), 2).tolist() == [1, 2]
    assert read_vector(np.array([1.0, 2.0]).tobytes(), 2).tolist() == [1, 2]
    for body, count in [(b'123', 1), (array(np.nan).tobytes(), 1), (b'', 0)]:
        with pytest.raises(EmbeddingError):
            read_vector(body, count)


def test_the_distance_of_a_cloud_from_itself_is_nothing():
    cloud = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)

    assert sliced_wasserstein(cloud, cloud).mean == 0
    thrice = np.repeat(cloud, 3, axis=0)
    assert sliced_wasserstein(cloud, thrice).mean == pytest.approx(0, abs=1e-6)


def test_the_distance_of_a_moved_cloud_is_how_far_it_was_moved():
    # Along one dimension there is one direction, so the distance is exact.
    cloud = np.arange(10, dtype=np.float32)[:, None]

    assert sliced_wasserstein(cloud, cloud + 3).mean == pytest.approx(3)
    assert sliced_wasserstein(cloud, cloud + 3).deviation == pytest.approx(0, abs=1e-9)


def test_in_more_dimensions_directions_share_the_distance():
    cloud = np.zeros((5, 4), np.float32)
    found = sliced_wasserstein(cloud, cloud + array(2, 0, 0, 0), num_projections=200)

    # Of a unit vector's squares, each of four dimensions has a quarter on average.
    assert found.mean == pytest.approx(1, rel=0.05)


def test_empty_clouds_cannot_be_compared():
    with pytest.raises(EmbeddingError):
        sliced_wasserstein(np.zeros((0, 2), np.float32), array([1, 2]))


def test_what_is_new_is_put_among_what_it_resembles():
    known = array([1, 0], [1, 0.01], [0, 1], [0.01, 1])
    coordinates = array([0, 0], [0, 0], [10, 10], [10, 10])
    placed = maps.place(array([2, 0.001], [0, 5]), known, coordinates)

    assert placed[0] == pytest.approx([0, 0], abs=0.1)
    assert placed[1] == pytest.approx([10, 10], abs=0.1)


def test_without_umap_maps_say_what_to_install(monkeypatch):
    monkeypatch.setattr(maps, 'find_spec', lambda name: None)

    with pytest.raises(DependencyError, match='pip install umap-learn'):
        maps.require_umap()
