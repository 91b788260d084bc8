// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { href } from '../address';
import { documents, type AssetType, type Doc, type Query } from '../data';
import { Failed } from '../load';
import { useSeen } from '../seen';
import { Film, Image } from './image';
import { withLinks, type Shot } from './reel';
import { moment } from './words';

export const SMALL = ['small', 'tiny'];
const PAGE = 60;
const WANTED = [
  'id', 'timestamp', 'sensor', 'object_access', 'thumbnails', 'num_points', 'duration', 'content_type',
];

/** Hits of a search, in order of time; more come when the end is scrolled to. */
export function Grid({ type, search }: { type: AssetType; search: Query }): JSX.Element {
  const [shots, setShots] = useState<Shot[]>([]);
  const [state, setState] = useState<'more' | 'busy' | 'all' | Error>('more');
  const fetchMore = useCallback(async () => {
    setState('busy');
    try {
      const query = { ...search, source_selected_fields: WANTED };
      const docs = await documents(type, query, { size: PAGE, offset: shots.length, sort: 'timestamp' });
      const more = await withLinks(docs, SMALL);
      setShots((before) => [...before, ...more]);
      setState(docs.length < PAGE ? 'all' : 'more');
    } catch (error) {
      setState(error as Error);
    }
  }, [shots.length]);
  return (
    <>
      <ul class="grid">{shots.map((shot) => <Tile key={shot.doc.id} type={type} shot={shot} />)}</ul>
      {state instanceof Error && <Failed error={state} again={fetchMore} />}
      {state === 'busy' && <p class="quiet" aria-busy="true">…</p>}
      {state === 'more' && <End key={shots.length} onSeen={fetchMore} />}
    </>
  );
}

/** Tells when it comes into view. */
function End({ onSeen }: { onSeen: () => void }): JSX.Element {
  const [isSeen, end] = useSeen<HTMLDivElement>();
  useEffect(() => { if (isSeen) onSeen(); }, [isSeen]);
  return <div ref={end} class="quiet">…</div>;
}

/** A small picture of an asset, which leads to it. */
export function Tile({ type, shot: { doc, url } }: { type: AssetType; shot: Shot }): JSX.Element {
  return (
    <li>
      <a href={href(type, { [type.slice(0, -1)]: doc.id })}>
        <Preview type={type} url={url} doc={doc} />
        <span>{doc.sensor ?? doc.id}</span>
        <span class="quiet">{moment(doc.timestamp)}</span>
      </a>
    </li>
  );
}

function Preview({ type, url, doc }: { type: AssetType; url: string; doc: Doc }): JSX.Element {
  if (type === 'lidars') {
    const points = doc['num_points'];
    return <div class="blank">{typeof points === 'number' ? `${points.toLocaleString('en')} points` : 'cloud'}</div>;
  }
  return type === 'videos' ? <Film src={url} preload="metadata" /> : <Image src={url} alt={doc.id} loading="lazy" />;
}
