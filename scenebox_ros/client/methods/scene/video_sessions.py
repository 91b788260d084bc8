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

"""Sessions of one video, as fleets record them."""

from __future__ import annotations

from scenebox_ros.client.endpoints.scene import sessions
from scenebox_ros.client.job_manager import JobManagerClient
from scenebox_ros.client.methods.scene.sets import SetMethods
from scenebox_ros.client.methods.scene.videos import BulkVideoMethods
from scenebox_ros.model.assets import Video
from scenebox_ros.model.constants import JobTypes

DEFAULT_SET = 'video_set'


class VideoSessionMethods(SetMethods, BulkVideoMethods):
    """Make sessions of videos."""

    def _new_job(self, job_type: str, stage: str) -> JobManagerClient:
        """Create a job; the scene engine's client knows how."""
        raise TypeError(f'{type(self).__name__} is a part of SceneEngineClient; make that')

    def add_video_session(
        self,
        video: Video,
        vehicle: str,
        session_name: str | None = None,
        set_id: str | None = None,
        wake_word_detection: bool = False,
        create_jira_tickets: bool = False,
        jira_project: str = '',
        auto_populate: bool = False,
        offset_before_wake_word_in_seconds: float = 15,
        offset_after_wake_word_in_seconds: float = 10,
        wait_for_completion: bool = True,
    ) -> str:
        """
        Upload a video and make a session of it.

        Parameters
        ----------
        video
            The video.
        vehicle
            Name of the vehicle.
        session_name
            Name of the session; default: the server's choice.
        set_id
            Set that the video joins; default: ``video_set``.
        wake_word_detection
            Find what was said after a wake word.
        create_jira_tickets
            Create an issue for each.
        jira_project
            Key of the project for these.
        auto_populate
            Fill the issues with what was said.
        offset_before_wake_word_in_seconds
            How much to keep before each wake word.
        offset_after_wake_word_in_seconds
            How much to keep after it.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The video's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_video_session(Video(id='ride_1', path='ride.mp4'), vehicle='truck_7')

        """
        joined = set_id or self.create_set(DEFAULT_SET, 'videos')
        job = self._new_job(JobTypes.VIDEO_INDEXING, 'Uploading video')
        job.run()
        video_id = self.add_videos([video], joined)[0]
        sessions.add_video_session(
            self._http,
            {
                'video_id': video_id,
                'job_id': job.job_id,
                'session_name': session_name,
                'vehicle': vehicle,
                'wake_word_detection': wake_word_detection,
                'create_jira_tickets': create_jira_tickets,
                'jira_project': jira_project,
                'auto_populate': auto_populate,
                'offset_before_wake_word_in_seconds': offset_before_wake_word_in_seconds,
                'offset_after_wake_word_in_seconds': offset_after_wake_word_in_seconds,
            },
        )
        self._started(job.job_id, wait_for_completion)
        return video_id
