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

"""Time series: tables into a session, and timelines out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import compress
import os
from typing import Any

from scenebox_ros.client.endpoints.scene import sessions
from scenebox_ros.client.methods.scene.base import Json, Moment, Query
from scenebox_ros.client.methods.scene.events import EventMethods
from scenebox_ros.client.progress import bar
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.errors import (
    ArgumentTypeError,
    DependencyError,
    InvalidArgumentsError,
    LengthMismatchError,
    MissingKeyError,
)
from scenebox_ros.model import plain, times

TIMESTAMP = 'timestamp'


class TimeseriesMethods(EventMethods):
    """Add data frames and CSV files to sessions, read timelines."""

    def add_timeseries_csv(
        self,
        session_uid: str,
        csv_filepath: str | os.PathLike[str],
        df_labels: Sequence[str] | None = None,
    ) -> None:
        """
        Add the columns of a CSV file to a session; see :meth:`add_df`.

        Parameters
        ----------
        session_uid
            The session's uid.
        csv_filepath
            The file.
        df_labels
            Names of the columns, for a file without a first line of names.

        Raises
        ------
        KeyError
            If there is no column ``timestamp``.
        SessionError
            If the session would become too long.
        DependencyError
            If pandas is not installed.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_timeseries_csv('session_1', 'speed.csv')

        """
        pandas = _pandas()
        names = {'names': list(df_labels)} if df_labels else {}
        self.add_df(pandas.read_csv(csv_filepath, **names), session_uid)

    def add_df(
        self,
        measurement_df: Any,
        session_uid: str,
        timestamps: Iterable[Moment] | None = None,
    ) -> None:
        """
        Add the columns of a data frame to a session, and resolve it.

        Columns of numbers become scalars (their names in lower case), ``lat`` and ``lon`` become
        positions, all others states. A cell without a value (NaN, None) was not measured, and adds
        nothing. The frame is not modified.

        Parameters
        ----------
        measurement_df
            A ``pandas.DataFrame``, one row per moment.
        session_uid
            The session's uid.
        timestamps
            When each row was measured; default: the frame's column ``timestamp``.

        Raises
        ------
        KeyError
            If there is neither a column ``timestamp`` nor ``timestamps``.
        SessionError
            If the session would become too long.
        DependencyError
            If pandas is not installed.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> frame = pandas.DataFrame({'timestamp': ['2026-01-31T10:00:00Z'], 'speed': [12.5]})
        >>> client.add_df(frame, 'session_1')

        """
        pandas = _pandas()
        moments = _moments(measurement_df, timestamps)
        columns = list(measurement_df.columns)
        if {'lat', 'lon'} <= set(columns):
            latitudes, longitudes, when = _measured(measurement_df, moments, 'lat', 'lon')
            self.add_geolocation_entities(latitudes, longitudes, when, session_uid)
            columns = [column for column in columns if column not in ('lat', 'lon')]
        self._check_duration(session_uid, moments)
        columns = [column for column in columns if column != TIMESTAMP]
        numeric = [c for c in columns if pandas.api.types.is_numeric_dtype(measurement_df[c])]

        def add(column: Any) -> None:
            values, when = _measured(measurement_df, moments, column)
            self.add_scalar_measurements(str(column).lower(), values, when, session_uid)

        with bar('adding time series', len(numeric), 'columns') as advance:
            run_threaded(add, numeric, self.num_threads, lambda: advance(1))
        for column in columns:
            if column not in numeric:
                values, when = _measured(measurement_df, moments, column)
                self.add_point_events(str(column), values, when, session_uid)
        self.resolve_session(session_uid)

    # -- timelines -------------------------------------------------------------------------------
    def download_timeseries(
        self, search_dic: Query | None = None, fields: Sequence[str] | None = None
    ) -> dict[str, list[Json]]:
        """
        Read the timelines of the sessions, wherever a search holds.

        Parameters
        ----------
        search_dic
            Query over the timelines; None: everywhere.
        fields
            Only these fields, and ``timestamp``; None: all.

        Returns
        -------
        dict[str, list[Json]]
            Per session uid, one object per interval with ``start_time``, ``end_time`` and the
            fields

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.download_timeseries({'filters': [{'field': 'weather', 'values': ['rain']}]})

        """
        query = dict(search_dic or {})
        wanted = None if fields is None else list(fields)
        if wanted and TIMESTAMP not in wanted:
            wanted.append(TIMESTAMP)
        found = sessions.search(self._http, query)
        return {
            session_uid: [
                self._interval_data(session_uid, query, interval, wanted)
                for interval in entry.get('intervals') or ()
            ]
            for session_uid, entry in found.items()
        }

    def _interval_data(
        self, session_uid: str, query: Json, interval: Sequence[str], fields: list[str] | None
    ) -> Json:
        span = {'start_time': interval[0], 'end_time': interval[1]}
        inside = {**query, 'time_range': span}
        read = sessions.field_data(self._http, session_uid, inside, fields)
        return {**span, **{key: value for key, value in read.items() if key != 'time_index'}}

    def get_field_data(
        self,
        session_uid: str,
        search_dic: Query | None = None,
        fields: str | Sequence[str] = 'all',
    ) -> Json:
        """
        Read fields of a session's timeline.

        Parameters
        ----------
        session_uid
            The session's uid.
        search_dic
            Query over the timeline; None: all of it.
        fields
            A list of fields, or ``'all'``.

        Returns
        -------
        Json
            Values by field

        Raises
        ------
        ValueError
            If ``fields`` is another text than ``'all'``.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_field_data('session_1', fields=['speed'])

        """
        if isinstance(fields, str) and fields != 'all':
            raise InvalidArgumentsError(f"fields is {fields!r}; pass a list, or 'all'")
        wanted = ['*'] if isinstance(fields, str) else list(fields)
        return sessions.field_data(self._http, session_uid, search_dic or {}, wanted)


def _moments(frame: Any, timestamps: Iterable[Moment] | None) -> list[Moment]:
    if not hasattr(frame, 'columns'):
        kind = type(frame).__name__
        raise ArgumentTypeError(f'measurement_df is a {kind}; pass a DataFrame of pandas')
    if given := plain.listed(timestamps, 'timestamps'):
        if len(given) != len(frame):
            raise LengthMismatchError(f'{len(given)} timestamps for {len(frame)} rows')
        return given
    if TIMESTAMP not in frame.columns:
        raise MissingKeyError("the table has no column 'timestamp'; add it, or pass timestamps")
    return [_parsed(moment) for moment in frame[TIMESTAMP].tolist()]


def _measured(frame: Any, moments: Sequence[Moment], *columns: Any) -> list[list[Any]]:
    """List columns and their moments without the rows where one of them has no value."""
    is_there = frame[list(columns)].notna().all(axis=1).tolist()
    lists = [*(frame[column].tolist() for column in columns), moments]
    return [list(compress(items, is_there)) for items in lists]


def _parsed(moment: Any) -> Moment:
    # pandas has a class of its own for moments, a subclass of datetime.
    return times.parse(moment.to_pydatetime() if hasattr(moment, 'to_pydatetime') else moment)


def _pandas() -> Any:
    try:
        return import_module('pandas')
    except ImportError:
        raise DependencyError('tables need pandas; run: pip install pandas') from None
