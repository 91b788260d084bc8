// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { href, set, useAddress } from '../address';
import { call } from '../api';
import { count, document_, documents, links, type AssetType, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Facts } from '../parts/facts';
import { Grid } from '../parts/grid';
import { SearchField } from '../parts/search';
import { moment } from '../parts/words';
import { read } from '../query';

const MOST = 500;
const WAIT_MS = 500;
const SHOWN: string[] = ['images', 'videos', 'lidars', 'objects'];

interface SetDoc extends Doc {
  name: string;
  assets_type: AssetType;
  locked: boolean;
  status: string;
}

export function SetsPage(): JSX.Element {
  const { query } = useAddress();
  const id = query.get('set');
  return id ? <One key={id} id={id} /> : <All text={query.get('q') ?? ''} />;
}

function All({ text }: { text: string }): JSX.Element {
  const sets = useLoad(text, () =>
    documents<SetDoc>('sets', read(text), { size: MOST, sort: 'timestamp', order: 'desc' }));
  return (
    <>
      <h1>Sets</h1>
      <SearchField value={text} onSearch={(q) => set({ q })} />
      <Shown of={sets}>
        {(found) => found.length === 0 ? <p class="quiet">No set.</p> : (
          <table>
            <thead><tr><th>Name</th><th>Of</th><th>State</th><th>Made</th></tr></thead>
            <tbody>
              {found.map((one) => (
                <tr>
                  <td><a href={href('sets', { set: one.id })}>{one.name}</a></td>
                  <td>{one.assets_type}</td>
                  <td>{one.locked ? 'locked' : one.status}</td>
                  <td>{moment(one.timestamp)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Shown>
    </>
  );
}

function One({ id }: { id: string }): JSX.Element {
  const doc = useLoad(id, async () => (await document_('sets', id)) as SetDoc);
  return <Shown of={doc}>{(found) => <Members of={found} />}</Shown>;
}

function Members({ of }: { of: SetDoc }): JSX.Element {
  const search = { filters: [{ field: 'sets', values: [of.id] }] };
  const total = useLoad(of.id, () => count(of.assets_type, search));
  return (
    <>
      <h1>{of.name}</h1>
      <p class="quiet">
        <Shown of={total}>{(number) => <>{number.toLocaleString('en')} {of.assets_type}</>}</Shown>
        {of.locked && ' · locked'}
      </p>
      <Archive id={of.id} />
      {SHOWN.includes(of.assets_type) && <Grid type={of.assets_type} search={search} />}
      <Facts of={of} />
    </>
  );
}

/** Makes an archive of the set, as a job, and hands it over. */
function Archive({ id }: { id: string }): JSX.Element {
  const [said, setSaid] = useState('');
  const make = async () => {
    try {
      const { job_id, zip_id } = await call<{ job_id: string; zip_id: string }>(
        'POST', `/v1/sets/${encodeURIComponent(id)}/zip_all_assets`);
      await ended(job_id, setSaid);
      const zip = await document_('zipfiles', zip_id);
      const link = (await links([{ id: zip_id, access: zip.object_access! }])).get(zip_id)!;
      save(link, `${zip_id}.zip`);
      setSaid('');
    } catch (error) {
      setSaid((error as Error).message);
    }
  };
  return <p><button onClick={make} disabled={said.endsWith('…')}>Save as zip</button> <output>{said}</output></p>;
}

async function ended(job: string, tell: (said: string) => void): Promise<void> {
  for (;;) {
    const { status, progress, notes } = await call<{ status: string; progress: number; notes: string[] }>(
      'GET', `/v1/assets/meta/${encodeURIComponent(job)}?asset_type=jobs`);
    if (status === 'finished') return;
    if (status === 'aborted') throw new Error(notes.at(-1) ?? 'the job was aborted');
    tell(`${status}, ${Math.round(progress)} % …`);
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

function save(link: string, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = link;
  anchor.download = name;
  anchor.click();
}
