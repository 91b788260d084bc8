// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { set } from '../address';
import { useDark } from '../dark';
import { iso, ms, type Numbers, type Span } from '../data';
import type { Drawn } from './timeline';
import { short, unit } from './words';

const HEIGHT = 110;
// As wide as the names of strips leave it, so that plots begin where strips do.
const AXIS = 60;
const FOLDED = 12;

interface ChoicesProps {
  names: string[];
  picked: string[];
}

/** Which numbers are plotted. */
export function Choices({ names, picked }: ChoicesProps): JSX.Element | null {
  if (names.length === 0) return null;
  const toggle = (name: string) => {
    const next = picked.includes(name) ? picked.filter((one) => one !== name) : [...picked, name];
    set({ plots: next.join(',') || '-' });
  };
  return (
    <details class="fields" open={names.length <= FOLDED}>
      <summary>{picked.length} of {names.length} numbers are plotted</summary>
      <div class="choices">
        {names.map((name) => (
          <label><input type="checkbox" checked={picked.includes(name)} onChange={() => toggle(name)} />{name}</label>
        ))}
      </div>
    </details>
  );
}

interface Looked {
  of: Drawn;
  at: number;
  onSeek: (time: number) => void;
  onLook: (span?: Span) => void;
}

/** Numbers over time: of each column of pixels the least and the greatest. */
export function Plots({ names, ...rest }: Looked & { names: string[] }): JSX.Element {
  return <>{names.filter((name) => rest.of.numbers[name]).map((name) => <Plot key={name} name={name} {...rest} />)}</>;
}

function Plot({ name, of, at, onSeek, onLook }: Looked & { name: string }): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const isDark = useDark();
  const now = useRef({ at, onSeek, onLook });
  now.current = { at, onSeek, onLook };
  const { min, max } = of.numbers[name]!;
  useEffect(() => {
    const element = holder.current!;
    const times = of.timestamp.map((time) => ms(time) / 1000);
    const made = new uPlot(options(of.span, element.clientWidth, now), [times, min, max], element);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
    };
  }, [name, of, isDark]);
  useEffect(() => plot.current?.redraw(false), [at]);
  return (
    <div class="plot">
      <span class="name" title={name}>{name}</span>
      <span class="now">{said(min, max, columnAt(of, at))} {unit(name)}</span>
      <div ref={holder} role="img" aria-label={`Plot of ${name}`} />
    </div>
  );
}

/** The column in which a time is. */
function columnAt({ timestamp }: Drawn, at: number): number {
  let [low, high] = [0, timestamp.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms(timestamp[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The number of a column, or from which to which its numbers go. */
function said(min: Numbers, max: Numbers, column: number): string {
  const [low, high] = [min[column] ?? null, max[column] ?? null];
  if (low === null || high === null) return '–';
  return low === high ? short(low) : `${short(low)} … ${short(high)}`;
}

type Now = { current: Pick<Looked, 'onSeek' | 'onLook'> & { at: number } };

function options([start, end]: Span, width: number, now: Now): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const [ink, rule, blue] = ['--ink', '--line', '--blue'].map((name) => style.getPropertyValue(name)) as [string, string, string];
  const look = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 4 } };
  const line_ = { stroke: blue, width: 1.5, points: { size: 4 } };
  return {
    width,
    height: HEIGHT,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { drag: { x: true, y: false, setScale: false, dist: 5 }, y: false },
    scales: { x: { range: [start / 1000, end / 1000] }, y: { range: roomy } },
    series: [{}, line_, line_],
    bands: [{ series: [2, 1], fill: `color-mix(in srgb, ${blue} 40%, transparent)` }],
    axes: [{ ...look, values: clock, space: 90, size: 28 }, { ...look, size: AXIS }],
    hooks: {
      draw: [(plot) => line(plot, now.current.at / 1000)],
      setSelect: [(plot) => {
        const { left, width: wide } = plot.select;
        if (wide < 5) return;
        now.current.onLook([left, left + wide].map((x) => plot.posToVal(x, 'x') * 1000) as Span);
      }],
      ready: [(plot) => plot.over.addEventListener('click', (event) => {
        now.current.onSeek(plot.posToVal(event.offsetX, 'x') * 1000);
      })],
    },
  };
}

/** A little more than the numbers, also where they are all the same. */
function roomy(_plot: uPlot, min: number, max: number): [number, number] {
  const pad = (max - min) * 0.1 || Math.abs(max) * 0.1 || 1;
  return [min - pad, max + pad];
}

/** Times of the day, in UTC as everywhere else; none that would be cut off. */
function clock(plot: uPlot, ticks: number[]): string[] {
  const isFine = (ticks[1] ?? 1) - (ticks[0] ?? 0) < 1;
  const room = plot.over.clientWidth - 30;
  return ticks.map((tick) => plot.valToPos(tick, 'x') > room ? '' : iso(tick * 1000).slice(11, isFine ? 23 : 19));
}

function line(plot: uPlot, at: number): void {
  const x = Math.round(plot.valToPos(at, 'x', true));
  const { left, top, width, height } = plot.bbox;
  if (x < left || x > left + width) return;
  plot.ctx.fillStyle = '#d84315';
  plot.ctx.fillRect(x - 1, top, 2, height);
}
