// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { href, set, useAddress } from '../address';
import { call } from '../api';
import { count, document_, documents, links, type AssetType, type Doc } from '../data';
import { finished } from '../job';
import { Shown, useLoad } from '../load';
import { Facts } from '../parts/facts';
import { Grid } from '../parts/grid';
import { SearchField } from '../parts/search';
import { moment } from '../parts/words';
import { read } from '../query';

const MOST = 500;
const SHOWN: string[] = ['images', 'videos', 'lidars', 'objects'];

interface SetDoc extends Doc {
  assets_type?: AssetType;
  locked?: boolean;
  status?: string;
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
      <SearchField value={text} onSearch={(q) => set({ q }, true)} />
      <Shown of={sets}>
        {(found) => found.length === 0 ? <p class="quiet">No set.{!text && ' Choose assets in a grid to add them to one.'}</p> : (
          <div class="wide"><table>
            <thead><tr><th>Name</th><th>Of</th><th>State</th><th>Made (UTC)</th></tr></thead>
            <tbody>
              {found.map((one) => (
                <tr>
                  <td><a href={href('sets', { set: one.id })}>{one.name || one.id}</a></td>
                  <td>{one.assets_type}</td>
                  <td>{one.locked ? 'locked' : one.status}</td>
                  <td>{moment(one.timestamp)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {found.length >= MOST && <p class="quiet">The newest {MOST}; search for others.</p>}</div>
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
  const type = of.assets_type;
  const [round, setRound] = useState(0);
  const total = useLoad(`${round} ${of.id}`, async () => (type ? count(type, search) : 0));
  return (
    <>
      <h1>{of.name || of.id}</h1>
      <p class="quiet">
        <Shown of={total}>{(number) => <>{number.toLocaleString('en')} {type ?? 'assets of no type'}</>}</Shown>
        {of.locked && ' · locked'}
      </p>
      <Archive id={of.id} />
      {type && SHOWN.includes(type) && <Grid key={round} type={type} search={search} onChange={() => setRound(round + 1)} />}
      <Facts of={of} />
    </>
  );
}

/** Makes an archive of the set, as a job, and hands it over. */
function Archive({ id }: { id: string }): JSX.Element {
  const [said, setSaid] = useState('');
  const isOpen = useRef(true);
  useEffect(() => () => { isOpen.current = false; }, []);
  const make = async () => {
    try {
      const { job_id, zip_id } = await call<{ job_id: string; zip_id: string }>(
        'POST', `/v1/sets/${encodeURIComponent(id)}/zip_all_assets`);
      await finished(job_id, setSaid, () => isOpen.current);
      if (!isOpen.current) return;
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

function save(link: string, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = link;
  anchor.download = name;
  anchor.click();
}
