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

from glob import glob
import sys

from setuptools import find_packages, setup

NAME = 'scenebox_ros'
NODES = ['session', 'camera', 'lidar', 'gps', 'uploader', 'bag_upload']
EXECUTABLES = {
    'scenebox': 'scenebox_ros.cli.main:main',
    **{f'{node}_node': f'scenebox_ros.nodes.{node}:main' for node in NODES},
}
# pip ignores install_scripts, but launch looks for executables in lib/<package>: wheels carry
# small wrappers there. colcon makes its own.
WRAPPERS = (
    [(f'lib/{NAME}', sorted(glob('scripts/*')))]
    if {'bdist_wheel', 'dist_info'} & set(sys.argv)
    else []
)
READ = [
    'numpy>=1.21', 'opencv-python-headless>=4.5.4', 'xxhash>=3.0', 'pyyaml>=5.4', 'av>=12.1',
    'lmdb>=1.3', 'python-neo-lzf>=0.3', 'isal>=1.0', 'orjson>=3.8', 'simplejpeg>=1.8.2',
]
BAGS = [*READ, 'rosbags>=0.10.11', 'zstandard>=0.20', 'lz4>=4.0']
EXTRAS = {
    'bags': BAGS,
    'server': ['starlette>=0.41', 'uvicorn[standard]>=0.27', 'python-multipart>=0.0.18', *BAGS],
    'models': ['onnxruntime>=1.17'],
    'robot': READ,
    'open3d': ['open3d>=0.17; python_version < "3.13"'],
    'pandas': ['pandas>=1.3'],
    'dask': ['distributed>=2024.1'],
    'test': ['pytest>=6.2', 'hypothesis>=6.0', 'mcap>=1.1', 'pypcd4>=1.0'],
}
EXTRAS['all'] = sorted({*EXTRAS['server'], *EXTRAS['robot'], *EXTRAS['pandas']})

setup(
    name=NAME,
    version='0.1.0',
    description='Camera, lidar and GPS topics, live or from bags, as sessions on SceneBox',
    license='Apache-2.0',
    maintainer='The scenebox_ros Authors',
    maintainer_email='maintainers@scenebox-ros.example',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={
        NAME: ['py.typed', 'server/web/static/*', 'demo/recordings/*', 'demo/recordings/*/*'],
    },
    include_package_data=True,
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        (f'share/{NAME}/launch', sorted(glob('launch/*.py'))),
        (f'share/{NAME}/config', sorted(glob('config/*'))),
        *WRAPPERS,
    ],
    python_requires='>=3.10',
    install_requires=['httpx>=0.24', 'tenacity>=8.0', 'tqdm>=4.60', 'python-dateutil>=2.8'],
    extras_require=EXTRAS,
    entry_points={'console_scripts': [f'{name} = {path}' for name, path in EXECUTABLES.items()]},
    zip_safe=False,
)
