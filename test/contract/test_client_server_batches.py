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
"""Many small files of the client travel together where the server takes them so."""

import os
from pathlib import Path

import pytest
from server_samples import name, png

from scenebox_ros.client import batches, Image, SceneEngineClient
from scenebox_ros.client.exceptions import AssetError
from scenebox_ros.server.api import status
from scenebox_ros.wire import frames
from scenebox_ros.wire.extension_routes import PUT_BATCH

KB = 1024


@pytest.fixture
def routes(platform, monkeypatch):
    """List the routes that were asked, in order."""
    from scenebox_ros.server.api.metrics import Metrics

    asked, count = [], Metrics.count
    monkeypatch.setattr(Metrics, 'count', lambda self, method, route, *rest: (
        asked.append(f'{method} {route}'), count(self, method, route, *rest))[1])
    return asked


def put(assets, contents, **options):
    assets.put_assets_batch([{} for _ in contents], [*contents],
                            file_objects=[*contents.values()], **options)


def test_small_files_share_requests_and_large_ones_go_alone(assets, routes):
    contents = {name('a'): os.urandom(size) for size in [200 * KB] * 50 + [2 * KB * KB]}
    put(assets, contents)
    sent = list(routes)
    got = assets.get_bytes_in_batch([*contents])

    assert got == contents
    assert sent.count('PUT /v1/assets/batch') == 3
    assert sent.count('PUT /v1/storage/put/{key}') == 1
    assert len(sent) < 12


def test_documents_are_as_those_of_files_that_go_alone(assets, monkeypatch):
    def written(asset_id):
        put(assets, {asset_id: png(1)}, filenames=['p.png'], folders=['f'],
            content_type='image/png')
        document = assets.get_metadata(asset_id)
        access = document.pop('object_access')
        return document.keys(), access['filename'], access['uri'].rpartition('/')[0][-2:]

    together = written(name('a'))
    monkeypatch.setattr(frames, 'MAX_ITEM_BYTES', 0)
    alone = written(name('a'))

    assert together == alone


def test_a_server_without_the_feature_gets_files_one_by_one(platform, monkeypatch, routes):
    others = [one for one in status.FEATURES if one != PUT_BATCH]
    monkeypatch.setattr(status, 'FEATURES', others)
    with SceneEngineClient(platform.token, platform.url) as engine:
        assets = engine.get_asset_manager('images')
        contents = {name('a'): png(n) for n in range(3)}
        put(assets, contents)
        got = assets.get_bytes_in_batch([*contents])

    assert got == contents
    assert 'PUT /v1/assets/batch' not in routes


def test_images_from_a_generator_are_added_in_bounded_memory(engine, tmp_path, monkeypatch):
    reading, most = [0], [0]
    frame = batches.SmallAsset.frame

    def counted(self):
        reading[0] += self.size
        most[0] = max(most[0], reading[0])
        return frame(self)

    put_batch = batches._put

    def done(http, scope, batch, options):
        try:
            return put_batch(http, scope, batch, options)
        finally:
            reading[0] -= sum(one.size for one in batch)

    monkeypatch.setattr(batches.SmallAsset, 'frame', counted)
    monkeypatch.setattr(batches, '_put', done)
    path = tmp_path / 'one.png'
    path.write_bytes(png(1) + bytes(200 * KB))
    set_id = engine.create_set(name('set'), 'images')
    ids = [name('i') for _ in range(300)]
    added = engine.add_images((Image(id=one, path=Path(path)) for one in ids), set_id)

    assert added == ids
    assert sorted(engine.assets_in_set(set_id)) == sorted(ids)
    assert most[0] <= engine.num_threads * (batches.BATCH_BYTES + 200 * KB)
    assert most[0] < 300 * 200 * KB


def test_what_the_server_refuses_is_named_and_the_rest_is_stored(assets, monkeypatch):
    good, bad = name('good'), name('bad')
    line = frames.line

    def garbled(asset_id, *given):
        told = line(asset_id, *given)
        return told.replace(b'nt": {', b'nt": 1, "x": {') if asset_id == bad else told

    monkeypatch.setattr(frames, 'line', garbled)
    with pytest.raises(AssetError, match=f"1 failed, '{bad}' first: 400 document") as caught:
        put(assets, {good: png(1), bad: png(2)})

    assert (caught.value.status, caught.value.code) == (400, 'bad_request')
    assert [assets.exists(good), assets.exists(bad)] == [True, False]


def test_bytes_that_arrive_as_others_are_sent_again(assets, monkeypatch):
    wrong, calls = ['the first'], []
    good, bad = name('good'), name('bad')
    put_batch = batches.asset_documents.put_batch

    def sent(http, scope, pieces, options, doing):
        calls.append(len(pieces) // 2)
        if wrong:
            wrong.clear()
            pieces = [*pieces[:-1], bytes(len(pieces[-1]))]
        return put_batch(http, scope, pieces, options, doing)

    monkeypatch.setattr(batches.asset_documents, 'put_batch', sent)
    put(assets, {good: png(1), bad: png(2)})

    assert calls == [2, 1]
    assert assets.get_bytes(bad) == png(2)


def test_a_committed_set_learns_that_a_member_was_overwritten(engine, assets):
    set_id = engine.create_set(name('set'), 'images')
    asset_id = name('a')
    assets.put_assets_batch([{'sets': [set_id]}], [asset_id], file_objects=[png(1)])
    sets = engine.get_asset_manager('sets')
    sets.update_metadata(set_id, {'version_in_sync': True})
    assets.put_assets_batch([{}], [asset_id], file_objects=[png(2)])

    assert sets.get_metadata(set_id)['version_in_sync'] is False
