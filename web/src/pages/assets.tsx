// SPDX-License-Identifier: Apache-2.0
// Assets of one type: as a grid that filters narrow down, or one of them alone.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { href, set, useAddress } from '../address';
import { count, document_, list, type AssetType, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Comments } from '../parts/comments';
import { Facts } from '../parts/facts';
import { chosen, Filters } from '../parts/filters';
import { Grid } from '../parts/grid';
import { Media } from '../parts/media';
import { Neighbours } from '../parts/neighbours';
import { SearchField } from '../parts/search';
import { Similar } from '../parts/similar';
import { Chosen } from '../parts/select';
import { bytes, moment, value } from '../parts/words';
import { read } from '../query';

export function AssetsPage({ type }: { type: AssetType }): JSX.Element {
  const { query } = useAddress();
  const id = query.get(type.slice(0, -1));
  return id ? <One key={id} type={type} id={id} /> : <All type={type} query={query} />;
}

function All({ type, query }: { type: AssetType; query: URLSearchParams }): JSX.Element {
  const text = query.get('q') ?? '';
  const search = read(text);
  search.filters = [...(search.filters ?? []), ...chosen(query)];
  const [round, setRound] = useState(0);
  const key = `${type} ${JSON.stringify(search)}`;
  const total = useLoad(`${round} ${key}`, () => count(type, search));
  // A change of tags and sets changes who is found only by those.
  const isMoved = text !== '' || query.has('tag') || query.has('set');
  return (
    <>
      <h1>{type[0]!.toUpperCase() + type.slice(1)}</h1>
      <SearchField value={text} onSearch={(q) => set({ q }, true)} />
      <div class="browse">
        <Filters type={type} search={search} round={round} />
        <div>
          <p class="quiet"><Shown of={total}>{(number) => <>{number.toLocaleString('en')} {type}</>}</Shown></p>
          <Grid key={isMoved ? `${round} ${key}` : key} type={type} search={search} onChange={() => setRound(round + 1)} />
        </div>
      </div>
    </>
  );
}

function One({ type, id }: { type: AssetType; id: string }): JSX.Element {
  const [round, setRound] = useState(0);
  const doc = useLoad(`${round} ${type} ${id}`, () => document_(type, id));
  return <Shown of={doc}>{(found) => <Asset type={type} doc={found} onChange={() => setRound(round + 1)} />}</Shown>;
}

function Asset({ type, doc, onChange }: { type: AssetType; doc: Doc; onChange: () => void }): JSX.Element {
  const t = doc.timestamp ?? '';
  return (
    <>
      <h1 class="id">{doc.id}</h1>
      <p>
        {doc.session_uid && (
          <a class="chip" href={href('sessions', { session_uid: doc.session_uid, t })}>session at {moment(t)}</a>
        )}
        {doc.sensor && <a class="chip" href={href(type, { sensor: doc.sensor })}>{doc.sensor}</a>}
        {list<string>(doc.sets).map((name) => <a class="chip" href={href('sets', { set: name })}>{name}</a>)}
        {list<string>(doc['tags']).map((tag) => <a class="chip" href={href(type, { tag: String(tag) })}>#{value(tag)}</a>)}
      </p>
      <p class="quiet">{about(doc)}</p>
      <Neighbours type={type} doc={doc} />
      <Media type={type} doc={doc} />
      <Similar type={type} doc={doc} />
      <Chosen type={type} ids={[doc.id]} onChange={onChange} />
      <Comments type={type} id={doc.id} />
      <Facts of={doc} />
    </>
  );
}

/** How large it is, and where it was recorded. */
function about({ width, height, num_bytes, duration, aux }: Doc): string {
  const { lat, lon } = aux?.geolocation ?? {};
  return [
    width && height && `${width} × ${height} pixels`,
    typeof duration === 'number' && `${duration.toFixed(1)} s`,
    typeof num_bytes === 'number' && bytes(num_bytes),
    typeof lat === 'number' && typeof lon === 'number' && `${lat.toFixed(6)}, ${lon.toFixed(6)}`,
  ].filter(Boolean).join(' · ');
}
