// SPDX-License-Identifier: Apache-2.0
// The cursor of a session's page: the one time that everything there shows.

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { set, useAddress } from '../address';
import { documents, iso, ms } from '../data';
import { latest } from '../latest';
import { duration, moment } from './words';

const STEP_MS = 100;
// Browsers take few changes of an address in a second.
const SETTLED_MS = 250;
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 60];

/** The time that the page shows; the address follows once it stays for a moment. */
export function useCursor(start: number, end: number): [number, (time: number) => void] {
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
export function frames(uid: string, camera?: string, lidar?: string): ClockProps['frame'] {
  const [type, sensor] = camera ? ['images', camera] : ['lidars', lidar];
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
export function Clock({ start, end, at, onSeek, frame }: ClockProps): JSX.Element {
  const [isRunning, setRunning] = useState(false);
  const [speed, setSpeed] = useState(1);
  const now = useRef(at);
  now.current = at;
  useEffect(() => {
    if (!isRunning) return;
    let last = performance.now();
    const timer = setInterval(() => {
      const passed = performance.now() - last;
      last += passed;
      if (now.current >= end) setRunning(false);
      else onSeek(now.current + passed * speed);
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isRunning, speed]);
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
      <select aria-label="Speed" value={speed} onChange={({ currentTarget }) => setSpeed(Number(currentTarget.value))}>
        {SPEEDS.map((one) => <option value={one}>{one}×</option>)}
      </select>
      <input
        type="range" min={0} max={Math.max(1, end - start)} step={1} value={at - start} aria-label="Time" aria-valuetext={moment(at)}
        onInput={(event) => onSeek(start + Number(event.currentTarget.value))}
      />
      <output>{duration(at - start)} · {moment(at)} UTC</output>
    </div>
  );
}
