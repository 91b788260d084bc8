// SPDX-License-Identifier: Apache-2.0
// Work that the server does after it has answered.

import { call } from './api';

const WAIT_MS = 500;

interface State {
  status: string;
  progress: number;
  notes?: string[] | null;
}

/** Wait until a job has ended well, telling how far it is, for as long as somebody wants to know. */
export async function finished(
  job: string, tell: (said: string) => void = () => undefined, isWanted: () => boolean = () => true,
): Promise<void> {
  while (isWanted()) {
    const { status, progress, notes } = await call<State>(
      'GET', `/v1/assets/meta/${encodeURIComponent(job)}?asset_type=jobs`);
    if (status === 'finished') return;
    if (status === 'aborted' || status === 'cancelled') throw new Error(notes?.at(-1) ?? `the job was ${status}`);
    tell(`${status}, ${Math.round(progress)} % …`);
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}
