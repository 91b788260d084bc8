// SPDX-License-Identifier: Apache-2.0
// States and events of a session: a strip each, coloured where something holds.

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Column } from '../data';
import type { TimelineProps } from './plots';

const NOT_STATES = new Set(['timestamp', 'time_index', 'image', 'video', 'lidar']);

// More would be thinner than a pixel.
const MOST_RUNS = 1000;

export interface Run {
  value: string;
  first: number;
  last: number;
}

export function Strips({ columns, times, at, onSeek }: TimelineProps): JSX.Element | null {
  const strips = useMemo(() => Object.entries(columns)
    .filter(([name, column]) => !NOT_STATES.has(name) && isState(column))
    .map(([name, column]) => ({ name, bars: bars(column, (cell) => onSeek(times[cell] ?? 0)) })), [columns]);
  const cells = times.length;
  if (strips.length === 0 || cells === 0) return null;
  const step = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / Math.max(1, cells - 1) || 1;
  const cursor = (at - (times[0] ?? 0)) / step;
  return (
    <section class="strips" aria-label="Events and states">
      {strips.map(({ name, bars }) => (
        <div class="strip">
          <span class="name" title={name}>{name}</span>
          <svg viewBox={`0 0 ${cells} 1`} preserveAspectRatio="none">
            {bars}
            <line x1={cursor} x2={cursor} y1={0} y2={1} />
          </svg>
        </div>
      ))}
    </section>
  );
}

function bars(column: Column, onPick: (cell: number) => void): JSX.Element[] {
  return runs(column, MOST_RUNS).map(({ value, first, last }) => (
    <rect x={first} width={last - first + 1} height={1} fill={hue(value)} onClick={() => onPick(first)}>
      <title>{value}</title>
    </rect>
  ));
}

const isState = (column: Column): boolean =>
  column.some((value) => value !== null && typeof value !== 'number' && !isVector(value));

const isVector = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'number');

/** Stretches of cells that say the same; where there are too many, of the first of some cells that say anything. */
export function runs(column: Column, most: number): Run[] {
  const step = Math.ceil(column.length / most);
  const exact = runsOf(column, 1);
  return exact.length > most ? runsOf(column, step) : exact;
}

function runsOf(column: Column, step: number): Run[] {
  const found: Run[] = [];
  for (let at = 0; at < column.length; at += step) {
    const cell = column.slice(at, at + step).find((one) => one !== null && !(Array.isArray(one) && one.length === 0));
    if (cell === undefined || cell === null) continue;
    const value = Array.isArray(cell) ? cell.join(', ') : String(cell);
    const last = found.at(-1);
    const end = Math.min(at + step, column.length) - 1;
    if (last && last.value === value && last.last === at - 1) last.last = end;
    else found.push({ value, first: at, last: end });
  }
  return found;
}

/** The same colour for the same text, always. */
export function hue(text: string): string {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${sum}, 65%, 55%)`;
}
