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

"""What each folder of the shared recordings must give: as its README says, broken ones too."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """
    What ``scenebox upload`` makes of one path.

    ``assets`` and ``entities`` are what the server must hold for it, whoever brought it first;
    ``losses`` and ``refused`` are words of the reasons, ``undecodable`` messages by topic.
    """

    code: int = 0
    assets: dict = field(default_factory=dict)
    entities: int = 0
    losses: tuple = ()
    refused: tuple = ()
    undecodable: dict = field(default_factory=dict)
    skipped: tuple = ()


NO_PICTURES = {'/test/sensor_msgs/compressed_image': 2, '/test/sensor_msgs/image': 2}
ALL_TYPES = {'assets': {'lidars': 8}, 'entities': 524, 'undecodable': NO_PICTURES}
SAMPLE = {'entities': 8}
NONE = Outcome(5, refused=('no recordings in',))

OUTCOMES = {
    'all_types_mcap': Outcome(1, **ALL_TYPES),
    'amber_message_zstd': Outcome(assets={'images': 2}, entities=2),
    'coco_a': NONE,
    'comma_gnss_imu_a': Outcome(assets={'images': 1}, entities=9991),
    'drive_small': Outcome(assets={'images': 29, 'lidars': 8}, entities=2761),
    'foxglove_json_camera': Outcome(5, refused=("serialized as 'json'",)),
    'gps_nav_bag': Outcome(entities=42311, skipped=('/vehicle_command_ackermann',)),
    'image_encodings_a': Outcome(
        1, {'images': 34}, 34,
        undecodable={'/bad/empty/compressed': 2, '/bad/jpeg_truncated/compressed': 2}),
    'klintan_crystal_db3': Outcome(assets={'images': 2}, entities=13),
    'lidar_layouts_a': Outcome(assets={'lidars': 16}, entities=16),
    'luminar_ros2': Outcome(assets={'lidars': 10}, entities=75),
    'nav2_zstd_file': Outcome(entities=1386),
    'nebula_vlp16_packets': Outcome(skipped=('/velodyne_packets',)),
    'pcd_samples_a': NONE,
    'photos_gps_a': NONE,
    'plotjuggler_metadata_v2': Outcome(entities=48515),
    'raw_frames_a': NONE,
    'rosbag2_upstream_a': Outcome(1, entities=9251, refused=("serialized as 'wrong_format'",)),
    't265_fisheye_ros2': Outcome(assets={'images': 6}, entities=403),
    'tilt_laser_gps': Outcome(assets={'lidars': 356}, entities=17444),
    'damaged_a/db3_cut_at_half.db3': Outcome(1, losses=('ends after page 18 of 36',)),
    'damaged_a/db3_no_metadata': Outcome(1, **ALL_TYPES),
    'damaged_a/mcap_cut_at_60_percent.mcap': Outcome(
        1, losses=('ends inside a record',), **ALL_TYPES),
    'damaged_a/mcap_cut_mid_images.mcap': Outcome(
        1, {'images': 9}, 9, losses=('ends inside the chunk',)),
    # Its writer stored no checksum: nothing can notice the byte.
    'damaged_a/mcap_one_byte_flipped.mcap': Outcome(1, **ALL_TYPES),
    'damaged_a/mcap_only_magic.mcap': Outcome(5, refused=('never closed',)),
    'damaged_a/mcap_zero_bytes.mcap': Outcome(5, refused=('is empty (0 bytes)',)),
    'damaged_a/mcap_zstd_chunk_hole.mcap': Outcome(1, losses=('zstd data is damaged',)),
    'damaged_a/metadata_lists_missing_split': Outcome(
        1, losses=('test_bag_sqlite3_1.db3 is missing',), **ALL_TYPES),
    'damaged_a/others_fixtures/empty-file.bag': Outcome(5, refused=('is empty (0 bytes)',)),
    'damaged_a/others_fixtures/git_lfs_pointer.db3': Outcome(5, refused=('git lfs pull',)),
    'damaged_a/others_fixtures/no-messages.bag': Outcome(),
    'damaged_a/others_fixtures/test_sample.bag': Outcome(**SAMPLE),
    'damaged_a/others_fixtures/test_sample.mcap': Outcome(**SAMPLE),
    'damaged_a/others_fixtures/test_sample.mcap.zstd': Outcome(**SAMPLE),
    'damaged_a/others_fixtures/test_sample_no_rosout.mcap': Outcome(
        1, undecodable={'/sensor/lidar/points': 3}),
    'damaged_a/others_fixtures/test_sample_truncated.mcap': Outcome(
        1, losses=('ends inside a record',), **SAMPLE),
    'damaged_a/others_fixtures/test_truncated.bag': Outcome(
        1, losses=('ends inside the chunk',)),
    'damaged_a/others_fixtures/test_unindexed.bag': Outcome(
        1, losses=('never closed',), **SAMPLE),
}
