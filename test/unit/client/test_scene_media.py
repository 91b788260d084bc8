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


"""Images, videos and lidars: many at once, and what they are."""

import io
import os
import struct
import subprocess
import sys
import tracemalloc
import zlib

import httpx
import pytest
from scene_platform import client_of, entities_in, platform

from scenebox_ros.client import Image, Lidar, probing, Video
from scenebox_ros.client.pool import Pool
from scenebox_ros.errors import InvalidArgumentsError, ResponseError

DOCUMENTS = 'POST /v1/assets/meta_batch/'


def png(width, height, padding=0):
    def chunk(kind, body):
        whole = kind + body
        return struct.pack('>I', len(body)) + whole + struct.pack('>I', zlib.crc32(whole))

    header = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + b'\0' * padding


def images(count, **fields):
    return (Image(id=f'img_{i}', bytes=png(8, 6), **fields) for i in range(count))


def documents_in(fake):
    return [one for sent in fake.sent(DOCUMENTS) for one in sent.json['metadata']]


def test_a_generator_is_uploaded_in_chunks_of_100():
    fake = platform()
    added = client_of(fake).add_images(images(250), 'set_1')

    assert added == [f'img_{i}' for i in range(250)]
    assert [len(sent.json['ids']) for sent in fake.sent(DOCUMENTS)] == [100, 100, 50]


def test_a_generator_is_never_read_far_ahead():
    fake = platform()
    made, behind = [0], []

    def endless():
        for image in images(1000):
            made[0] += 1
            behind.append(made[0] - len(documents_in(fake)))
            yield image

    client_of(fake, num_threads=4).add_images(endless(), 'set_1')

    assert max(behind) <= 400


def test_memory_does_not_grow_with_the_number_of_images():
    def peak(count):
        fake = platform()
        fake.requests = type('Nothing', (list,), {'append': lambda self, one: None})()
        body = png(8, 6, padding=50_000)
        tracemalloc.start()
        client_of(fake).add_images(
            (Image(id=f'i{n}', bytes=bytes(body)) for n in range(count)), 'set_1'
        )
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(800) < 1.5 * peak(200)


def test_sizes_and_formats_are_read_without_decoding():
    fake = platform()
    client_of(fake).add_images([Image(id='a', bytes=io.BytesIO(png(640, 480)))], 'set_1')

    assert documents_in(fake)[0].items() >= {'width': 640, 'height': 480, 'format': 'PNG'}.items()
    tickets = fake.sent('POST /v1/assets/temporary_upload_url/')
    assert tickets[0].json['content_type'] == 'image/png'


def test_what_is_no_image_is_uploaded_with_unknown_size():
    fake = platform()
    client_of(fake).add_images([Image(id='a', bytes=b'no image')], 'set_1')

    assert documents_in(fake)[0]['width'] is None


def test_a_file_that_is_no_image_is_uploaded_with_unknown_size(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(b'x')
    fake = platform()
    client_of(fake).add_images([Image(id='a', path=path)], 'set_1')

    assert documents_in(fake)[0]['width'] is None


def test_existing_images_are_only_added_to_the_set():
    fake = platform()
    fake.answer('GET /v1/sets/.*/lock', {'locked': False})
    fake.answer('POST /v1/sets/set_1/list_assets/', {'results': ['img_0']})
    fake.answer('POST /v1/assets/meta', [{'id': 'img_0'}, {'id': 'img_1'}], times=1)
    fake.answer('POST /v1/assets/meta', [], times=1)
    added = client_of(fake).add_images(images(3), 'set_1', overwrite=False)

    assert added == ['img_2']
    assert fake.sent('POST /v1/sets/set_1/add_assets_list/')[0].json == {'asset_list': ['img_1']}


def test_sources_of_one_kind_go_together():
    mixed = [Image(bytes=png(1, 1)), Image(url='http://h/a.png')]

    with pytest.raises(InvalidArgumentsError, match='different sources: bytes, url'):
        client_of(platform()).add_images(mixed, 'set_1')


@pytest.mark.parametrize(
    'set_id, told', [(None, 'set_id is missing'), ('set_9', 'does not exist'),
                     ('videos_1', 'holds videos, not images')],
)
def test_the_set_is_checked_before_anything_is_uploaded(set_id, told):
    fake = platform()
    fake.rules[:0] = []
    fake.answer('GET /v1/assets/meta/videos_1', {'assets_type': 'videos'})
    exists = next(rule for rule in fake.rules if rule.line.startswith('GET /v1/assets/exists'))
    exists.answer = lambda sent: httpx.Response(200, json=not sent.path.endswith('set_9'))

    with pytest.raises(AssertionError, match=told):
        client_of(fake).add_images(images(1), set_id)
    assert documents_in(fake) == []


def test_other_objects_than_images_are_refused():
    with pytest.raises(TypeError, match=r"images\[0\] is 'a.png'; pass an object of class Image"):
        client_of(platform()).add_images(['a.png'], 'set_1')


def test_the_first_error_stops_the_rest():
    fake = platform()
    fake.answer(DOCUMENTS, 'no', status=400)
    taken = []

    def counted():
        for image in images(1000):
            taken.append(image.id)
            yield image

    with pytest.raises(ResponseError, match='400'):
        client_of(fake, num_threads=2).add_images(counted(), 'set_1')
    assert len(taken) <= 400


def test_ctrl_c_ends_the_call_and_keeps_what_is_complete():
    fake = platform()

    def interrupted():
        yield from images(100)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client_of(fake, num_threads=2).add_images(interrupted(), 'set_1')
    assert len(fake.sent(DOCUMENTS)) <= 1
    assert all(len(sent.json['ids']) == 100 for sent in fake.sent(DOCUMENTS))


def test_entities_of_a_chunk_are_added_at_once():
    fake = platform()
    client_of(fake).add_images(
        images(3, session_uid='session_1', timestamp='2026-01-31T10:00:00Z'), 'set_1',
        add_to_session=True,
    )

    assert [entity['entity_value'] for entity in entities_in(fake)] == ['img_0', 'img_1', 'img_2']
    assert len(fake.sent('POST /v1/session_manager/add_entities/')) == 1


def test_a_lidar_without_a_time_gets_one_in_its_entity(tmp_path):
    cloud = tmp_path / 'cloud.pcd'
    cloud.write_bytes(b'# .PCD')
    fake = platform()
    client_of(fake).add_lidar(
        'set_1', lidar_path=cloud, session_uid='session_1', add_to_session=True
    )

    assert entities_in(fake)[0]['timestamp'].endswith('+00:00')


def test_a_related_image_must_exist():
    fake = platform()
    fake.answer('GET /v1/assets/meta/lidar_set', {'assets_type': 'lidars'})
    fake.answer('POST /v1/assets/meta', [])
    lidar = Lidar(id='a', bytes=b'pcd', related_images=['img_1'])

    with pytest.raises(AssertionError, match="'img_1', related to lidar 'a', does not exist"):
        client_of(fake).add_lidars([lidar], 'lidar_set')


def test_each_session_of_videos_is_extended(monkeypatch, tmp_path):
    fake = platform()
    fake.answer('GET /v1/assets/meta/video_set', {'assets_type': 'videos'})
    monkeypatch.setattr(
        probing, 'video_facts', lambda kind, source: probing.VideoFacts(8, 6, 600.0, 10.0)
    )
    videos = [
        Video(id=f'v{n}', bytes=b'mp4', session_uid=f'session_{n}',
              start_timestamp='2026-01-31T10:00:00Z')
        for n in range(2)
    ]
    client_of(fake).add_videos(videos, 'video_set', add_to_session=True, compress_videos=False)
    spans = [sent.json for sent in fake.sent('POST /v1/sessions/update_time_span/')]

    assert [span['session_uid'] for span in spans] == ['session_0', 'session_1']
    assert {span['session_end_time'] for span in spans} == {'2026-01-31T10:10:00+00:00'}


# -- what they are


def test_no_more_of_a_url_is_read_than_its_header():
    read = [0]

    def pieces():
        yield png(640, 480)[:20]
        yield png(640, 480)[20:]
        for _ in range(1000):
            read[0] += 1
            yield b'\0' * 16_384

    pool = Pool(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=pieces())))
    facts = probing.image_facts('url', 'http://h/a.png', pool)

    assert (facts.width, facts.height, facts.format) == (640, 480, 'PNG')
    assert read[0] < 5


def test_an_unreadable_url_is_a_missing_file_for_one_image():
    fake = platform()
    fake.answer('GET /gone.png', 'no', status=404)

    with pytest.raises(FileNotFoundError, match='check that it is public'):
        client_of(fake).add_image(image_url='http://platform/gone.png')


def test_an_empty_file_is_no_image(tmp_path):
    path = tmp_path / 'a.png'
    path.touch()

    assert probing.image_facts('path', str(path), Pool()) == probing.ImageFacts()


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'pipe')

    assert probing.image_facts('path', str(tmp_path / 'pipe'), Pool()) == probing.ImageFacts()


def test_a_file_that_shrinks_while_it_is_looked_at_ends_no_process(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(png(3, 4, padding=100_000))
    script = (
        'import os, sys\n'
        'from scenebox_ros.client import probing\n'
        'from scenebox_ros.client.pool import Pool\n'
        'from scenebox_ros.codecs import probe\n'
        'look = probe.probe\n'
        'probe.probe = lambda blob: os.truncate(sys.argv[1], 0) or look(blob)\n'
        'print(probing.image_facts("path", sys.argv[1], Pool()).height)\n'
    )
    ran = subprocess.run([sys.executable, '-c', script, str(path)], capture_output=True, text=True)

    assert (ran.returncode, ran.stdout) == (0, '4\n')


def test_a_header_may_be_anywhere_in_a_file(tmp_path):
    # A JPEG whose size comes after 300 KB of a profile.
    segment = b'\xff\xe2\xff\xff' + bytes(65533)
    frame = b'\xff\xc0\x00\x11\x08\x00\x02\x00\x03\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01'
    path = tmp_path / 'a.jpg'
    path.write_bytes(b'\xff\xd8' + 5 * segment + frame + b'\xff\xd9')
    facts = probing.image_facts('path', str(path), Pool())

    assert (facts.width, facts.height, facts.format) == (3, 2, 'JPEG')


def test_a_file_that_is_open_as_text_has_unknown_size():
    assert probing.image_facts('bytes', io.StringIO('text'), Pool()) == probing.ImageFacts()


def test_a_file_like_object_is_left_where_it_was():
    stream = io.BytesIO(png(1, 2))
    probing.image_facts('bytes', stream, Pool())

    assert stream.tell() == 0


def test_ffprobe_is_asked_where_it_is_installed(tmp_path, monkeypatch):
    tool = tmp_path / 'ffprobe'
    tool.write_text(
        '#!/bin/sh\necho \'{"streams": [{"codec_type": "audio"}, {"codec_type": "video", '
        '"width": 32, "height": 24, "duration": "2.0", "avg_frame_rate": "30000/1001"}]}\'\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:/bin:/usr/bin')
    facts = probing.video_facts('path', 'clip.mp4')

    assert (facts.width, facts.height, facts.duration_s) == (32, 24, 2.0)
    assert facts.fps == pytest.approx(29.97, abs=0.01)


def test_an_unreadable_video_has_unknown_facts(monkeypatch, tmp_path):
    monkeypatch.setenv('PATH', str(tmp_path))
    path = tmp_path / 'clip.mp4'
    path.write_bytes(b'no video')

    assert probing.video_facts('path', str(path)) == probing.VideoFacts()
