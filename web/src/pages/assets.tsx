// SPDX-License-Identifier: Apache-2.0
// Assets of one type: as a grid that filters narrow down, or one of them alone.

import type { JSX } from 'preact';
import { href, set, useAddress } from '../address';
import { count, document_, list, type AssetType, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Facts } from '../parts/facts';
import { chosen, Filters } from '../parts/filters';
import { Grid } from '../parts/grid';
import { Media } from '../parts/media';
import { SearchField } from '../parts/search';
import { Similar } from '../parts/similar';
import { moment } from '../parts/words';
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
  const key = `${type} ${JSON.stringify(search)}`;
  const total = useLoad(key, () => count(type, search));
  return (
    <>
      <h1>{type[0]!.toUpperCase() + type.slice(1)}</h1>
      <SearchField value={text} onSearch={(q) => set({ q }, true)} />
      <div class="browse">
        <Filters type={type} search={search} />
        <div>
          <p class="quiet"><Shown of={total}>{(number) => <>{number.toLocaleString('en')} {type}</>}</Shown></p>
          <Grid key={key} type={type} search={search} />
        </div>
      </div>
    </>
  );
}

function One({ type, id }: { type: AssetType; id: string }): JSX.Element {
  const doc = useLoad(`${type} ${id}`, () => document_(type, id));
  return <Shown of={doc}>{(found) => <Asset type={type} doc={found} />}</Shown>;
}

function Asset({ type, doc }: { type: AssetType; doc: Doc }): JSX.Element {
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
      </p>
      <Media type={type} doc={doc} />
      <Similar type={type} doc={doc} />
      <Facts of={doc} />
    </>
  );
}
