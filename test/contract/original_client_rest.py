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

"""
The documented methods that ``original_client_session.py`` does not call, of both generations.

Run by ``test_original_sessions.py`` by an interpreter that has the client; the folder has a video
``drive.mp4`` and a bag ``drive.mcap``. Prints as that script does, and which methods were called.
"""

import json
from pathlib import Path
import shutil

from original_client_session import at, FOLDER, IS_NEW, noting, PCD, step, tell, TOKEN, URL
import pandas as pd
from PIL import Image as Picture
from scenebox.clients import JobManagerClient, SceneEngineClient
from scenebox.models.annotation import BoundingBox, BoundingBoxAnnotation
from scenebox.models.assets import Embedding, Lidar, Video

if IS_NEW:
    from scenebox.models.assets import TemplateOperation

HERE = Path(FOLDER)
OF_IMAGES = {'filters': [{'field': 'sensor', 'values': ['eye']}]}


def refused(name, work, *words):
    """Do what the server must refuse; its reason has these words."""
    try:
        work()
    except Exception as error:  # the client raises whatever it likes
        missing = [word for word in words if word not in str(error)]
        step(f'{name} is refused', lambda: missing, [])
    else:
        step(f'{name} is refused', lambda: 'it was not', [])


def accounts(client):
    organization = step('add_organization', lambda: client.add_organization('Other'))
    number = organization['id']
    step('list_organizations', lambda: {one['name'] for one in client.list_organizations()},
         {'SceneBox', 'Other'})  # fmt: skip
    step('modify_organization', lambda: client.modify_organization(number, 'Another'))
    step('add_user', lambda: client.add_user('a@b.c', 'anna', 'data_user', number))
    step('modify_user', lambda: client.modify_user('anna', role='data_provider'))
    step('list_users', lambda: [one['role'] for one in client.list_users()
                                if one['username'] == 'anna'], ['data_provider'])  # fmt: skip
    step('add_ownership', lambda: client.add_ownership('scenebox', number))
    step('list_ownerships', lambda: len(client.list_ownerships()), 1)
    step('revoke_ownership', lambda: client.revoke_ownership('scenebox', number))
    step('delete_user', lambda: client.delete_user('anna'))
    step('delete_organization', lambda: client.delete_organization(number))
    step('get_platform_version', client.get_platform_version, str)
    step('with_auth', lambda: client.with_auth(TOKEN).whoami()['username'], 'superadmin')
    step('update_artifact_path', lambda: client.update_artifact_path(FOLDER))


def measurements(client):
    uid = client.add_session('rest', 'generic', resolution=1.0)
    client.update_time_span(uid, at(0), at(20))
    step('add_point_events', lambda: client.add_point_events(
        'bump', ['big', 'small'], [at(1), at(2)], uid))  # fmt: skip
    step('add_scalar_measurements', lambda: len(client.add_scalar_measurements(
        'heat', [1.0, 2.0], [at(3), at(4)], uid)), 2)  # fmt: skip
    step('add_scalar_intervals', lambda: len(client.add_scalar_intervals(
        'gear', [1.0, 2.0], [at(0), at(10)], [at(10), at(20)], uid)), 4)  # fmt: skip
    entity = {'session': uid, 'timestamp': at(5).isoformat(), 'start_time': at(5).isoformat(),
              'end_time': at(5).isoformat(), 'entity_name': 'lamp', 'entity_value': 'on',
              'entity_type': 'state', 'influence': 'point',
              'extend_session': True}  # fmt: skip
    step('add_entity', lambda: client.add_entity(entity))
    step('add_entities', lambda: client.add_entities([{**entity, 'entity_value': 'off'}]))
    pd.DataFrame({'timestamp': [at(6).isoformat()], 'Force': [5.0]}).to_csv(HERE / 'a.csv')
    step('add_timeseries_csv', lambda: client.add_timeseries_csv(uid, str(HERE / 'a.csv')))
    client.resolve_session(uid, wait_for_completion=True)
    step('add_event_with_search', lambda: client.add_event_with_search(
        'shaken', {'filters': [{'field': 'bump', 'values': ['big']}]}, True))  # fmt: skip
    if IS_NEW:
        step('extend_time_span', lambda: client.extend_time_span(uid, [at(30)]))
        step('add_geolocation_entities', lambda: len(client.add_geolocation_entities(
            [47.0, 47.1], [8.0, 8.1], [at(1), at(2)], uid)), 1)  # fmt: skip
        step('flush_entities_buffer', client.flush_entities_buffer)
        pose = [{'frame': 0, 'timestamp': at(1).isoformat(),
                 'objects': {'0': {'lat': 1.0, 'lon': 2.0}}}]  # fmt: skip
        step('add_ego_pose', lambda: client.add_ego_pose(uid, pose, title='pose'))
        step('get_field_data', lambda: {'bump', 'heat', 'gear'} <= set(client.get_field_data(uid)),
             True)  # fmt: skip
    return uid


def images(client, uid):
    name = client.create_set('Eyes', 'images')
    folder = HERE / 'pictures'
    folder.mkdir()
    for n in range(3):
        Picture.new('RGB', (64, 48), (n * 80, 10, 10)).save(folder / f'p{n}.png')
    step('add_image', lambda: client.add_image(
        image_path=str(folder / 'p0.png'), id='one', sensor='eye', timestamp=at(1).isoformat(),
        session_uid=uid, set_id=name))  # fmt: skip
    client.add_image(image_path=str(folder / 'p1.png'), id='second', sensor='eye', set_id=name,
                     timestamp=at(2).isoformat(), session_uid=uid)  # fmt: skip
    step('add_images_from_folder', lambda: client.add_images_from_folder(str(folder), name, uid))
    step('what is in the set', lambda: len(client.assets_in_set(name)), 5)
    step('zip_set', lambda: client.zip_set(name), lambda pair: len(pair) == 2)
    job, zipped = client.zip_set(name)
    client._wait_for_job_completion(job)
    step('download_zipfile', lambda: client.download_zipfile(zipped).read(2), b'PK')
    step('get_searchable_fields', lambda: client.get_searchable_fields('images'), bool)
    step('get_searchable_field_statistics',
         lambda: client.get_searchable_field_statistics('images'))  # fmt: skip
    step('search_meta', lambda: len(client.search_meta('images', OF_IMAGES)), 2)
    step('summary_meta', lambda: client.summary_meta('images', {'dimensions': ['sensor']}), bool)
    step('clear_cache', client.clear_cache)
    step('get_job', lambda: client.get_job(job).status, 'finished')
    (HERE / 'a.pcd').write_text(PCD)
    cloud = Lidar(path=str(HERE / 'a.pcd'), id='pts', sensor='top', timestamp=at(2).isoformat(),
                  session_uid=uid)  # fmt: skip
    step('add_lidars', lambda: client.add_lidars([cloud], client.create_set('Points', 'lidars')))
    if IS_NEW:
        step('get_assets_in_set', lambda: len(client.get_assets_in_set(name='Eyes')), 5)
        step('get_set_id_by_name', lambda: client.get_set_id_by_name('Eyes'), 'eyes')
        step('add_comment_to_assets', lambda: client.add_comment_to_assets(
            'images', ['one'], 'dirty'))  # fmt: skip
        step('get_comments', lambda: client.get_comments('images', ['one']),
             lambda found: 'dirty' in json.dumps(found))  # fmt: skip
        step('delete_comment_from_assets', lambda: client.delete_comment_from_assets(
            'images', ['one'], 'dirty'))  # fmt: skip
    return name


def videos(client, uid, pictures):
    name = client.create_set('Films', 'videos')
    path = str(HERE / 'drive.mp4')
    if shutil.which('ffprobe'):
        step('add_video', lambda: client.add_video(
            name, video_path=path, sensor='cam', start_timestamp=at(0).isoformat(),
            session_uid=uid, id='film'), 'film')  # fmt: skip
        more = [Video(id=f'film{n}', path=path, sensor='cam', session_uid=uid,
                      start_timestamp=at(10 * n).isoformat()) for n in (1, 2)]  # fmt: skip
        step('add_videos', lambda: client.add_videos(more, name))
    else:
        # The client itself measures a video with this program; without it, others put the bytes.
        for n, one in enumerate(['film', 'film1', 'film2']):
            client.get_asset_manager('videos').put_asset(
                {'start_time': at(10 * n).isoformat(), 'end_time': at(10 * n + 2).isoformat(),
                 'timestamp': at(10 * n).isoformat(), 'sensor': 'cam', 'session_uid': uid,
                 'sets': [name]}, id=one, file_path=path)  # fmt: skip
    step('compress_videos', lambda: client.compress_videos(['film'], use_preset='tiny'))
    step('concatenate_videos', lambda: client.concatenate_videos(
        ['film1', 'film2'], 'long', {'sensor': 'cam'}))  # fmt: skip
    step('extract_frame_thumbnails', lambda: client.extract_frame_thumbnails(
        ['film'], [0, 5], ['small'], wait_for_completion=True))  # fmt: skip
    step('get_video_frame_thumbnail', lambda: client.get_video_frame_thumbnail(
        'film', 5, 'small'), lambda url: url.startswith('http'))  # fmt: skip
    step('extract_images_from_videos', lambda: client.extract_images_from_videos(
        'film', fps=2, set_id=pictures, wait_for_completion=True))  # fmt: skip
    step('extract_subclip_from_videos', lambda: client.extract_subclip_from_videos(
        'film', 'clip', at(0.5), at(1.5), wait_for_completion=True))  # fmt: skip
    step('what was cut', lambda: client.get_metadata('clip', 'videos')['start_time'],
         lambda time: '12:00:00.5' in time)  # fmt: skip
    given = {'session_uid': uid, 'sensor': 'eye', 'video_id': 'of_images', 'fps': 1,
             'wait_for_completion': True}  # fmt: skip
    if IS_NEW:
        given['video_set_id'] = name
    step('images_to_video', lambda: client.images_to_video(**given))
    csv_of_uris(client, uid)


def csv_of_uris(client, uid):
    access = client.get_metadata('one', 'images')['object_access']
    rows = pd.DataFrame({'timestamp': [at(n).isoformat() for n in range(3)],
                         'image_uri': [access['uri']] * 3})  # fmt: skip
    rows.to_csv(HERE / 'uris.csv', index=False)
    given = [str(HERE / 'uris.csv'), 'eye', 64, 48, 'png', uid]
    if IS_NEW:
        step('make_video_with_annotations_from_uris', lambda: (
            client.make_video_with_annotations_from_uris(
                *given, video_id='rows', wait_for_completion=True)))  # fmt: skip
        refused('make_video_from_image_uris', lambda: client.make_video_from_image_uris(
            'elsewhere', 'x', 's3', 'eye'), '')  # fmt: skip
    else:
        step('make_video_from_image_uris', lambda: client.make_video_from_image_uris(
            *given, video_id='rows', wait_for_completion=True))  # fmt: skip
    step('the video of rows', lambda: client.get_metadata('rows', 'videos')['id'], 'rows')


def annotations(client, uid, name):
    def boxes(provider, x):
        return BoundingBoxAnnotation(
            id=f'{provider}_one', image_id='one', timestamp=at(1).isoformat(), provider=provider,
            version='v1', annotation_group='ground_truth' if provider == 'man' else 'other',
            bounding_boxes=[BoundingBox(x_min=x, x_max=30, y_min=2, y_max=20, label='car')],
            sensor='eye', session_uid=uid)  # fmt: skip

    step('add_annotation', lambda: client.add_annotation(boxes('man', 1)))
    client.add_annotation(boxes('machine', 2))
    step('cleanup_assets_annotation_meta', lambda: client.cleanup_assets_annotation_meta(
        ['one'], 'images'))  # fmt: skip
    coco = {
        'info': {},
        'licenses': [],
        'categories': [{'id': 1, 'name': 'dog'}],
        'images': [{'id': 1, 'file_name': 'p0.png', 'width': 64, 'height': 48}],
        'annotations': [
            {
                'id': 1,
                'image_id': 1,
                'category_id': 1,
                'bbox': [1, 1, 9, 9],
                'area': 81,
                'iscrowd': 0,
                'attributes': {},
                'segmentation': [[1, 1, 9, 1, 9, 9]],
            }
        ],
    }
    (HERE / 'coco').mkdir()
    Picture.new('RGB', (64, 48), (9, 99, 9)).save(HERE / 'coco' / 'p0.png')
    (HERE / 'coco.json').write_text(json.dumps(coco))
    step('is_coco_annotation_file_valid',
         lambda: client.is_coco_annotation_file_valid(str(HERE / 'coco.json')))  # fmt: skip
    step('add_coco_annotations_from_folder', lambda: client.add_coco_annotations_from_folder(
        str(HERE / 'coco.json'), 'coco', name, str(HERE / 'coco'), session_uid=uid,
        use_image_id_as_annotation_id=True))  # fmt: skip
    if IS_NEW:
        step(
            'download_annotations', lambda: client.download_annotations(['man_one'], FOLDER), bool
        )
        step('add_annotation_labels_to_assets',
             lambda: client.add_annotation_labels_to_assets(['one']))  # fmt: skip
        step('export_coco_dataset', lambda: client.export_coco_dataset(
            name, 'man', str(HERE / 'exported')), bool)  # fmt: skip
        step('delete_assets_annotations', lambda: client.delete_assets_annotations(
            ['one'], 'two_d_bounding_box', annotation_provider='machine'))  # fmt: skip
    step('cleanup_annotation_masks', lambda: client.cleanup_annotation_masks(ids=['man_one']))
    step('compress_masks_batch', lambda: client.compress_masks_batch('small', ['man_one']))
    step('delete_annotations', lambda: client.delete_annotations(ids=['man_one']))


def embeddings(client):
    made = [Embedding([float(n), 1.0], one, model='own', timestamp=at(0).isoformat())
            for n, one in enumerate(['one', 'second'])]  # fmt: skip
    step('add_embeddings', lambda: len(client.add_embeddings(
        made, create_umap=False, wait_for_completion=True)), 2)  # fmt: skip
    step(
        'similarity_search_bulk_index',
        lambda: client.similarity_search_bulk_index(
            search_dic={'filters': [{'field': 'model', 'values': ['own']}]},
            wait_for_completion=True,
        ),
    )
    space = 'similarity_images_own_v1'
    if IS_NEW:
        step('get_embeddings', lambda: len(client.get_embeddings(space)), 2)
        step(
            'delete_embeddings', lambda: client.delete_embeddings(space, wait_for_completion=True)
        )
    refused('create_umap', lambda: client.create_umap('images', space), 'umap')


def bags(client):
    given = {'folder_path': FOLDER, 'relative_file_paths': ['drive.mcap']}
    step('index_rosbag2', lambda: client.index_rosbag2('ride', wait_for_completion=True, **given))
    filters = [{'field': 'session_name', 'values': ['ride']}]
    ride = client.search_assets('sessions', {'filters': filters})[0]
    filters = [{'field': 'session_uid', 'values': [ride]}]
    step('what was indexed', lambda: len(client.search_assets('lidars', {'filters': filters})), 10)
    step('index_rosbag', lambda: client.index_rosbag(
        'alone', rosbag_path=str(HERE / 'drive.mcap'), wait_for_completion=True))  # fmt: skip
    step('add_rosbag2', lambda: client.add_rosbag2(**given), lambda found: len(found) == 1)
    bag = client.get_asset_manager('rosbags')
    bag.put_asset({'timestamp': at(0).isoformat()}, id='kept', file_path=str(HERE / 'drive.mcap'))
    step('register_rosbag_session', lambda: client.register_rosbag_session(
        'registered', rosbag_ids=['kept']), lambda pair: len(pair) == 2)  # fmt: skip


def elsewhere(client):
    refused('extract_images_s8', lambda: client.extract_images_s8(
        folder_uri='s3://a/b'), 'cloud storage')  # fmt: skip
    refused('extract_lidars_from_s8', lambda: client.extract_lidars_from_s8(
        's3://a/b'), 'cloud storage')  # fmt: skip
    refused('extract_video_from_s8', lambda: client.extract_video_from_s8(
        's3://a/b'), 'cloud storage')  # fmt: skip
    if IS_NEW:
        step('jira_is_connected', client.jira_is_connected, False)
        refused('jira_create_issue', lambda: client.jira_create_issue('a', 'b'), 'tracker')
        refused('index_s3_images_batch', lambda: client.index_s3_images_batch('a', 'b'),
                'cloud storage')  # fmt: skip
        refused('index_recording', lambda: client.index_recording('a'), 'cloud storage')
        step('enable_webapp_features', lambda: client.enable_webapp_features(['a']))
        step('disable_webapp_features', lambda: client.disable_webapp_features(['a']))
        step('get_frontend_url', lambda: client.get_frontend_url('images'), str)


def campaigns(client):
    if not IS_NEW:
        return
    project = client.create_project('R', [])
    operation = client.create_operation(
        'halves', 'split_sets', project, {'subset_names': ['x', 'y'], 'sections': 2})  # fmt: skip
    step('list_operations', lambda: client.list_operations(), bool)
    step('get_operation', lambda: client.get_operation(operation)['id'], operation)
    config = step(
        'save_campaign_operation_config',
        lambda: client.save_campaign_operation_config('c', {'a': 1}, operation),
    )
    step('get_campaign_operation_config', lambda: client.get_campaign_operation_config(config),
         {'a': 1})  # fmt: skip
    pipeline = [TemplateOperation(operation, 0, config_id=config)]
    campaign = step('create_campaign', lambda: client.create_campaign('Camp', pipeline))
    step('update_campaign_pipeline', lambda: client.update_campaign_pipeline(campaign, pipeline))
    task, instances = step('add_task_to_campaign', lambda: client.add_task_to_campaign(
        campaign, {'sets': ['eyes']}))  # fmt: skip
    step('run_operation_instance', lambda: client.run_operation_instance(
        instances[0], 'go', {'a': 1}))  # fmt: skip
    step('get_task_rundown', lambda: client.get_task_rundown(task), bool)
    step('search_campaigns', lambda: len(client.search_campaigns()), 1)
    step('search_tasks', lambda: len(client.search_tasks()), 1)
    step('delete_task', lambda: client.delete_task(task))
    step('delete_campaign', lambda: client.delete_campaign(campaign))
    step('delete_campaign_operation_config',
         lambda: client.delete_campaign_operation_config(config))  # fmt: skip
    step('get_project_sets', lambda: client.get_project_sets('R', 0), [])


def asset_manager(client):
    manager = client.get_asset_manager('images')
    step('get_url', lambda: manager.get_url('one'), lambda url: url.startswith('http'))
    step(
        'get_url_in_batch',
        lambda: set(manager.get_url_in_batch(['one', 'second'])),
        {'one', 'second'},
    )
    step('get_temporary_upload_url', lambda: set(manager.get_temporary_upload_url(['q'])), {'q'})
    step('get_file_and_write', lambda: manager.get_file_and_write('one', str(HERE / 'w.png')))
    step('get_auxiliary_search_fields', manager.get_auxiliary_search_fields)
    step('api_status', manager.api_status)
    step('register_field', lambda: manager.register_field(
        {'field': 'aux.x', 'title': 'X', 'description': 'x'}))  # fmt: skip
    both = {'search': {}, 'dimensions': ['sensor', 'sets'], 'max_size_for_agg': 10}
    step('summary_2d', lambda: manager.summary_2d(both), bool)
    step('summary_nd', lambda: manager.summary_nd(both), bool)
    for kind, value in (('bytes', b'v'), ('file', str(HERE / 'w.png'))):
        step(f'put_{kind}_into_cache', lambda k=kind, v=value: getattr(
            manager, f'put_{k}_into_cache')('key', v))  # fmt: skip
    if IS_NEW:
        key = client.get_metadata('one', 'images')['object_access']['uri'].partition('//')[2]
        bucket, _, key = key.partition('/')
        step('get_signed_url', lambda: manager.get_signed_url(bucket, key)['url'],
             lambda url: url.startswith('http'))  # fmt: skip
    step('with_asset_state', lambda: manager.with_asset_state('videos').count() > 2, True)


def jobs():
    job = JobManagerClient(auth_token=TOKEN, asset_manager_url=f'{URL}/v1', job_type='zipping')
    job.run()
    step('update_stage', lambda: job.update_stage('half'))
    step('update_meta', lambda: job.update_meta('k', 1))
    step('get_comprehensive_status', job.get_comprehensive_status, bool)
    step('JobManagerClient.get_job', job.get_job, bool)
    other = JobManagerClient(auth_token=TOKEN, asset_manager_url=f'{URL}/v1', job_type='zipping')
    step('add_child_job', lambda: job.add_child_job(other.job_id))
    step('queue', other.queue)
    step('resubmit', other.resubmit)


def main():
    noting()
    client = SceneEngineClient(auth_token=TOKEN, scene_engine_url=URL)
    accounts(client)
    uid = measurements(client)
    name = images(client, uid)
    videos(client, uid, name)
    annotations(client, uid, name)
    embeddings(client)
    bags(client)
    elsewhere(client)
    campaigns(client)
    asset_manager(client)
    jobs()
    step('delete_all_data', client.delete_all_data)
    tell()


if __name__ == '__main__':
    main()
