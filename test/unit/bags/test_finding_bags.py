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

import os
import subprocess
import sys

from bag_writers import drive, repository, write_db3, write_mcap, write_rosbag2
import pytest

from scenebox_ros.bags import find_bags
from scenebox_ros.errors import BagError


def names(found, root):
    return [str(path.relative_to(root)) for path in found]


def test_folders_are_searched_in_natural_order(tmp_path):
    for name in ['run_10', 'run_2', 'deep/er/run_1']:
        folder = tmp_path / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_rosbag2(folder, drive(2), 'mcap')
    (tmp_path / 'notes.txt').write_text('no bag')

    assert names(find_bags(tmp_path), tmp_path) == ['deep/er/run_1', 'run_2', 'run_10']


def test_splits_without_metadata_are_one_bag_and_single_files_are_not(tmp_path):
    (tmp_path / 'splits').mkdir()
    (tmp_path / 'singles').mkdir()
    for index in [0, 1]:
        write_db3(tmp_path / 'splits' / f'run_{index}.db3', drive(2))
    for name in ['monday.mcap', 'tuesday.mcap']:
        write_mcap(tmp_path / 'singles' / name, drive(2))

    assert names(find_bags(tmp_path), tmp_path) == [
        'singles/monday.mcap', 'singles/tuesday.mcap', 'splits']


def test_a_bag_named_twice_is_found_once(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive(2))

    assert find_bags([path, tmp_path / '.' / 'a.mcap', path]) == [path]


@pytest.mark.parametrize('name', ['nothing', 'nothing.mcap'])
def test_a_path_that_does_not_exist_is_named(name, tmp_path):
    with pytest.raises(BagError, match=f'{name} does not exist'):
        find_bags(tmp_path / name)


def test_a_folder_without_bags_says_what_a_bag_is(tmp_path):
    with pytest.raises(BagError, match=r'no recordings in .*\.mcap, \.db3, \.bag'):
        find_bags([tmp_path])


def test_a_compressed_split_is_not_read_beside_its_plain_copy(tmp_path):
    write_mcap(tmp_path / 'run_0.mcap', drive(2))
    (tmp_path / 'run_0.mcap.zstd').write_bytes(b'\x28\xb5\x2f\xfd')

    assert names(find_bags(tmp_path), tmp_path.parent) == [tmp_path.name]


def test_links_that_lead_back_up_end(tmp_path):
    write_mcap(tmp_path / 'a.mcap', drive(2))
    (tmp_path / 'sub').mkdir()
    (tmp_path / 'sub' / 'up').symlink_to(tmp_path)

    assert names(find_bags(tmp_path), tmp_path) == ['a.mcap']


def test_what_is_no_file_is_refused():
    from scenebox_ros.bags import open_bag

    with pytest.raises(BagError, match='neither a file nor a folder'):
        open_bag('/dev/null')


def test_an_empty_list_is_told():
    with pytest.raises(BagError, match='list of recordings is empty'):
        find_bags([])


def test_a_path_that_does_not_exist_does_not_hide_the_others(tmp_path):
    path = write_mcap(tmp_path / 'a.mcap', drive(2))

    assert find_bags([tmp_path / 'b.mcap', path]) == [tmp_path / 'b.mcap', path]


def test_a_file_of_a_bag_that_is_given_too_is_not_read_twice(tmp_path):
    folder = write_rosbag2(tmp_path / 'run', drive(2))
    (file,) = folder.glob('*.db3')

    assert find_bags([file, folder]) == [folder]
    assert find_bags([file]) == [file]


def test_links_to_themselves_and_digits_of_any_kind_are_names(tmp_path):
    (tmp_path / 'self.mcap').symlink_to('self.mcap')
    write_mcap(tmp_path / '1²3.mcap', drive(2))
    write_mcap(tmp_path / '٣.mcap', drive(2))

    assert set(names(find_bags(tmp_path), tmp_path)) == {'1²3.mcap', 'self.mcap', '٣.mcap'}


@pytest.mark.skipif(os.geteuid() != 0, reason='becomes another user')
def test_what_must_not_be_read_is_refused_and_the_others_are_read(tmp_path):
    for name in ['ok', 'no']:
        (tmp_path / name).mkdir()
        write_mcap(tmp_path / name / 'a.mcap', drive(2))
    (tmp_path / 'no').chmod(0)
    script = (
        'import os, sys\n'
        'from scenebox_ros.bags import find_bags, open_bag\n'
        'from scenebox_ros.errors import BagError\n'
        'os.setuid(65534)\n'
        'for path in find_bags(["no/a.mcap", "ok"]) + find_bags("."):\n'
        '    try:\n'
        '        print(path, open_bag(path).num_messages)\n'
        '    except BagError as error:\n'
        '        print(error)\n'
    )
    tmp_path.chmod(0o755)

    done = subprocess.run([sys.executable, '-c', script], cwd=tmp_path, text=True,
                          capture_output=True, env={**os.environ, 'PYTHONPATH': str(repository())})

    assert done.stdout.splitlines() == [
        'no/a.mcap cannot be read: Permission denied', 'ok 2',
        'no cannot be read: Permission denied', 'ok 2'], done.stderr
