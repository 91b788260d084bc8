// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { href } from '../address';
import { documents, type AssetType, type Query } from '../data';
import { withLinks, type Shot } from './reel';
import { moment } from './words';

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
      const more = await withLinks(docs, ['small', 'tiny']);
      setShots((before) => [...before, ...more]);
      setState(docs.length < PAGE ? 'all' : 'more');
    } catch (error) {
      setState(error as Error);
    }
  }, [shots.length]);
  return (
    <>
      <ul class="grid">{shots.map((shot) => <Tile key={shot.doc.id} type={type} shot={shot} />)}</ul>
      {state instanceof Error && <p class="error" role="alert">{state.message}</p>}
      {state === 'more' && <End key={shots.length} onSeen={fetchMore} />}
    </>
  );
}

/** Tells when it comes into view. */
function End({ onSeen }: { onSeen: () => void }): JSX.Element {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(
      (entries) => { if (entries.some((entry) => entry.isIntersecting)) onSeen(); },
      { rootMargin: '600px' },
    );
    watcher.observe(end.current!);
    return () => watcher.disconnect();
  }, []);
  return <div ref={end} class="quiet">…</div>;
}

function Tile({ type, shot: { doc, url } }: { type: AssetType; shot: Shot }): JSX.Element {
  return (
    <li>
      <a href={href(type, { [type.slice(0, -1)]: doc.id })}>
        <Preview type={type} url={url} id={doc.id} points={doc['num_points']} />
        <span>{doc.sensor ?? doc.id}</span>
        <span class="quiet">{moment(doc.timestamp)}</span>
      </a>
    </li>
  );
}

function Preview(props: { type: AssetType; url: string; id: string; points: unknown }): JSX.Element {
  const { type, url, id, points } = props;
  if (type === 'lidars') return <div class="blank">{Number(points ?? 0).toLocaleString('en')} points</div>;
  if (!url) return <div class="blank">no bytes</div>;
  if (type === 'videos') return <video src={url} muted preload="metadata" playsInline />;
  return <img src={url} alt={id} loading="lazy" />;
}
