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

"""Message types: what each becomes, which function reads it, which are refused and why."""

from __future__ import annotations

from scenebox_ros.model.settings import Role

# Type: role, module of this room, function.
HOMES: dict[str, tuple[Role, str, str]] = {
    'sensor_msgs/msg/Image': ('image', 'image', 'decode_image'),
    'foxglove_msgs/msg/RawImage': ('image', 'image', 'decode_image'),
    'sensor_msgs/msg/CompressedImage': ('image', 'image', 'decode_compressed'),
    'foxglove_msgs/msg/CompressedImage': ('image', 'image', 'decode_compressed'),
    'ffmpeg_image_transport_msgs/msg/FFMPEGPacket': ('image', 'image', 'decode_packet'),
    'foxglove_msgs/msg/CompressedVideo': ('image', 'image', 'decode_packet'),
    'sensor_msgs/msg/CameraInfo': ('calibration', 'image', 'decode_camera_info'),
    'sensor_msgs/msg/PointCloud2': ('lidar', 'cloud', 'decode_cloud'),
    'sensor_msgs/msg/PointCloud': ('lidar', 'cloud', 'decode_point_cloud'),
    'sensor_msgs/msg/LaserScan': ('lidar', 'cloud', 'decode_scan'),
    'sensor_msgs/msg/MultiEchoLaserScan': ('lidar', 'cloud', 'decode_echoes'),
    'livox_ros_driver/msg/CustomMsg': ('lidar', 'cloud', 'decode_livox'),
    'livox_ros_driver2/msg/CustomMsg': ('lidar', 'cloud', 'decode_livox'),
    'livox_interfaces/msg/CustomMsg': ('lidar', 'cloud', 'decode_livox'),
    'foxglove_msgs/msg/PointCloud': ('lidar', 'cloud', 'decode_foxglove_cloud'),
    'sensor_msgs/msg/NavSatFix': ('fix', 'fix', 'decode_fix'),
    'gps_msgs/msg/GPSFix': ('fix', 'fix', 'decode_gps_fix'),
    'gps_common/msg/GPSFix': ('fix', 'fix', 'decode_gps_fix'),
    'foxglove_msgs/msg/LocationFix': ('fix', 'fix', 'decode_location_fix'),
    'tf2_msgs/msg/TFMessage': ('transform', 'transform', 'decode_tf'),
    'tf/msg/tfMessage': ('transform', 'transform', 'decode_tf'),
    'geometry_msgs/msg/TransformStamped': ('transform', 'transform', 'decode_transform'),
}
# Poses are quantities, but also say where something is: a fix, given a datum, or a transform.
POSES = frozenset([
    'geometry_msgs/msg/Pose', 'geometry_msgs/msg/PoseStamped',
    'geometry_msgs/msg/PoseWithCovariance', 'geometry_msgs/msg/PoseWithCovarianceStamped',
    'nav_msgs/msg/Odometry',
])
# Types of quantities, by package. Maps, paths and shapes are not here: they are no quantities.
_QUANTITIES = {
    'diagnostic_msgs': 'DiagnosticArray',
    'geometry_msgs': """
        Accel AccelStamped AccelWithCovariance AccelWithCovarianceStamped Inertia InertiaStamped
        Point Point32 PointStamped Pose Pose2D PoseStamped PoseWithCovariance
        PoseWithCovarianceStamped Quaternion QuaternionStamped Twist TwistStamped
        TwistWithCovariance TwistWithCovarianceStamped Vector3 Vector3Stamped VelocityStamped
        Wrench WrenchStamped""",
    'nav_msgs': 'Odometry',
    'sensor_msgs': """
        BatteryState FluidPressure Illuminance Imu JointState Joy MagneticField NavSatStatus Range
        RelativeHumidity Temperature TimeReference""",
    'std_msgs': """
        Bool Byte ByteMultiArray Char ColorRGBA Float32 Float32MultiArray Float64
        Float64MultiArray Int16 Int16MultiArray Int32 Int32MultiArray Int64 Int64MultiArray Int8
        Int8MultiArray String UInt16 UInt16MultiArray UInt32 UInt32MultiArray UInt64
        UInt64MultiArray UInt8 UInt8MultiArray""",
}
QUANTITIES = frozenset(
    f'{package}/msg/{name}' for package, names in _QUANTITIES.items() for name in names.split()
)
# Raw sensor packets: only the driver knows the sensor's calibration.
_PACKETS = {
    'hesai_lidar/msg/PandarScan': 'Hesai',
    'hesai_ros_driver/msg/UdpFrame': 'Hesai',
    'nebula_msgs/msg/NebulaPackets': 'Nebula',
    'ouster_msgs/msg/PacketMsg': 'Ouster',
    'ouster_ros/msg/PacketMsg': 'Ouster',
    'ouster_sensor_msgs/msg/PacketMsg': 'Ouster',
    'pandar_msgs/msg/PandarScan': 'Hesai',
    'rslidar_msg/msg/RslidarPacket': 'RoboSense',
    'rslidar_msg/msg/RslidarScan': 'RoboSense',
    'robosense_msgs/msg/RobosenseScan': 'RoboSense',
    'velodyne_msgs/msg/VelodynePacket': 'Velodyne',
    'velodyne_msgs/msg/VelodyneScan': 'Velodyne',
}
_COMPRESSED_CLOUDS = ('point_cloud_interfaces/msg/CompressedPointCloud2',)


def full_name(msgtype: str) -> str:
    """Give ROS 2's name of a type: ``sensor_msgs/Image`` becomes ``sensor_msgs/msg/Image``."""
    package, _, name = msgtype.partition('/')
    return msgtype if '/' in name or not name else f'{package}/msg/{name}'


def can_decode(msgtype: str) -> Role | None:
    """
    Say what messages of a type become.

    Returns
    -------
    Role or None
        None if the type is not known (its numbers can be read all the same, as scalars) or
        refused (see :func:`refusal`).

    """
    name = full_name(msgtype)
    if name in HOMES:
        return HOMES[name][0]
    return 'scalar' if name in QUANTITIES else None


def is_video_stream(msgtype: str) -> bool:
    """Say whether messages of a type are packets of encoded video."""
    home = HOMES.get(full_name(msgtype))
    return home is not None and home[2] == 'decode_packet'


def refusal(msgtype: str) -> str | None:
    """Say why a type cannot be decoded and what to do; None if it is not refused."""
    name = full_name(msgtype)
    if name in _COMPRESSED_CLOUDS:
        return (
            f'{msgtype} holds a cloud that a point_cloud_transport plugin compressed; record the '
            "raw PointCloud2 topic, or run point_cloud_transport's republish"
        )
    if name == 'theora_image_transport/msg/Packet':
        return f'{msgtype} holds Theora, which no MP4 can; record the raw or compressed topic'
    maker = _PACKETS.get(name)
    if maker is None:
        return None
    return (
        f'{msgtype} holds raw {maker} packets, which only the driver can turn into points; '
        "record the driver's PointCloud2 topic, or replay the packets through the driver"
    )
