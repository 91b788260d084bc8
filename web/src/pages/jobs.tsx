// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api';
import { documents, list, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { moment } from '../parts/words';

const MOST = 100;
const ENDED = ['finished', 'aborted', 'cancelled'];

interface JobDoc extends Doc {
  status?: string;
  progress?: number;
  stage?: string;
  notes?: string[];
  job_type?: string;
  description?: string;
}

/** The newest jobs, looked at again every two seconds while the page is in view. */
export function JobsPage(): JSX.Element {
  const jobs = useLoad('', () =>
    documents<JobDoc>('jobs', {}, { size: MOST, sort: 'timestamp', order: 'desc' }), () => true);
  return (
    <>
      <h1>Jobs</h1>
      <Shown of={jobs}>
        {(found) => found.length === 0 ? <p class="quiet">No job.</p> : (
          <div class="wide"><table>
            <thead><tr><th>Job</th><th>State</th><th>Progress</th><th>Begun (UTC)</th><th>Notes</th><th>Cancel</th></tr></thead>
            <tbody>{found.map((job) => <Line key={job.id} job={job} />)}</tbody>
          </table></div>
        )}
      </Shown>
    </>
  );
}

function Line({ job }: { job: JobDoc }): JSX.Element {
  const [said, setSaid] = useState('');
  const cancel = () => {
    call('PUT', `/v1/jobs/cancel/${encodeURIComponent(job.id)}`).catch((error: Error) => setSaid(error.message));
  };
  return (
    <tr>
      <td title={job.id}>{job.description || job.job_type || job.id}</td>
      <td>{job.status}{job.status !== 'finished' && job.stage && ` · ${job.stage}`}</td>
      <td>
        {ENDED.includes(job.status ?? '') && job.status !== 'finished' ? '–'
          : <><progress max={100} value={job.progress ?? 0} aria-label="Progress" /> {Math.round(job.progress ?? 0)} %</>}
      </td>
      <td>{moment(job.timestamp)}</td>
      <td>{list<string>(job.notes).at(-1)}</td>
      <td>{!ENDED.includes(job.status ?? '') && <button onClick={cancel}>Cancel</button>} {said}</td>
    </tr>
  );
}
