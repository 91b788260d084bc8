// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Column } from '../data';
import type { TrackMap } from './trackmap';

export interface Fix {
  cell: number;
  lat: number;
  lon: number;
}

/** The cells of a timeline that have a place. */
export function trackOf(columns: Record<string, Column>): Fix[] {
  const lats = columns['geolocation.lat'] ?? [];
  const lons = columns['geolocation.lon'] ?? [];
  let last: number | undefined;
  return lats.flatMap((lat, cell) => {
    const lon = lons[cell];
    if (typeof lat !== 'number' || typeof lon !== 'number') return [];
    // Beyond 180 degrees, so that no line goes round the earth.
    last = last === undefined ? lon : lon + 360 * Math.round((last - lon) / 360);
    return [{ cell, lat, lon: last }];
  });
}

export interface TrackProps {
  track: Fix[];
  times: number[];
  at: number;
  onSeek: (time: number) => void;
}

/** Where the vehicle was; a click goes to the time at which it was nearest. */
export function Track({ track, times, at, onSeek }: TrackProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const map = useRef<TrackMap>();
  const now = nearest(track, times, at);
  const seek = useRef(onSeek);
  seek.current = onSeek;
  useEffect(() => {
    let isOpen = true;
    void import('./trackmap').then(({ TrackMap }) => {
      if (!isOpen || !holder.current) return;
      map.current = new TrackMap(holder.current, track, (fix) => seek.current(times[fix.cell] ?? 0));
      map.current.mark(nearest(track, times, at));
    });
    return () => {
      isOpen = false;
      map.current?.close();
    };
  }, []);
  useEffect(() => map.current?.mark(now), [now]);
  return (
    <figure class="screen">
      <div class="map" ref={holder} />
      <figcaption>{now && `${now.lat.toFixed(6)}, ${(now.lon - 360 * Math.round(now.lon / 360)).toFixed(6)}`}</figcaption>
    </figure>
  );
}

/** The last fix that is not later than a time, or the first one. */
function nearest(track: Fix[], times: number[], at: number): Fix | undefined {
  return track.findLast((fix) => (times[fix.cell] ?? Infinity) <= at) ?? track[0];
}
