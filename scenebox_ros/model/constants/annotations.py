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

"""Constants of annotations and of their comparison."""

from __future__ import annotations


class AnnotationTypes:
    """Shape of an annotation."""

    SEGMENTATION = 'segmentation'
    TWO_D_BOUNDING_BOX = 'two_d_bounding_box'
    TWO_D_CUBOID = 'two_d_cuboid'
    THREE_D_CUBOID = 'three_d_cuboid'
    POINT = 'point'
    POLYGON = 'polygon'
    LINE = 'line'
    CLASSIFICATION = 'classification'
    MIXED = 'mixed'
    CUSTOM = 'custom'
    TWO_D_POSE = 'two_d_pose'
    ELLIPSE = 'ellipse'

    VALID_TYPES = (
        SEGMENTATION, TWO_D_BOUNDING_BOX, TWO_D_CUBOID, THREE_D_CUBOID, POINT, POLYGON, LINE,
        CLASSIFICATION, MIXED, CUSTOM, TWO_D_POSE, ELLIPSE,
    )


class AnnotationMediaTypes:
    """Asset types that can be annotated."""

    VALID_TYPES = ('image_sequences', 'images', 'lidar_sequences', 'lidars', 'videos')


class AnnotationProviders:
    """Who annotates; the last ones are known, but not valid for instructions."""

    SCALE = 'scale'
    SCALE_MOCKED = 'scale_mocked'
    DEEPEN = 'deepen'
    LABELBOX = 'labelbox'
    CVAT = 'cvat'
    SUPERANNOTATE = 'superannotate'
    SAGEMAKER_GT = 'sagemaker_gt'
    SEGMENTS_AI = 'segments_ai'
    PLAYMENT = 'playment'
    CVDL_INTERFACE = 'cvdl_interface'
    DEFAULT_PROVIDER = 'default_provider'

    VALID_PROVIDERS = (
        CVAT, CVDL_INTERFACE, DEEPEN, LABELBOX, SAGEMAKER_GT, SCALE, SCALE_MOCKED, SUPERANNOTATE,
    )


class AnnotationGroups:
    """Who made an annotation: people or a model."""

    GROUND_TRUTH = 'ground_truth'
    MODEL_GENERATED = 'model_generated'
    OTHER = 'other'

    VALID_ANNOTATION_GROUPS = (GROUND_TRUTH, MODEL_GENERATED, OTHER)


class AnnotationTags:
    """What happened to an annotation."""

    EMPTY = 'empty'
    CLEANED = 'cleaned'


class AnnotationWorkflow:
    """Whether annotators start from nothing."""

    FIX = 'fix'
    NEW = 'new'


class AnnotationComparisonConstants:
    """Fields of a comparison of annotations."""

    COMPARISON_TASK_ID = 'comparison_task_id'

    SHARED_META = ('aux', 'sensor', 'format', 'width', 'height')


class COCOAnnotations:
    """Lists that a COCO file must have."""

    KEYS = ('images', 'categories', 'annotations')


class CVATSupportedAnnotationFormats:
    """Formats that CVAT exports."""

    COCO_1p0 = 'COCO 1.0'
    MOT_1p1 = 'MOT 1.1'
    CVAT_IMAGE_XML = 'CVAT for images 1.1'


class CVATMOTProperties:
    """Names in a MOT export of CVAT."""

    LABELS_FILENMAE = 'labels.txt'
    GT_FILENAME = 'gt.txt'

    FIELDS = ('frame_id', 'track_id', 'x', 'y', 'w', 'h', 'confidence', 'class_id', 'visibility')


class PerformanceMetrics:
    """Results of comparing a model with the ground truth."""

    TP = 'true_positive'
    FN = 'false_negative'
    TN = 'true_negative'
    FP = 'false_positive'
    BG = 'background'
    PRECISION = 'precision'
    RECALL = 'recall'
    F1 = 'f1'
    NotApplicable = 'N/A'
