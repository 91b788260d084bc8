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

"""Documented methods about images, lidars and videos, called against a real server."""

import csv
import gzip

import pytest
from server_samples import added_images, at, mp4, name, pcd, png

from scenebox_ros.client import content_id, Image, Lidar, ObjectAccess, Video
from scenebox_ros.client.exceptions import ThumbnailNotAvailableError
from scenebox_ros.codecs.clips import probe_video
from scenebox_ros.codecs.images import decode_image
from scenebox_ros.codecs.pcd import decode_pcd


def stored(engine, kind, entry):
    access = ObjectAccess.from_dict(entry['object_access'])
    return engine.get_asset_manager(kind).get_bytes_from_object_access(access)


@pytest.fixture
def video(engine, tmp_path):
    path = tmp_path / 'ride.mp4'
    path.write_bytes(mp4())
    set_id = engine.create_set(name('videos'), 'videos')
    return engine.add_video(set_id, video_path=path, id=name('video'), sensor='front',
                            start_timestamp=at(0), compress_video=False)  # fmt: skip


def test_an_image_is_what_was_sent_and_said(engine, tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(png())
    set_id = engine.create_set(name('set'), 'images')
    uid = engine.add_session(name('ride'))
    image = engine.add_image(
        path, 'Image-A', sensor='left', timestamp=at(3), set_id=set_id, session_uid=uid,
        aux_metadata={'speed': 3.5}, add_to_session=True, thumbnailize_at_ingest=True,
    )
    document = engine.get_metadata(image, 'images')

    assert image == 'Image-A'
    assert engine.get_asset_manager('images').get_bytes(image) == path.read_bytes()
    assert (document['width'], document['height'], document['format']) == (64, 48, 'PNG')
    assert (document['sensor'], document['sets']) == ('left', [set_id])
    assert document['aux']['speed'] == 3.5
    assert document['timestamp'] == at(3)
    assert engine.get_metadata(uid, 'sessions')['start_time'] == at(3)


def test_images_of_a_generator_and_of_a_folder_arrive(engine, tmp_path):
    set_id, ids = added_images(engine, 3)
    for index in range(2):
        (tmp_path / f'{index}.png').write_bytes(png(index))
    (tmp_path / 'readme.txt').write_text('no image')
    folder = engine.create_set(name('set'), 'images')
    names = {'0.png': 'other', '1.png': 'the_one'}
    engine.add_images_from_folder(tmp_path, folder, filename_image_id_map=names)
    again = engine.add_images([Image(id=ids[0], bytes=png(9))], set_id, overwrite=False)

    assert sorted(engine.assets_in_set(set_id)) == sorted(ids)
    assert len(engine.assets_in_set(folder)) == 2
    assert engine.get_asset_manager('images').get_bytes('the_one') == png(1)
    assert again == []
    assert engine.get_asset_manager('images').get_bytes(ids[0]) == png(30)


def test_lidars_arrive_one_and_several(engine):
    set_id = engine.create_set(name('lidars'), 'lidars')
    one = engine.add_lidar(set_id, lidar_bytes=pcd(), sensor='top', timestamp=at(1), id='cloud')
    more = engine.add_lidars(
        (Lidar(id=f'cloud_{i}', bytes=pcd(10 + i), timestamp=at(i)) for i in range(2)), set_id
    )
    document = engine.get_metadata(one, 'lidars')

    assert (document['format'], document['sensor']) == ('pcd', 'top')
    assert engine.get_asset_manager('lidars').get_bytes(one) == pcd()
    assert sorted(engine.assets_in_set(set_id)) == sorted([one, *more])


def test_videos_arrive_with_their_facts(engine, video, tmp_path):
    path = tmp_path / 'second.mp4'
    path.write_bytes(mp4(frames=20))
    set_id = engine.create_set(name('videos'), 'videos')
    (second,) = engine.add_videos(
        [Video(id=name('video'), path=str(path), start_timestamp=at(0))], set_id,
        compress_videos=False,
    )
    document = engine.get_metadata(second, 'videos')

    assert engine.get_asset_manager('videos').get_bytes(video) == mp4()
    assert (document['width'], document['height']) == (96, 64)
    assert document['duration'] == pytest.approx(2.0, abs=0.11)
    assert document['end_time'] > document['start_time'] == at(0)


def test_images_lidars_and_videos_are_compressed(engine, finish, video):
    _, (image,) = added_images(engine, 1)
    set_id = engine.create_set(name('lidars'), 'lidars')
    cloud = engine.add_lidar(set_id, lidar_bytes=pcd(), id=name('cloud'))
    finish(engine.compress_images([image], desired_shape=[24, 32, 3], thumbnail_tag='mine'))
    finish(engine.compress_lidars([cloud], skip_factors=[10])['job_id'])
    finish(engine.compress_videos([video], use_preset='tiny')['job_id'])
    small = engine.get_metadata(image, 'images')['thumbnails']['mine']
    thin = engine.get_metadata(cloud, 'lidars')['thumbnails']['skip_10']
    film = engine.get_metadata(video, 'videos')['thumbnails']['tiny']

    assert decode_image(stored(engine, 'images', small)).shape[:2] == (24, 32)
    body = stored(engine, 'lidars', thin)
    body = gzip.decompress(body) if body[:2] == b'\x1f\x8b' else body
    assert decode_pcd(body).reshape(-1)['x'].tolist() == list(range(0, 200, 10))
    assert probe_video(stored(engine, 'videos', film)).frames == 10


def test_videos_are_joined(engine, finish, video):
    reply = engine.concatenate_videos([video, video], 'Both', {'sensor': 'main'})
    finish(reply['job_id'])

    assert engine.get_metadata('both', 'videos')['sensor'] == 'main'
    assert probe_video(engine.get_asset_manager('videos').get_bytes('both')).frames == 20


def test_frames_have_thumbnails_once_they_are_made(engine, video):
    with pytest.raises(ThumbnailNotAvailableError, match='extract_frame_thumbnails'):
        engine.get_video_frame_thumbnail(video, 4, 'small')
    engine.extract_frame_thumbnails([video], [4], wait_for_completion=True)
    url = engine.get_video_frame_thumbnail(video, 4, 'full_size_png')
    body = engine.get_asset_manager('images').get_bytes('frame', url=url)

    assert decode_image(body).mean() == pytest.approx(80, abs=4)


def test_a_video_is_made_of_images_named_in_a_csv(engine, tmp_path):
    _, ids = added_images(engine, 3)
    path = tmp_path / 'uris.csv'
    with path.open('w', newline='') as file:
        rows = csv.writer(file)
        rows.writerow(['timestamp', 'image_uri'])
        for index, one in enumerate(ids):
            access = engine.get_metadata(one, 'images')['object_access']
            rows.writerow([at(index), access['uri']])
    engine.make_video_from_image_uris(path, 'roof', 64, 48, 'png', video_id='made_of_images',
                                      wait_for_completion=True)  # fmt: skip

    assert engine.get_metadata('made_of_images', 'videos')['sensor'] == 'roof'
    film = engine.get_asset_manager('videos').get_bytes('made_of_images')
    assert probe_video(film).frames == 3


def test_a_video_becomes_a_session(engine, video):
    reply = engine.submit_video_indexing_request(
        name('films'),
        {'filename': 'ride.mp4', 'asset_ids': [video], 'metadata': {'timestamp': at(5)}},
    )
    session = engine.get_metadata(reply['session_uid'], 'sessions')

    assert session['start_time'] == at(5)
    assert session['source_data'][0]['id'] == video


def test_images_are_measured(engine):
    _, ids = added_images(engine, 2)
    told = []
    engine.image_properties_enrichment(
        properties=['mean_brightness'], ids=ids, wait_for_completion=True,
        progress_callback=lambda progress, stage: told.append(progress),
    )
    measured = [engine.get_metadata(one, 'images')['aux']['mean_brightness'] for one in ids]

    assert measured == pytest.approx([30, 70])
    assert told[-1] == 100


def test_ids_that_follow_from_content_make_a_second_run_add_nothing(engine, tmp_path):
    set_id = engine.create_set(name('set'), 'images')
    for index in range(3):
        (tmp_path / f'{index}.png').write_bytes(png(200 + index))

    def run(overwrite):
        paths = sorted(tmp_path.glob('*.png'))
        made = (Image(content_id(path, 'left'), path, timestamp=at(0)) for path in paths)
        return engine.add_images(made, set_id, overwrite=overwrite)

    first, again, anew = run(True), run(False), run(True)

    assert len(set(first)) == 3
    assert again == []
    assert sorted(anew) == sorted(first) == sorted(engine.assets_in_set(set_id))
