// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { call } from '../api';
import { documents, type AssetType, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { SMALL, Tile } from './grid';
import { withLinks } from './reel';

const MOST = 12;

/** Assets most like this one, in each space that has an embedding of it. */
export function Similar({ type, doc }: { type: AssetType; doc: Doc }): JSX.Element | null {
  const spaces = Object.keys((doc['embeddings'] as object | undefined) ?? {});
  if (spaces.length === 0) return null;
  return <>{spaces.map((space) => <Row key={space} type={type} id={doc.id} space={space} />)}</>;
}

function Row({ type, id, space }: { type: AssetType; id: string; space: string }): JSX.Element {
  const found = useLoad(`${id} ${space}`, async () => {
    const [ids = []] = await call<string[][]>('POST', '/v1/similarity_search/similarity_search', {
      asset_type: type, index_name: space, ids: [id], similar_asset_count: MOST,
    });
    const docs = await documents(type, { filters: [{ field: 'id', values: ids }] }, { size: MOST });
    const shots = await withLinks(docs, SMALL);
    return ids.flatMap((name) => shots.filter((shot) => shot.doc.id === name));
  });
  return (
    <section aria-label={`Similar in ${space}`}>
      <h2>Similar in {space}</h2>
      <Shown of={found}>
        {(shots) => (
          <ul class="grid">
            {shots.map((shot) => <Tile key={shot.doc.id} type={type} shot={shot} />)}
          </ul>
        )}
      </Shown>
    </section>
  );
}
