// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useAddress } from '../address';
import { call, type Caller } from '../api';
import { count } from '../data';
import { Shown, useLoad } from '../load';

const TYPES = ['sessions', 'images', 'videos', 'lidars', 'objects', 'annotations', 'embeddings', 'sets', 'projects', 'jobs'];

/** How much there is of everything, for whoever asks. */
export function OverviewPage(): JSX.Element {
  const name = useAddress().query.get('dashboard');
  const caller = useLoad('caller', () => call<Caller>('GET', '/auth'));
  const counts = useLoad('counts', async () =>
    Promise.all(TYPES.map(async (type) => [type, await count(type, {})] as const)));
  return (
    <>
      <h1>Overview</h1>
      {name && <p class="quiet">This server keeps no dashboards of its own, so {name} shows what there is.</p>}
      <Shown of={caller}>
        {(who) => <p>{who.username} ({who.role}) of {who.organization}</p>}
      </Shown>
      <Shown of={counts}>
        {(found) => (
          <dl class="counts">
            {found.map(([type, number]) => <div><dt>{type}</dt><dd>{number.toLocaleString('en')}</dd></div>)}
          </dl>
        )}
      </Shown>
      <p><a href="/docs">All routes of the server</a> · <a href="/metrics">Metrics</a></p>
    </>
  );
}
