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

"""The package as it is built and installed: what launch looks for must be where it looks."""

import os
from pathlib import Path
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

ROOT = Path(__file__).parents[2]
EXECUTABLES = {
    'scenebox', 'session_node', 'camera_node', 'lidar_node', 'gps_node', 'uploader_node',
    'bag_upload_node',
}
WEB_APP = 'scenebox_ros/server/web/static/index.html'
pytestmark = pytest.mark.packaging


def run(*command, cwd=None, **environment):
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope='module')
def checkout(tmp_path_factory):
    """What is in git, and nothing that lies about."""
    copy = tmp_path_factory.mktemp('src') / 'scenebox_ros'
    listed = run('git', 'ls-files', '-z', cwd=ROOT).split('\0')
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    page = copy / WEB_APP
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text('built by npm, and not in git')
    return copy


@pytest.fixture(scope='module')
def built(checkout, tmp_path_factory):
    out = tmp_path_factory.mktemp('dist')
    run(sys.executable, '-m', 'build', '--no-isolation', '--outdir', out, checkout)
    return out


def test_the_wheel_made_of_the_sdist_has_executables_where_launch_looks(built):
    (wheel,) = built.glob('*.whl')
    with zipfile.ZipFile(wheel) as archive:
        data = next(n for n in archive.namelist() if '.data/data/' in n).split('/data/')[0]
        below = f'{data}/data/lib/scenebox_ros/'
        found = {e.filename.removeprefix(below): e.external_attr >> 16 & 0o111
                 for e in archive.infolist() if e.filename.startswith(below)}

        assert set(found) == EXECUTABLES
        assert all(found.values()), 'not executable'


def test_the_wheel_has_what_ros_finds_under_share(built):
    (wheel,) = built.glob('*.whl')
    names = zipfile.ZipFile(wheel).namelist()
    share = {name.split('/data/share/')[1] for name in names if '/data/share/' in name}

    assert 'ament_index/resource_index/packages/scenebox_ros' in share
    assert 'scenebox_ros/package.xml' in share
    for folder in ['launch', 'config']:
        files = {f'scenebox_ros/{folder}/{p.name}' for p in (ROOT / folder).iterdir()
                 if p.is_file()}
        assert files
        assert files <= share


def test_the_wheel_has_the_types_marker_the_web_app_and_the_recordings(built):
    (wheel,) = built.glob('*.whl')
    names = set(zipfile.ZipFile(wheel).namelist())

    assert 'scenebox_ros/py.typed' in names
    assert WEB_APP in names
    assert 'scenebox_ros/demo/recordings/comma/metadata.yaml' in names
    assert 'scenebox_ros/demo/recordings/NOTICE.md' in names


def test_the_sdist_has_the_licence_and_no_tests_data(built):
    (sdist,) = built.glob('*.tar.gz')
    with tarfile.open(sdist) as archive:
        names = {name.split('/', 1)[-1] for name in archive.getnames()}

    assert {'LICENSE', 'README.md', 'package.xml', 'CHANGELOG.rst', 'scripts/scenebox'} <= names
    # Without it an old pip obeys setup.cfg's install_scripts, and bin/ has no scenebox command.
    assert 'pyproject.toml' in names


def test_pip_installs_an_executable_that_runs(built, tmp_path):
    (wheel,) = built.glob('*.whl')
    prefix = tmp_path / 'prefix'
    # Otherwise pip removes the installation that runs this test.
    apart = ['--no-deps', '--ignore-installed', '--prefix', prefix]
    run(sys.executable, '-m', 'pip', 'install', *apart, wheel)
    executable = prefix / 'lib' / 'scenebox_ros' / 'scenebox'
    (packages,) = prefix.glob('lib/python*/site-packages')

    told = run(sys.executable, executable, '--version', PYTHONPATH=str(packages))

    assert told.startswith('scenebox_ros 0.')


def test_colcon_builds_it_and_runs_its_tests(checkout, tmp_path):
    colcon = [sys.executable, '-m', 'colcon']
    where = ['--base-paths', checkout, '--build-base', tmp_path / 'build']
    install = ['--install-base', tmp_path / 'install']
    run(*colcon, 'build', *where, *install, cwd=tmp_path)

    libexec = tmp_path / 'install' / 'scenebox_ros' / 'lib' / 'scenebox_ros'
    assert {path.name for path in libexec.iterdir()} == EXECUTABLES

    run(*colcon, 'test', *where, *install, '--pytest-args', 'test/unit/test_ids.py',
        'test/unit/test_rooms.py', cwd=tmp_path)
    told = run(*colcon, 'test-result', '--all', '--test-result-base', tmp_path / 'build',
               cwd=tmp_path)
    summary = told.splitlines()[-1]
    assert int(summary.split(':')[1].split()[0]) > 50, told
    assert '0 errors, 0 failures' in summary
