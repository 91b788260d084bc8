// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Scene } from './scene';

/** A point cloud that can be turned. The library for it comes only when there is one. */
export function Cloud({ url }: { url: string }): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const scene = useRef<Scene>();
  const [said, setSaid] = useState('…');
  useEffect(() => () => scene.current?.close(), []);
  useEffect(() => {
    const stop = new AbortController();
    const show = async () => {
      const { Scene } = await import('./scene');
      const response = await fetch(url, { signal: stop.signal });
      if (!response.ok) throw new Error(`the cloud cannot be fetched: ${response.status}`);
      const body = await response.arrayBuffer();
      if (stop.signal.aborted || !holder.current) return;
      scene.current ??= new Scene(holder.current);
      setSaid(`${scene.current.show(body).toLocaleString('en')} points`);
    };
    show().catch((error: Error) => { if (!stop.signal.aborted) setSaid(error.message); });
    return () => stop.abort();
  }, [url]);
  return <div class="cloud" ref={holder}><span class="said">{said}</span></div>;
}
