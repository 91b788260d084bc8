// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { set, useAddress } from '../address';
import { iso, type Column } from '../data';

const HEIGHT = 130;
const AT_FIRST = 4;
const OF_TIME = new Set(['timestamp', 'time_index', 'geolocation.lat', 'geolocation.lon']);

export interface TimelineProps {
  columns: Record<string, Column>;
  times: number[];
  at: number;
  onSeek: (time: number) => void;
}

/** Numbers over time, of the fields that are chosen. */
export function Plots({ columns, ...rest }: TimelineProps): JSX.Element | null {
  const chosen = useAddress().query.get('plots');
  const names = useMemo(
    () => Object.keys(columns).filter((name) => !OF_TIME.has(name) && isNumeric(columns[name]!)), [columns]);
  if (names.length === 0) return null;
  const picked = chosen === null ? names.slice(0, AT_FIRST) : chosen.split(',');
  const toggle = (name: string) => {
    const next = picked.includes(name) ? picked.filter((one) => one !== name) : [...picked, name];
    set({ plots: next.join(',') || '-' });
  };
  return (
    <section aria-label="Plots">
      <div class="choices">
        {names.map((name) => (
          <label><input type="checkbox" checked={picked.includes(name)} onChange={() => toggle(name)} />{name}</label>
        ))}
      </div>
      {names.filter((name) => picked.includes(name)).map((name) => (
        <Plot key={name} name={name} values={columns[name] as (number | null)[]} {...rest} />
      ))}
    </section>
  );
}

const isNumeric = (column: Column): boolean =>
  column.some((value) => typeof value === 'number')
  && column.every((value) => value === null || typeof value === 'number');

type PlotProps = Omit<TimelineProps, 'columns'> & { name: string; values: (number | null)[] };

function Plot({ name, values, times, at, onSeek }: PlotProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const now = useRef({ at, onSeek });
  now.current = { at, onSeek };
  useEffect(() => {
    const element = holder.current!;
    const made = new uPlot(options(name, element.clientWidth, now), [times.map((time) => time / 1000), values], element);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
    };
  }, [name, values]);
  useEffect(() => plot.current?.redraw(false), [at]);
  return <div class="plot" ref={holder} />;
}

type Now = { current: { at: number; onSeek: (time: number) => void } };

function options(name: string, width: number, now: Now): uPlot.Options {
  return {
    width,
    height: HEIGHT,
    title: name,
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { drag: { x: false, y: false } },
    series: [{}, { stroke: '#1565c0', width: 1.5, points: { size: 4 } }],
    axes: [{ values: clock, space: 90 }, { size: 70 }],
    hooks: {
      draw: [(plot) => line(plot, now.current.at / 1000)],
      ready: [(plot) => plot.over.addEventListener('click', (event) => {
        now.current.onSeek(plot.posToVal(event.offsetX, 'x') * 1000);
      })],
    },
  };
}

/** Times of the day, in UTC as everywhere else. */
function clock(_plot: uPlot, ticks: number[]): string[] {
  const isFine = (ticks[1] ?? 1) - (ticks[0] ?? 0) < 1;
  return ticks.map((tick) => iso(tick * 1000).slice(11, isFine ? 23 : 19));
}

function line(plot: uPlot, at: number): void {
  const x = Math.round(plot.valToPos(at, 'x', true));
  const { left, top, width, height } = plot.bbox;
  if (x < left || x > left + width) return;
  plot.ctx.fillStyle = '#d84315';
  plot.ctx.fillRect(x - 1, top, 2, height);
}
