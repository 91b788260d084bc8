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

"""Constants of sessions and entities."""

from __future__ import annotations


class SessionTypes:
    """Where a session comes from."""

    ROSBAGS_SESSION_ID = 'rosbags'
    VIDEOS_SESSION_ID = 'videos'
    GENERIC_SESSION_ID = 'generic'

    VALID_TYPES = (ROSBAGS_SESSION_ID, VIDEOS_SESSION_ID, GENERIC_SESSION_ID)


class SessionStatuses:
    """Whether a session is complete."""

    IN_PROGRESS = 'in progress'
    READY = 'ready'


class EntityTypes:
    """
    Type of an entity's value.

    ``MEDIA`` is what uploads add to a session; it is not in the list of valid types.
    """

    GEO_ENTITY_TYPE = 'geo'
    SCALAR_ENTITY_TYPE = 'scalar'
    VECTOR_ENTITY_TYPE = 'vector'
    STATE_ENTITY_TYPE = 'state'
    STATE_SET_ENTITY_TYPE = 'state_set'
    STATE_VECTOR_ENTITY_TYPE = 'state_vector'
    MEDIA = 'media'

    VALID_TYPES = (
        GEO_ENTITY_TYPE, SCALAR_ENTITY_TYPE, STATE_ENTITY_TYPE, STATE_SET_ENTITY_TYPE,
        STATE_VECTOR_ENTITY_TYPE, VECTOR_ENTITY_TYPE,
    )


class EntityNames:
    """Names of entities that the platform itself adds."""

    WEATHER_CONDITIONS = 'weather_conditions'
    OBJECTS = 'objects'
    IMAGE = 'image'
    VIDEO = 'video'
    LIDAR = 'lidar'
    ZIPARRAY = 'ziparray'
    GEOLOCATION = 'geolocation'
    COMMENT = 'comment'
    COMMENTATOR = 'commentator'
    NUMBER_OF_OBJECTS = 'number_of_objects'


class SummaryEntities:
    """Entities that a summary of a session counts."""

    DEFAULT_ENTITIES_TO_SUMMARIZE = (
        'objects', 'weather_descriptions', 'country', 'state', 'comment', 'constructed',
    )


class AssetEntities:
    """Entities that are assets, as fields of a session."""

    IMAGE = 'image'
    VIDEO = 'video'
    LIDAR = 'lidar'
    ZIPARRAY = 'ziparray'
    GEOLOCATION_LAT = 'geolocation.lat'
    GEOLOCATION_LON = 'geolocation.lon'


class EntityInfluenceTypes:
    """How an entity reaches the points of a timeline around it."""

    POINT = 'point'
    LINEAR_INTERPOLATION = 'linear_interpolation'
    LINEAR_INTERPOLATION_INTEGER = 'linear_interpolation_integer'
    GEO_INTERPOLATION = 'geo_interpolation'
    INTERVAL = 'interval'
    START_STOP = 'start_stop'
    AFFECT_FORWARD = 'affect_forward'
    AFFECT_BACKWARD = 'affect_backward'

    VALID_TYPES = (
        POINT, LINEAR_INTERPOLATION, LINEAR_INTERPOLATION_INTEGER, GEO_INTERPOLATION, INTERVAL,
        START_STOP, AFFECT_FORWARD, AFFECT_BACKWARD,
    )


class WeatherStackAttributes:
    """Fields of a weather enrichment."""

    VISIBILITY = 'visibility'
    WEATHER_DESCRIPTION = 'weather_descriptions'


class RosbagsMessageTypes:
    """ROS messages that the platform indexes."""

    IMAGE_MESSAGE_TYPE = 'sensor_msgs/Image'
    FIX_MESSAGE_TYPE = 'sensor_msgs/NavSatFix'
    IMU_MESSAGE_TYPE = 'sensor_msgs/Imu'
    LIDAR_MESSAGE_TYPE = 'sensor_msgs/PointCloud2'
    TF_MESSAGE_TYPE = 'tf2_msgs/TFMessage'

    VALID_TYPES = (
        IMAGE_MESSAGE_TYPE, FIX_MESSAGE_TYPE, IMU_MESSAGE_TYPE, LIDAR_MESSAGE_TYPE,
        TF_MESSAGE_TYPE,
    )


class RosBagTypes:
    """Generation of a bag."""

    ROS_1 = 'ros1'
    ROS_2 = 'ros2'


class Sensors:
    """Kinds of sensors."""

    CAMERA = 'camera'
    LIDAR = 'lidar'
    RADAR = 'radar'
    GPS = 'gps'
    IMU = 'imu'
    GENERIC = 'generic'

    VALID_SENSORS = (CAMERA, LIDAR, RADAR, GPS, IMU, GENERIC)


class Time:
    """First and last moment that the platform knows."""

    START_OF_TIME_STRING = '1970-01-01T00:00:00Z'
    END_OF_TIME_STRING = '2070-01-01T00:00:00Z'


class AuxiliaryDataTypes:
    """Kinds of a session's auxiliary data."""

    CONCATENATED_VIDEO = 'concatenated_video'


class EnrichmentTypes:
    """What enriches a session."""

    LOCATION = 'location'
    MRCNN_OBJECT_DETECTION = 'mrcnn_object_detection'
    VISIBILITY = 'visibility'
    WEATHER = 'weather'
