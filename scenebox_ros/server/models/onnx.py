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
Running an ONNX file over an image, as a function that another process can run.

A model takes one input of shape (1, 3, height, width) or (1, height, width, 3), float32 or
uint8, and gives any of: ``embedding`` (values), ``scores`` (one for each label), ``boxes`` (n, 4)
of left, top, right and bottom in pixels of its input, ``box_scores`` (n) and ``box_labels`` (n),
``mask`` (numbers of classes (h, w), or scores (classes, h, w)).
A first axis of length 1 before these is left out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.codecs.images import decode_image
from scenebox_ros.errors import DependencyError, InvalidArgumentsError
from scenebox_ros.server.media.pictures import eight_bit, resample
from scenebox_ros.server.models.prediction import Found, Label, Prediction
from scenebox_ros.server.models.registry import MAX_SIDE, Model, ROLES
from scenebox_ros.server.models.segments import mask_of

MAX_BOXES = 10_000


def require_onnx() -> None:
    """Raise :class:`DependencyError` where ONNX files cannot be run."""
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        raise DependencyError(
            "ONNX models need onnxruntime: pip install 'scenebox_ros[models]' where the server is"
        ) from None


def predict(model: Model, blob: bytes) -> Prediction:
    """
    Say what an ONNX model says about an image file.

    Raises
    ------
    InvalidArgumentsError
        If the model cannot be loaded, or does not take an image, or gives something else.

    """
    path = model.onnx
    assert path is not None
    session = _session(str(path), path.stat().st_mtime_ns)
    pixels = _colours(eight_bit(decode_image(blob)))
    taken, size = _input(model, session, pixels)
    outputs = _outputs(model, session)
    try:
        values = session.run(list(outputs.values()), taken)
    except Exception as error:
        raise InvalidArgumentsError(f'model {model.name!r} failed: {str(error)[:500]}') from None
    said = {role: _squeezed(value) for role, value in zip(outputs, values, strict=True)}
    scale = pixels.shape[1] / size[1], pixels.shape[0] / size[0]
    return Prediction(
        _classes(model, said), _boxes(model, said, scale),
        tuple(float(v) for v in said['embedding'].ravel()) if 'embedding' in said else (),
        mask_of(model, said['mask'], *pixels.shape[:2]) if 'mask' in said else None,
    )  # fmt: skip


@lru_cache(maxsize=4)
def _session(path: str, _: int) -> Any:
    """Load a file once for each process and state of the file; one thread each."""
    require_onnx()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    except Exception as error:
        raise InvalidArgumentsError(f'the ONNX file cannot be read: {str(error)[:500]}') from None


def _colours(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(pixels[..., None], 3, 2) if pixels.ndim == 2 else pixels[..., :3]


def _input(model: Model, session: Any, pixels: NDArray[np.uint8]
           ) -> tuple[dict[str, Any], tuple[int, int]]:
    """Bring pixels into the shape, the range and the order that a model takes."""
    inputs = session.get_inputs()
    shape = inputs[0].shape
    if len(inputs) != 1 or len(shape) != 4:
        raise InvalidArgumentsError(
            f'model {model.name!r} must take one input of 4 axes; it takes '
            f'{[(one.name, one.shape) for one in inputs]}'
        )
    is_last = shape[3] == 3 and shape[1] != 3
    declared = shape[1:3] if is_last else shape[2:4]
    height, width = (
        side if isinstance(side, int) else wish or own
        for side, wish, own in zip(
            declared, (model.height, model.width), pixels.shape, strict=False
        )
    )
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise InvalidArgumentsError(f'an input of {width} x {height} pixels is too large')
    values = resample(pixels, height, width)
    values = values[..., ::-1] if model.channels == 'rgb' else values
    if inputs[0].type == 'tensor(uint8)':
        given: NDArray[Any] = np.asarray(values, np.uint8)
    else:
        mean, std = np.array(model.mean, np.float32), np.array(model.std, np.float32)
        given = (values.astype(np.float32) - mean) / std
    given = given if is_last else np.moveaxis(given, 2, 0)
    return {inputs[0].name: np.ascontiguousarray(given[None])}, (height, width)


def _outputs(model: Model, session: Any) -> dict[str, str]:
    """Match the file's outputs to roles; without a match, a single output is the embedding."""
    there = [one.name for one in session.get_outputs()]
    chosen = dict(model.outputs) or {role: role for role in ROLES if role in there}
    chosen = chosen or ({'embedding': there[0]} if len(there) == 1 else {})
    missing = sorted(set(chosen.values()) - set(there))
    if missing or not chosen:
        raise InvalidArgumentsError(
            f'model {model.name!r} has outputs {there}; say in outputs which is which of '
            f'{", ".join(ROLES)}'
        )
    return chosen


def _squeezed(value: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.asarray(value, np.float64)
    return values[0] if values.ndim > 1 and len(values) == 1 else values


def _classes(model: Model, said: dict[str, NDArray[np.float64]]) -> tuple[Label, ...]:
    if 'scores' not in said:
        return ()
    scores = said['scores'].ravel()
    if model.softmax:
        scores = np.exp(scores - scores.max())
        scores /= scores.sum()
    order = np.argsort(-scores, kind='stable')
    return tuple(Label(model.label(int(n)), float(scores[n])) for n in order[:MAX_BOXES])


def _boxes(model: Model, said: dict[str, NDArray[np.float64]], scale: tuple[float, float]
           ) -> tuple[Found, ...]:
    if 'boxes' not in said:
        return ()
    boxes = said['boxes'].reshape(-1, 4)[:MAX_BOXES] * np.array([*scale, *scale])
    sure = said['box_scores'].ravel() if 'box_scores' in said else np.ones(len(boxes))
    kinds = said['box_labels'].ravel() if 'box_labels' in said else np.zeros(len(boxes))
    return tuple(
        Found(model.label(int(kind)), float(confidence), *(float(side) for side in box))
        for box, confidence, kind in zip(boxes, sure, kinds, strict=False)
    )
