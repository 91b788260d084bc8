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

"""The uploader against a platform in memory: what arrives, once, whatever fails."""

from threading import Event, Thread

from platforms import asset, ending, fixes, open_spool, opening, run, S, T0, uploader
import pytest

from scenebox_ros.errors import (
    AssetError,
    ConnectionFailedError,
    InvalidAuthorization,
    RequestTimeoutError,
    SettingsError,
    SpoolError,
)
from scenebox_ros.upload import UploadSettings

LOST = ConnectionFailedError('the connection broke')


def test_a_run_arrives_whole(spool, platform):
    spool.put(run())
    report = uploader(spool, platform).drain()

    assert platform.sessions == {'uid0': {
        'name': 'My Run', 'type': 'generic', 'resolution': 0.5, 'metadata': {}}}
    assert sorted(platform.assets) == ['a0', 'a1', 'a2', 'a3', 'a4']
    stored = platform.assets['a3']
    assert stored['body'] == b'a3'
    assert stored['session_uid'] == 'uid0'
    assert stored['sets'] == ['my_run_images']
    assert stored['aux'] == {'topic': '/cam'}
    assert platform.sets['my_run_images'][0] == 'images'
    assert len(platform.entities) == 8
    assert {session for session, _ in platform.entities} == {'uid0'}
    assert report.stored == {'images': 5}
    assert report.entities == 8
    assert report.body_bytes == 10
    assert report.sessions == {'run': 'uid0'}
    assert report.ended == ('run',)
    assert len(spool) == 0


def test_the_end_has_the_span_the_sources_and_the_sensors(spool, platform):
    spool.put(run(
        asset('a'), asset('l', 'lidars', document={'sensor': 'top'}, stamp_ns=T0 - S),
        asset('v', 'videos', document={'sensor': 'rear'}),
    ))
    uploader(spool, platform).drain()

    ((uid, start, end, sources, sensors),) = platform.ended
    assert uid == 'uid0'
    assert start == '2023-11-14T22:13:19+00:00'
    assert end == '2023-11-14T22:13:30+00:00'
    assert {(s['sensor'], s['id'], s['type']) for s in sources} == {
        ('cam', 'my_run_images', 'images'), ('top', 'my_run_lidars', 'lidars'),
        ('rear', 'v', 'videos')}
    assert {(s['name'], s['type']) for s in sensors} == {
        ('cam', 'camera'), ('top', 'lidar'), ('rear', 'camera')}


def test_uploading_again_adds_nothing(tmp_path, platform):
    for folder in ['one', 'two']:
        with open_spool(tmp_path / folder) as spool:
            spool.put(run())
            report = uploader(spool, platform).drain()

    assert report.stored == {}
    assert report.existing == {'images': 5}
    assert set(platform.writes.values()) == {1}
    assert len(platform.entities) == 8
    assert len(platform.sessions) == 1


@pytest.mark.parametrize(('there', 'said', 'then'), [
    ({'geolocation': {'lat': 1.0}, 'geolocation_is_held': True}, {'geolocation': {'lat': 2.0}},
     {'geolocation': {'lat': 2.0}, 'geolocation_is_held': False}),
    ({}, {'geolocation': {'lat': 2.0}},
     {'geolocation': {'lat': 2.0}, 'geolocation_is_held': False}),
    ({'geolocation': {'lat': 1.0}}, {'geolocation': {'lat': 2.0}, 'geolocation_is_held': True},
     {'geolocation': {'lat': 1.0}}),
    ({'geolocation': {'lat': 1.0}}, {'geolocation': {'lat': 2.0}}, {'geolocation': {'lat': 1.0}}),
    ({'geolocation': {'lat': 1.0}, 'geolocation_is_held': True}, {},
     {'geolocation': {'lat': 1.0}, 'geolocation_is_held': True}),
])  # fmt: skip
def test_a_position_between_two_fixes_replaces_a_lone_fixs(tmp_path, platform, there, said, then):
    for number, place in enumerate([there, said]):
        with open_spool(tmp_path / str(number)) as spool:
            document = {'sensor': 'cam', 'aux': {'topic': '/cam', **place}}
            spool.put(run(asset('a', document=document)))
            uploader(spool, platform).drain()

    assert platform.assets['a']['aux'] == {'topic': '/cam', **then}
    assert platform.writes['a'] == 1


def test_a_bag_of_a_run_that_was_captured_live_continues_its_session_and_sets(tmp_path, platform):
    with open_spool(tmp_path / 'live') as spool:
        spool.put(run(asset('a1'), asset('a2')))
        uploader(spool, platform).drain()
    later = [opening('bag', name='From Bag'), fixes(session='bag'),
             *(asset(f'a{i}', session='bag') for i in range(4)), ending('bag')]
    with open_spool(tmp_path / 'bag') as spool:
        spool.put(later)
        report = uploader(spool, platform).drain()

    assert report.sessions == {'bag': 'uid0'}
    assert report.stored == {'images': 2}
    assert len(platform.sessions) == 1
    assert len(platform.sets) == 1


def test_one_uploader_can_drain_again_and_again(tmp_path, platform):
    put_assets = platform.put_assets
    platform.put_assets = lambda *words: (platform.bucket.take(1), put_assets(*words))
    with open_spool(tmp_path / 'spool') as spool:
        one = uploader(spool, platform)
        for number in range(3):
            spool.put([asset(f'a{number}')])
            one.drain()

    assert set(platform.assets) == {'a0', 'a1', 'a2'}


def test_assets_that_come_after_the_session_was_found_continue_its_sets_too(tmp_path, platform):
    with open_spool(tmp_path / 'live') as spool:
        spool.put(run(asset('a1'), asset('l1', kind='lidars')))
        uploader(spool, platform).drain()
    live = set(platform.sets)
    with open_spool(tmp_path / 'bag') as spool:
        spool.put([opening('bag', name='From Bag'), asset('a1', session='bag')])
        uploader(spool, platform).drain()
        spool.put([asset('l1', kind='lidars', session='bag')])
        uploader(spool, platform).drain()
        assert set(platform.sets) == live
        spool.put([asset('v1', kind='videos', session='bag')])
        uploader(spool, platform).drain()

    assert set(platform.sets) == {*live, 'from_bag_videos'}
    assert len(platform.sessions) == 1


def test_a_new_session_can_be_asked_for(tmp_path, platform):
    with open_spool(tmp_path / 'live') as spool:
        spool.put(run())
        uploader(spool, platform).drain()
    with open_spool(tmp_path / 'bag') as spool:
        spool.put([opening('bag', name='From Bag'), asset('a0', session='bag')])
        report = uploader(spool, platform, continue_sessions=False).drain()

    assert report.sessions == {'bag': 'uid1'}
    assert platform.assets['a0']['sets'] == ['my_run_images', 'from_bag_images']


@pytest.mark.parametrize('method', [
    'add_session', 'create_set', 'documents', 'put_assets', 'add_entities', 'make_span',
    'end_session',
])
@pytest.mark.parametrize('after', [False, True])
def test_a_failure_anywhere_changes_nothing_in_the_end(spool, platform, method, after):
    errors = [LOST, RequestTimeoutError('slow'), AssetError('busy', status=503),
              AssetError('broken', status=500)]
    platform.fail(method, *errors, after=after)
    spool.put(run())
    report = uploader(spool, platform, workers=1).drain()

    assert sorted(platform.assets) == ['a0', 'a1', 'a2', 'a3', 'a4']
    assert len(platform.entities) == 8
    assert platform.ended
    assert len(platform.sessions) == 1
    assert set(platform.writes.values()) == {1}
    assert report.failures >= 1
    assert report.set_aside == 0
    assert len(spool) == 0


def test_poison_is_set_aside_with_its_reason_and_blocks_nothing(spool, platform):
    platform.poison = {'a2'}
    spool.put(run())
    report = uploader(spool, platform).drain()

    assert sorted(platform.assets) == ['a0', 'a1', 'a3', 'a4']
    assert report.set_aside == 1
    assert spool.stat().total.aside == 1
    assert 'a2 cannot be stored' in report.last_error
    assert platform.ended


def test_an_entry_that_always_breaks_the_server_is_set_aside(spool, platform):
    platform.poison, platform.poison_status = {'a2'}, 500
    spool.put(run())
    report = uploader(spool, platform, max_attempts=3).drain()

    assert sorted(platform.assets) == ['a0', 'a1', 'a3', 'a4']
    assert report.set_aside == 1
    assert spool.stat().total.aside == 1


@pytest.mark.parametrize('status', [404, 405, 500, 501])
def test_a_server_that_refuses_everything_gets_nothing_set_aside(spool, platform, status):
    platform.fail('put_assets', *[AssetError('no such route', status=status)] * 1000)
    spool.put(run())
    with pytest.raises(AssetError, match='no such route'):
        uploader(spool, platform, max_attempts=2, give_up_s=0.05).drain()

    assert spool.stat().total.aside == 0
    platform.plans.clear()
    uploader(spool, platform).drain()
    assert len(platform.assets) == 5


def test_a_drain_gives_up_on_an_entry_that_nothing_speaks_for(spool, platform):
    platform.fail('end_session', *[AssetError('no such session', status=404)] * 1000)
    spool.put(run())
    with pytest.raises(AssetError, match='no such session'):
        uploader(spool, platform, max_attempts=2, give_up_s=0.05).drain()

    assert len(spool) == 1


def test_a_wrong_token_ends_a_drain_and_loses_nothing(spool, platform):
    expired = InvalidAuthorization('the token is expired', status=401)
    platform.fail('add_session', *[expired] * 50)
    spool.put(run())
    with pytest.raises(InvalidAuthorization, match='expired'):
        uploader(spool, platform).drain()
    platform.plans.clear()
    uploader(spool, platform).drain()

    assert len(platform.assets) == 5


def test_an_expired_token_waits_for_a_new_one(spool, platform):
    expired = InvalidAuthorization('the token is expired', status=401)
    platform.fail('put_assets', *[expired] * 50)
    platform.on_renew = lambda: platform.renewals > 3 and platform.plans.clear()
    spool.put(run())
    upload, stop = uploader(spool, platform), Event()
    thread = Thread(target=upload.run, args=(stop,))
    thread.start()
    while not platform.ended:
        stop.wait(0.005)
    stop.set()
    thread.join()

    assert platform.renewals > 3
    assert len(platform.assets) == 5
    assert upload.report().set_aside == 0


def test_a_drain_gives_up_when_nothing_works(spool, platform):
    platform.fail('add_session', *[LOST] * 1000)
    spool.put(run())
    with pytest.raises(ConnectionFailedError, match='broke'):
        uploader(spool, platform, give_up_s=0.0).drain()

    # What the session is called was taken in; all else waits.
    assert len(spool) == 7


def test_what_comes_after_the_end_resolves_the_session_again(spool, platform):
    spool.put(run())
    upload = uploader(spool, platform)
    upload.drain()
    spool.put([asset('late', stamp_ns=T0 + 20 * S)])
    upload.drain()

    assert len(platform.ended) == 2
    assert platform.ended[-1][2] == '2023-11-14T22:13:40+00:00'


def test_a_session_that_grows_too_long_gets_a_coarser_resolution(spool, platform):
    hours = 3600 * S
    spool.put([opening(), asset('a'), asset('b', stamp_ns=T0 + 2 * hours)])
    uploader(spool, platform).drain()
    assert platform.sessions['uid0']['resolution'] == 1.0
    spool.put([asset('c', stamp_ns=T0 + 30 * hours), ending(end_ns=T0 + 30 * hours)])
    uploader(spool, platform).drain()

    assert platform.sessions['uid0']['resolution'] == 16.0
    assert len(platform.ended) == 1


def test_a_session_without_data_is_not_opened(spool, platform):
    spool.put([opening(), ending(start_ns=0, end_ns=0)])
    uploader(spool, platform).drain()

    assert platform.sessions == {}
    assert len(spool) == 0


def test_what_the_session_says_later_is_told_to_the_platform(spool, platform):
    spool.put([opening(), asset('a')])
    upload = uploader(spool, platform)
    upload.drain()
    spool.put([opening(calibrations={'/cam': {'k': [1]}})])
    upload.drain()

    assert platform.sessions['uid0']['metadata'] == {'calibrations': {'/cam': {'k': [1]}}}


def test_what_several_nodes_say_about_a_session_is_merged(spool, platform):
    spool.put([opening(losses={'camera': 1}), opening(losses={'lidar': 2}), asset('a')])
    uploader(spool, platform).drain()

    assert platform.sessions['uid0']['metadata'] == {'losses': {'camera': 1, 'lidar': 2}}


def test_a_paused_uploader_begins_nothing(spool, platform):
    spool.put(run())
    upload, stop = uploader(spool, platform), Event()
    upload.pause()
    thread = Thread(target=upload.run, args=(stop,))
    thread.start()
    while upload.status().state != 'paused':
        stop.wait(0.001)
    assert not platform.calls
    upload.resume()
    while not platform.ended:
        stop.wait(0.001)
    stop.set()
    thread.join()

    assert upload.status().state == 'stopped'
    assert upload.status().last_success_ns > 0


def test_a_spool_goes_to_its_own_server_only(spool, platform):
    spool.put(run())
    uploader(spool, platform).drain()
    platform.server = 'http://other'

    with pytest.raises(SpoolError, match='belongs to http://platform, not to http://other'):
        uploader(spool, platform).drain()


def test_progress_is_told_after_each_batch(spool, platform):
    spool.put(run())
    seen = []
    uploader(spool, platform, batch_entries=2).drain(seen.append)

    assert seen[-1].stored == {'images': 5}
    assert len(seen) >= 3


def test_an_asset_without_a_preview_is_whole_all_the_same(spool, platform):
    platform.fail('make_previews', LOST)
    spool.put(run())
    report = uploader(spool, platform).drain()

    assert report.failures == 0
    assert len(platform.assets) == 5


def test_the_cap_reaches_the_platform_and_can_be_changed(spool, platform):
    spool.put(run())
    upload = uploader(spool, platform, max_bytes_per_s=5e6)
    rates = []

    def change(_report):
        rates.append(platform.bucket.bytes_per_s)
        upload.set_rate(1e6)

    upload.drain(change)

    assert (rates[0], set(rates[1:])) == (5e6, {1e6})
    # Whoever has the same client may use it afterwards, uncapped.
    assert platform.bucket is None


def test_previews_can_be_left_out(spool, platform):
    spool.put(run())
    uploader(spool, platform, previews=False).drain()

    assert platform.previews == []


@pytest.mark.parametrize('wrong', [
    {'workers': 0}, {'idle_s': -1}, {'max_attempts': 0}, {'max_bytes_per_s': float('nan')},
    {'max_bytes_per_s': float('inf')}])
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(SettingsError):
        UploadSettings(**wrong)
