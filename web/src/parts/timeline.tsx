// SPDX-License-Identifier: Apache-2.0
// A session's states and numbers on one axis of time, which can be looked at more closely.

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { set, useAddress } from '../address';
import { iso, ms, outline, type Outline, type Span } from '../data';
import { Failed, useLoad } from '../load';
import { Choices, Plots } from './plots';
import { Strips } from './strips';
import { duration } from './words';

const PLOTS_AT_FIRST = 4;
// What one question may ask for; people do not look at more.
const MOST_PLOTS = 50;
const MOST_STRIPS = 150;
const MOST_COLUMNS = 4096;
const NOT_STATES = new Set(['image', 'video', 'lidar']);
const NOT_NUMBERS = new Set(['geolocation.lat', 'geolocation.lon']);

export interface TimelineProps {
  uid: string;
  version: string;
  kinds: Outline['kinds'];
  whole: Span;
  at: number;
  onSeek: (time: number) => void;
}

/** An outline with the span that it is of. */
export interface Drawn extends Outline {
  span: Span;
}

export function Timeline({ uid, version, kinds, whole, at, onSeek }: TimelineProps): JSX.Element | null {
  const { query } = useAddress();
  const [numbers, states] = useMemo(() => [
    named(kinds, ['number'], NOT_NUMBERS), named(kinds, ['coded', 'list'], NOT_STATES),
  ], [kinds]);
  const chosen = query.get('plots');
  const picked = chosen === null ? numbers.slice(0, PLOTS_AT_FIRST)
    : numbers.filter((name) => chosen.split(',').includes(name)).slice(0, MOST_PLOTS);
  const zoom = spanOf(query.get('zoom'));
  const fields = [...states.slice(0, MOST_STRIPS), ...picked];
  const drawn = useLoad(`${uid} ${version} ${fields.join()} ${query.get('zoom')}`, async () => {
    const columns = Math.min(MOST_COLUMNS, Math.max(2, Math.round(innerWidth)));
    return placed(await outline(uid, fields, columns, zoom));
  });
  if (numbers.length + states.length === 0) return null;
  const look = (span?: Span) => set({ zoom: span ? span.map(iso).join('~') : null });
  const shared = { at, onSeek };
  return (
    <section class="timeline" aria-label="States and numbers">
      <Zoom whole={whole} span={zoom ?? whole} at={at} onLook={look} />
      {drawn.error && <Failed error={drawn.error} again={drawn.again} />}
      {drawn.value && <Strips of={drawn.value} {...shared} />}
      {states.length > MOST_STRIPS && <p class="quiet">The first {MOST_STRIPS} of {states.length} states are shown.</p>}
      <Choices names={numbers} picked={picked} />
      {drawn.value && <Plots of={drawn.value} names={picked} onLook={look} {...shared} />}
    </section>
  );
}

function named(kinds: Outline['kinds'], wanted: string[], without: Set<string>): string[] {
  return Object.keys(kinds).filter((name) => wanted.includes(kinds[name]!) && !without.has(name));
}

function placed(found: Outline): Drawn {
  const start = ms(found.timestamp[0]);
  return { ...found, span: [start, start + found.cells * found.resolution_s * 1000] };
}

function spanOf(zoom: string | null): Span | undefined {
  const [start, end] = (zoom ?? '').split('~').map(ms) as Span;
  return start < end ? [start, end] : undefined;
}

interface ZoomProps {
  whole: Span;
  span: Span;
  at: number;
  onLook: (span?: Span) => void;
}

/** Closer to the cursor and back; a stretch that is dragged over in a plot is looked at, too. */
function Zoom({ whole, span: [start, end], at, onLook }: ZoomProps): JSX.Element {
  const by = (factor: number) => {
    const length = Math.max(1, (end - start) * factor);
    if (length >= whole[1] - whole[0]) return onLook();
    const first = Math.min(Math.max(whole[0], at - length / 2), whole[1] - length);
    return onLook([first, first + length]);
  };
  const isWhole = start <= whole[0] && end >= whole[1];
  return (
    <p class="zoom">
      <button onClick={() => by(0.5)} aria-label="Zoom in">+</button>
      <button onClick={() => by(2)} aria-label="Zoom out" disabled={isWhole}>−</button>
      <button onClick={() => onLook()} disabled={isWhole}>Whole session</button>
      <span class="quiet">{duration(end - start)} shown; drag over a plot to look closer</span>
    </p>
  );
}
