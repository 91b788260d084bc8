// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { latest } from '../latest';
import type { Box, Scene } from './scene';

const NO_BOXES: Box[] = [];

/** A point cloud that can be turned. The library for it comes only when there is one. */
export function Cloud({ url, boxes = NO_BOXES }: { url: string; boxes?: Box[] }): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const scene = useRef<Scene>();
  const [said, setSaid] = useState('…');
  const stop = useMemo(() => new AbortController(), []);
  // Clouds that come faster than they can be fetched are left out; none is broken off.
  const show = useMemo(() => latest(async (from: string) => {
    try {
      if (!from) throw new Error('no bytes');
      const { Scene } = await import('./scene');
      const response = await fetch(from, { signal: stop.signal });
      if (!response.ok) throw new Error(`the cloud cannot be fetched: ${response.status}`);
      const body = await response.arrayBuffer();
      if (stop.signal.aborted || !holder.current) return;
      scene.current ??= new Scene(holder.current);
      setSaid(`${scene.current.show(body).toLocaleString('en')} points`);
    } catch (error) {
      if (!stop.signal.aborted) setSaid((error as Error).message);
    }
  }), []);
  useEffect(() => () => {
    stop.abort();
    scene.current?.close();
  }, []);
  useEffect(() => show(url), [url]);
  useEffect(() => scene.current?.outline(boxes), [boxes, said]);
  return <div class="cloud" ref={holder}><span class="said" role="status">{said}</span></div>;
}
