// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { href } from '../address';
import { documents, type AssetType, type Doc, type Query } from '../data';
import { Failed } from '../load';
import { useSeen } from '../seen';
import { Film, Image } from './image';
import { withLinks, type Shot } from './reel';
import { Chosen } from './select';
import { moment } from './words';

export const SMALL = ['small', 'tiny'];
const PAGE = 60;
const WANTED = [
  'id', 'timestamp', 'sensor', 'object_access', 'thumbnails', 'num_points', 'duration', 'content_type',
];

interface GridProps {
  type: AssetType;
  search: Query;
  onChange: () => void;
}

/** Hits of a search, in order of time, to choose from; more come when the end is scrolled to. */
export function Grid({ type, search, onChange }: GridProps): JSX.Element {
  const [shots, setShots] = useState<Shot[]>([]);
  const [state, setState] = useState<'more' | 'busy' | 'all' | Error>('more');
  const [chosen, setChosen] = useState<string[]>([]);
  const last = useRef(0);
  const pick = (index: number, isRange: boolean) => {
    const [from, to] = isRange ? [last.current, index].sort((a, b) => a - b) as [number, number] : [index, index];
    const ids = shots.slice(from, to + 1).map((shot) => shot.doc.id);
    const rest = chosen.filter((id) => !ids.includes(id));
    setChosen(chosen.includes(shots[index]!.doc.id) ? rest : [...rest, ...ids]);
    last.current = index;
  };
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
      <ul class="grid">{shots.map((shot, index) => (
        <Tile key={shot.doc.id} type={type} shot={shot}>
          <input
            type="checkbox" aria-label={`Choose ${shot.doc.id}`} checked={chosen.includes(shot.doc.id)}
            onClick={(event) => pick(index, event.shiftKey)}
          />
        </Tile>
      ))}</ul>
      {state === 'all' && shots.length === 0 && <p class="quiet">Nothing here.</p>}
      {state instanceof Error && <Failed error={state} again={fetchMore} />}
      {state === 'busy' && <p class="quiet" aria-busy="true">…</p>}
      {chosen.length > 0 && <Chosen type={type} ids={chosen} search={search} onClear={() => setChosen([])} onChange={onChange} />}
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

interface TileProps {
  type: AssetType;
  shot: Shot;
  children?: ComponentChildren;
}

/** A small picture of an asset, which leads to it. */
export function Tile({ type, shot: { doc, url }, children }: TileProps): JSX.Element {
  return (
    <li>
      {children}
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
