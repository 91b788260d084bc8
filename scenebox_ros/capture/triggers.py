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

"""Triggers: a field over a threshold, a diagnostic that turns ERROR; each fires as it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
import operator
import re
from typing import Any

from scenebox_ros.errors import SettingsError

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    '>=': operator.ge, '<=': operator.le, '==': operator.eq, '!=': operator.ne,
    '>': operator.gt, '<': operator.lt,
}
PATTERN = re.compile(r'\s*(\S+)\s+(\S+)\s*(>=|<=|==|!=|>|<)\s*(.+?)\s*$')
ERROR_LEVEL = 2


@dataclass(frozen=True)
class Condition:
    """
    A topic condition, like ``/imu/data linear_acceleration.z > 20``.

    Attributes
    ----------
    topic, field
        Which field of which topic; paths are those of the message definition.
    compare
        One of ``> >= < <= == !=``.
    threshold
        A number; a word (``true``, ``ERROR``) with ``==`` and ``!=`` alone.

    """

    topic: str
    field: str
    compare: str
    threshold: float | str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """
        Read a condition.

        Raises
        ------
        SettingsError
            If it is none.

        """
        found = PATTERN.match(text)
        if found is None:
            raise SettingsError(
                f'{text!r} is no condition; write topic, field, comparison and threshold, like '
                "'/imu/data linear_acceleration.z > 20.0'"
            )
        topic, field, compare, threshold = found.groups()
        try:
            return cls(topic, field, compare, float(threshold))
        except ValueError:
            if compare in {'==', '!='}:
                return cls(topic, field, compare, threshold)
            raise SettingsError(
                f'{threshold!r} in {text!r} is no number; {compare} compares numbers'
            ) from None

    def __str__(self) -> str:
        return f'{self.topic} {self.field} {self.compare} {self.threshold}'

    def holds(self, value: float | str | bool) -> bool:
        """Say whether a value meets the condition; a number never meets a word's."""
        if isinstance(self.threshold, str):
            plain = str(value).lower() if isinstance(value, bool) else str(value)
            return COMPARE[self.compare](plain, self.threshold)
        if isinstance(value, str):
            return False
        return COMPARE[self.compare](float(value), self.threshold)


class Edge:
    """Tell when a claim begins to be true; each name has its own."""

    def __init__(self) -> None:
        self._is_true: dict[str, bool] = {}

    def rises(self, name: str, is_true: bool) -> bool:
        """Take the newest claim; say whether it was not true before."""
        was_true = self._is_true.get(name, False)
        self._is_true[name] = is_true
        return is_true and not was_true


class Alarms:
    """Watch diagnostics for components that turn ERROR."""

    def __init__(self) -> None:
        self._edge = Edge()

    def turned(self, levels: Iterable[tuple[str, int]]) -> list[str]:
        """Give the names of the components that were not in ERROR before and are now."""
        return [name for name, level in levels if self._edge.rises(name, level == ERROR_LEVEL)]
