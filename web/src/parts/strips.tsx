// SPDX-License-Identifier: Apache-2.0
// States and events of a session: a strip each, coloured where something holds.

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Drawn } from './timeline';

interface Run {
  text: string;
  first: number;
  last: number;
}

interface StripsProps {
  of: Drawn;
  at: number;
  onSeek: (time: number) => void;
}

export function Strips({ of, at, onSeek }: StripsProps): JSX.Element {
  const rows = useMemo(() => Object.entries(of.states).map(([name, { runs, exact }]) => (
    { name, exact, runs: runs.map(([first, last, held]) => ({ first, last, text: said(held) })) }
  )), [of]);
  return <>{rows.filter(({ runs }) => runs.length > 0).map((row) => <Strip key={row.name} {...row} of={of} at={at} onSeek={onSeek} />)}</>;
}

const said = (held: unknown): string =>
  Array.isArray(held) ? held.map(said).join(', ') : typeof held === 'object' ? JSON.stringify(held) : String(held);

type StripProps = StripsProps & { name: string; exact: boolean; runs: Run[] };

function Strip({ name, exact, runs, of, at, onSeek }: StripProps): JSX.Element {
  const cell_ms = of.resolution_s * 1000;
  const timeOf = (cell: number) => of.span[0] + cell * cell_ms;
  const bars = useMemo(() => runs.map(({ text, first, last }) => (
    <rect x={first} width={last - first + 1} height={1} fill={hue(text)} onClick={() => onSeek(timeOf(first))}>
      <title>{text}</title>
    </rect>
  )), [runs]);
  const cursor = (at - of.span[0]) / cell_ms;
  const cell = Math.floor(cursor);
  const now = runs.find(({ first, last }) => first <= cell && cell <= last);
  const before = runs.findLast(({ first }) => first < cell);
  const after = runs.find(({ first }) => first > cell);
  return (
    <div class="strip">
      <span class="name" title={name}>{name}</span>
      <span class="steps">
        <button aria-label={`Before: ${name}`} disabled={!before} onClick={() => onSeek(timeOf(before!.first))}>‹</button>
        <button aria-label={`Next: ${name}`} disabled={!after} onClick={() => onSeek(timeOf(after!.first))}>›</button>
      </span>
      <span class="now" title={exact ? undefined : 'there are more changes than can be shown; zoom in'}>
        {now?.text ?? '–'}{!exact && ' …'}
      </span>
      <svg viewBox={`0 0 ${of.cells} 1`} preserveAspectRatio="none">
        {bars}
        <line x1={cursor} x2={cursor} y1={0} y2={1} />
      </svg>
    </div>
  );
}

/** The same colour for the same text, always. */
export function hue(text: string): string {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${sum}, 65%, 55%)`;
}
