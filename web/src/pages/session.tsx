// SPDX-License-Identifier: Apache-2.0
// One session: everything that was recorded, at one time that a cursor chooses.

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { set, useAddress } from '../address';
import { document_, documents, iso, ms, summary, timeline, type Column, type SessionDoc } from '../data';
import { latest } from '../latest';
import { Shown, useLoad } from '../load';
import { Facts } from '../parts/facts';
import { CloudAt, PictureAt, VideoAt } from '../parts/at';
import { Track, trackOf } from '../parts/map';
import { Plots } from '../parts/plots';
import { Strips } from '../parts/strips';
import { duration, moment } from '../parts/words';

const STEP_MS = 100;
// Browsers take few changes of an address in a second.
const SETTLED_MS = 250;
// Longer timelines are shown without plots: all of their columns would not fit into a browser.
const MOST_CELLS = 50_000;

interface Recorded {
  doc: SessionDoc;
  columns: Record<string, Column>;
  cameras: string[];
  lidars: string[];
  videos: string[];
}

export function SessionPage({ uid }: { uid: string }): JSX.Element {
  const recorded = useLoad(uid, () => fetchAll(uid));
  return <Shown of={recorded}>{(all) => <Loaded {...all} />}</Shown>;
}

async function fetchAll(uid: string): Promise<Recorded> {
  const doc = (await document_('sessions', uid)) as SessionDoc;
  const search = { filters: [{ field: 'session_uid', values: [doc.id] }] };
  const sensors = async (type: string): Promise<string[]> => {
    const buckets = (await summary(type, ['sensor'], search)).get('sensor') ?? [];
    return buckets.map((bucket) => String(bucket.key)).sort();
  };
  const [cameras, lidars, videos] = await Promise.all([
    sensors('images'), sensors('lidars'), sensors('videos'),
  ]);
  const cells = (ms(doc.end_time) - ms(doc.start_time)) / 1000 / (doc.resolution ?? 1);
  // Without a resolved timeline there are still the pictures.
  const columns = await timeline(doc.id, cells > MOST_CELLS ? ['geolocation'] : null).catch(() => ({}));
  return { doc, columns, cameras, lidars, videos };
}

function Loaded({ doc, ...rest }: Recorded): JSX.Element {
  const start = ms(doc.start_time);
  if (Number.isNaN(start)) return <><h1>{titled(doc)}</h1><p class="quiet">It has no times yet.</p><Facts of={doc} /></>;
  return <AtTimes doc={doc} start={start} end={Math.max(start, ms(doc.end_time) || start)} {...rest} />;
}

const titled = (doc: SessionDoc): string => doc.session_name || doc.id;

function AtTimes(props: Recorded & { start: number; end: number }): JSX.Element {
  const { doc, columns, cameras, lidars, videos, start, end } = props;
  const [at, seek] = useCursor(start, end);
  const times = useMemo(() => (columns['timestamp'] ?? []).map(ms), [columns]);
  const track = useMemo(() => trackOf(columns), [columns]);
  const facts = useMemo(() => <Facts of={doc} />, [doc]);
  return (
    <>
      <h1>{titled(doc)}</h1>
      <p class="quiet">
        {moment(doc.start_time)} · {duration(end - start)} · timeline {doc.resolution_status ?? 'not resolved'}
        {doc.resolution && `, cells of ${doc.resolution} s`}
      </p>
      <Clock start={start} end={end} at={at} onSeek={seek} frame={frames(doc.id, cameras, lidars)} />
      <div class="screens">
        {cameras.map((sensor) => <PictureAt uid={doc.id} sensor={sensor} at={at} />)}
        {videos.map((sensor) => <VideoAt uid={doc.id} sensor={sensor} at={at} />)}
        {lidars.map((sensor) => <CloudAt uid={doc.id} sensor={sensor} at={at} />)}
        {track.length > 0 && <Track track={track} times={times} at={at} onSeek={seek} />}
      </div>
      <Strips columns={columns} times={times} at={at} onSeek={seek} />
      <Plots columns={columns} times={times} at={at} onSeek={seek} />
      {facts}
    </>
  );
}

/** The time that the page shows; the address follows once it stays for a moment. */
function useCursor(start: number, end: number): [number, (time: number) => void] {
  const within = (time: number) => Math.min(Math.max(time, start), end);
  const asked = ms(useAddress().query.get('t'));
  const [at, setAt] = useState(Number.isNaN(asked) ? start : within(asked));
  useEffect(() => {
    if (at === asked || (at === start && Number.isNaN(asked))) return;
    const timer = setTimeout(() => set({ t: iso(at) }), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [at]);
  return [at, (time) => setAt(within(time))];
}

interface ClockProps {
  start: number;
  end: number;
  at: number;
  onSeek: (time: number) => void;
  frame: (at: number, isBack: boolean) => Promise<number | undefined>;
}

/** Finds the next or last picture of the first camera, or cloud of the first lidar, to step to. */
function frames(uid: string, cameras: string[], lidars: string[]): ClockProps['frame'] {
  const [type, sensor] = cameras[0] ? ['images', cameras[0]] : ['lidars', lidars[0]];
  return async (at, isBack) => {
    if (!sensor) return undefined;
    const filters = [{ field: 'session_uid', values: [uid] }, { field: 'sensor', values: [sensor] }];
    const time_range = isBack ? { end_time: iso(at - 1) } : { start_time: iso(at + 1) };
    const query = { filters, time_range, source_selected_fields: ['timestamp'] };
    const [found] = await documents(type!, query, { size: 1, sort: 'timestamp', order: isBack ? 'desc' : 'asc' });
    return found && ms(found.timestamp);
  };
}

/** The cursor: a slider, and a button that lets time run; arrows step from picture to picture. */
function Clock({ start, end, at, onSeek, frame }: ClockProps): JSX.Element {
  const [isRunning, setRunning] = useState(false);
  const now = useRef(at);
  now.current = at;
  useEffect(() => {
    if (!isRunning) return;
    let last = performance.now();
    const timer = setInterval(() => {
      const passed = performance.now() - last;
      last += passed;
      if (now.current >= end) setRunning(false);
      else onSeek(now.current + passed);
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  const step = useMemo(() => latest(async (isBack: boolean) => {
    const time = await frame(now.current, isBack).catch(() => undefined);
    onSeek(time ?? now.current + (isBack ? -1000 : 1000));
  }), []);
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    step(event.key === 'ArrowLeft');
  };
  return (
    <div class="clock" onKeyDown={press}>
      <button onClick={() => setRunning(!isRunning)}>{isRunning ? 'Pause' : 'Play'}</button>
      <input
        type="range" min={0} max={Math.max(1, end - start)} step={1} value={at - start} aria-label="Time" aria-valuetext={moment(at)}
        onInput={(event) => onSeek(start + Number(event.currentTarget.value))}
      />
      <output>{duration(at - start)} · {moment(at)}</output>
    </div>
  );
}
