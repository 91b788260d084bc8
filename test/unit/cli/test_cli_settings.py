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

"""Which server and which token the command uses."""

import argparse

import pytest

from scenebox_ros.cli.outcome import Exit, exit_code
from scenebox_ros.cli.settings import access
from scenebox_ros.errors import InvalidAuthorization, SettingsError


@pytest.fixture
def settle(tmp_path):
    """Settle with a configuration file of this text, as if it were the user's own."""

    def settle(text, **environment):
        path = tmp_path / 'scenebox' / 'config.yaml'
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        flags = argparse.Namespace(server=None, token_file=None)
        return access(flags, {'XDG_CONFIG_HOME': str(tmp_path), 'SCENEBOX_TOKEN': 'tok',
                              **environment})

    return settle


def test_the_environment_wins_over_the_file(settle):
    found = settle('server: http://file\n', SCENE_ENGINE_URL='http://environment')

    assert found.server == 'http://environment'


def test_the_file_wins_over_the_default(settle):
    assert settle('server: http://file\n').server == 'http://file'


def test_a_misspelt_setting_is_not_passed_over(settle):
    with pytest.raises(SettingsError, match=r"'sever'.*server and token_file"):
        settle('sever: http://file\n')


def test_a_configuration_that_is_named_must_be_there(settle):
    with pytest.raises(SettingsError, match='/nowhere'):
        settle('', SCENEBOX_CONFIG='/nowhere')


def test_the_token_is_not_in_the_repr(settle):
    assert 'tok' not in repr(settle('')).replace('token', '')


@pytest.mark.parametrize('named', ['', '/nowhere/token', '/dev/null'])
def test_a_token_that_is_missing_has_the_exit_code_of_a_wrong_one(settle, named):
    with pytest.raises(InvalidAuthorization, match='token') as failure:
        settle('', SCENEBOX_TOKEN='', SCENEBOX_TOKEN_FILE=named)

    assert exit_code(failure.value) == Exit.NO_RIGHTS
