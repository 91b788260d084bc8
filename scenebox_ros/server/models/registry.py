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
Which models there are: one JSON file each in the server's folder, under ``models/``.

Only who can write into the server's folder registers a model, so no request can make the server
open a file or call an address that its operator did not choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import urlsplit

from scenebox_ros.errors import DependencyError

FOLDER = 'models'
BUILT_IN = 'histogram'
NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]{0,63}')
ROLES = ('embedding', 'scores', 'boxes', 'box_scores', 'box_labels', 'mask')
MAX_SIDE = 8192


class ModelFileError(DependencyError):
    """Raised when the file that registers a model says what cannot be."""


@dataclass(frozen=True)
class Model:
    """
    A registered model.

    Attributes
    ----------
    name, version
        What annotations and embeddings say they come from. The name is the file's.
    onnx
        The ONNX file; or else
    url
        the endpoint that gets the asset's bytes.
    labels
        Names of the classes, by number (ONNX).
    outputs
        The ONNX file's name of each output, by role: ``embedding``, ``scores``, ``boxes``,
        ``box_scores``, ``box_labels``, ``mask``.
    background
        Number of the class that is not annotated in masks; -1 if there is none.
    height, width
        Size of the input, where the ONNX file leaves it open.
    channels
        ``rgb`` or ``bgr``.
    mean, std
        Subtracted from each channel, and what it is then divided by; of values from 0 to 255.
    softmax
        The scores are logits.
    timeout_s
        Longest time for one asset (url).

    """

    name: str
    version: str = '1'
    onnx: Path | None = None
    url: str = ''
    labels: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    height: int = 0
    width: int = 0
    channels: str = 'rgb'
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (255.0, 255.0, 255.0)
    softmax: bool = False
    background: int = 0
    timeout_s: float = 30.0

    def label(self, number: int) -> str:
        """Name a class by its number."""
        return self.labels[number] if 0 <= number < len(self.labels) else str(number)


def names(folder: Path) -> list[str]:
    """List what can be asked for, the built-in model first."""
    return [BUILT_IN, *sorted(path.stem for path in (folder / FOLDER).glob('*.json'))]


def find(folder: Path, name: str) -> Model:
    """
    Find a registered model.

    Raises
    ------
    DependencyError
        If there is none of this name, or its file says what cannot be.

    """
    path = folder / FOLDER / f'{name}.json'
    if not NAME.fullmatch(name) or not path.is_file():
        raise DependencyError(
            f'no model {name[:80]!r} is registered on this server; it runs '
            f'{", ".join(names(folder))}. To register one, put {FOLDER}/<name>.json into the '
            'folder of the server'
        )
    try:
        return read(name, json.loads(path.read_text()), path.parent)
    except (ValueError, TypeError) as error:
        raise ModelFileError(f'{path.name}, which registers model {name!r}: {error}') from None


def read(name: str, given: Any, folder: Path) -> Model:
    """
    Read what a file says about a model.

    Raises
    ------
    ValueError
        If it says what cannot be.

    """
    if not isinstance(given, Mapping):
        raise ValueError('it must hold one JSON object')
    known = {one.name for one in fields(Model)} - {'name'}
    if unknown := set(given) - known:
        raise ValueError(f'{sorted(unknown)} is not known; known are {sorted(known)}')
    if bool(given.get('onnx')) == bool(given.get('url')):
        raise ValueError('give either onnx, a file beside it, or url, an HTTP endpoint')
    values = {**given, 'name': name, 'version': str(given.get('version', '1'))}
    for key in ('labels', 'mean', 'std'):
        if key in values:
            values[key] = tuple(values[key])
    values['onnx'] = _file(folder, given['onnx']) if given.get('onnx') else None
    _check(model := Model(**values))
    return model


def _file(folder: Path, name: Any) -> Path:
    path = folder / str(name)
    if not path.is_file():
        raise ValueError(f'there is no file {name!r} beside it')
    return path


def _check(model: Model) -> None:
    if unknown := set(model.outputs) - set(ROLES):
        raise ValueError(f'outputs name {sorted(unknown)}; known are {", ".join(ROLES)}')
    if model.channels not in ('rgb', 'bgr'):
        raise ValueError(f'channels is {model.channels!r}; choose rgb or bgr')
    if not (0 <= model.height <= MAX_SIDE and 0 <= model.width <= MAX_SIDE):
        raise ValueError(f'height and width are {model.height} and {model.width}')
    if len(model.mean) != 3 or len(model.std) != 3 or not all(model.std):
        raise ValueError('mean and std are three numbers, and std is not 0')
    if not all(isinstance(label, str) for label in model.labels):
        raise ValueError('labels are texts')
    if not 0 < model.timeout_s <= 3600:
        raise ValueError(f'timeout_s is {model.timeout_s}')
    if model.url and (urlsplit(model.url).scheme not in ('http', 'https')
                      or not urlsplit(model.url).hostname):  # fmt: skip
        raise ValueError(f'url is {model.url!r}; write http://host:port/path')
