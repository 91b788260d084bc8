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

"""Independent readers and writers of PCD agree with ours, field by field."""

import os
from pathlib import Path

import numpy as np
import pytest

from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd, read_header
from scenebox_ros.errors import DecodeError

FORMS = ['binary', 'binary_compressed', 'ascii']
SHARED = Path(os.environ.get('SCENEBOX_SHARED', Path(__file__).parents[3] / 'shared')) / 'data'
DTYPES = {
    'packed': np.dtype([
        ('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('intensity', '<f4'), ('ring', '<u2'),
        ('time', '<f8'), ('line', 'i1'), ('range', '<u4'),
    ]),
    'padded': np.dtype({
        'names': ['x', 'y', 'z', 'intensity', 'ring'],
        'formats': ['<f4', '<f4', '<f4', '<f4', '<u2'],
        'offsets': [0, 4, 8, 16, 20], 'itemsize': 32,
    }),
}  # fmt: skip


def cloud(dtype, shape=(1, 500)):
    rng = np.random.default_rng(11)
    points = np.zeros(shape, dtype)
    for name in dtype.names:
        if dtype[name].kind == 'f':
            points[name] = rng.normal(0, 30, shape)
        else:
            points[name] = rng.integers(0, 100, shape)
    points['x'][0, 7] = np.nan
    return points


@pytest.fixture
def pypcd4():
    return pytest.importorskip('pypcd4')


@pytest.fixture
def open3d():
    return pytest.importorskip('open3d')


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('layout', DTYPES)
def test_pypcd4_reads_what_we_write(pypcd4, tmp_path, layout, form):
    points = cloud(DTYPES[layout])
    path = tmp_path / 'cloud.pcd'
    path.write_bytes(encode_pcd(points, form))

    theirs = pypcd4.PointCloud.from_path(path)

    for name in points.dtype.names:
        np.testing.assert_array_equal(theirs.pc_data[name], points[name].reshape(-1))


@pytest.mark.parametrize('form', FORMS)
def test_we_read_what_pypcd4_writes(pypcd4, tmp_path, form):
    points = cloud(DTYPES['packed'])[0]
    names = points.dtype.names
    types = tuple(points.dtype[name].type for name in names)
    path = tmp_path / 'cloud.pcd'
    their_cloud = pypcd4.PointCloud.from_points([points[name] for name in names], names, types)
    their_cloud.save(path, pypcd4.Encoding[form.upper()])

    ours = decode_pcd(path.read_bytes())

    tolerance = 1e-6 if form == 'ascii' else 0
    for name in names:
        np.testing.assert_allclose(ours[name][0], points[name], rtol=tolerance)


@pytest.mark.parametrize('form', FORMS)
def test_open3d_reads_what_we_write(open3d, tmp_path, form):
    points = cloud(DTYPES['padded'])
    path = tmp_path / 'cloud.pcd'
    path.write_bytes(encode_pcd(points, form))

    theirs = open3d.t.io.read_point_cloud(str(path), remove_nan_points=False)

    for column, axis in enumerate('xyz'):
        np.testing.assert_array_equal(
            theirs.point.positions.numpy()[:, column], points[axis].reshape(-1)
        )
    np.testing.assert_array_equal(theirs.point.intensity.numpy()[:, 0], points['intensity'][0])


def samples():
    return sorted((SHARED / 'pcd_samples_a').rglob('*.pcd'))


@pytest.mark.shared
@pytest.mark.parametrize(
    ('name', 'shape', 'names'),
    [
        ('brisk_descriptors_gt', (1, 1534), 'brisk_scale brisk_orientation brisk_descriptor512'),
        ('bun0', (1, 397), 'x y z normal_x normal_y normal_z curvature'),
        ('car6', (1, 10031), 'x y z'),
        ('colored_cloud', (1000, 1), 'x y z rgb normal_x normal_y normal_z curvature'),
        ('five_people', (480, 640), 'x y z rgba'),
        ('milk_color', (1, 13704), 'x y z rgba'),
        ('ascii', (1, 213), 'x y z rgb'),
        ('ascii_multi_count', (1, 8), 'x y z intensity'),
        ('ascii_organized', (2, 4), 'x y z intensity'),
        ('ascii_with_empty_points', (0, 0), 'x y z rgb'),
        ('ascii_with_underscore', (1, 213), 'x y z'),
        ('binary', (1, 213), 'x y z rgb'),
        ('binary_compressed', (1, 213), 'x y z rgb'),
        ('binary_compressed_organized', (2, 4), 'x y z intensity'),
    ],
)
def test_files_of_pcl_and_pypcd4_are_read_and_written_again(name, shape, names):
    paths = [path for path in samples() if path.stem == name]
    if not paths:
        pytest.skip('the recording pcd_samples_a is not here')

    points = decode_pcd(paths[0].read_bytes())

    assert points.shape == shape
    assert points.dtype.names == tuple(names.split())
    for form in FORMS:
        again = decode_pcd(encode_pcd(points, form))
        for field in points.dtype.names:
            kind = 'u4' if 'rgb' in field else points.dtype[field].base
            np.testing.assert_array_equal(again[field].view(kind), points[field].view(kind))


@pytest.mark.shared
@pytest.mark.parametrize('name', ['bun0', 'car6', 'colored_cloud', 'five_people', 'milk_color'])
def test_pypcd4_reads_the_same_values_from_pcls_files(pypcd4, name):
    paths = [path for path in samples() if path.stem == name]
    if not paths:
        pytest.skip('the recording pcd_samples_a is not here')

    points = decode_pcd(paths[0].read_bytes())

    theirs = pypcd4.PointCloud.from_path(paths[0])
    for field in points.dtype.names:
        np.testing.assert_array_equal(points[field].reshape(-1), theirs.pc_data[field])


@pytest.mark.shared
def test_a_binary_file_of_pcl_is_written_again_byte_by_byte():
    paths = [path for path in samples() if path.stem == 'colored_cloud']
    if not paths:
        pytest.skip('the recording pcd_samples_a is not here')
    blob = paths[0].read_bytes()
    header = read_header(blob)

    points = decode_pcd(blob)

    again = encode_pcd(points, viewpoint=header.viewpoint)
    assert again == blob[: header.body_start + points.nbytes]


@pytest.mark.shared
@pytest.mark.parametrize('name', ['ascii_empty', 'ascii_invalid_header'])
def test_files_that_are_meant_to_be_broken_are_refused(name):
    paths = [path for path in samples() if path.stem == name]
    if not paths:
        pytest.skip('the recording pcd_samples_a is not here')

    with pytest.raises(DecodeError, match='not a PCD file'):
        decode_pcd(paths[0].read_bytes())
