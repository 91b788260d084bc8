// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Numbers } from '../data';
import type { TrackMap } from './trackmap';

export interface Fix {
  time: number;
  lat: number;
  lon: number;
}

/** The places of a timeline, in order of time. */
export function trackOf(times: number[], lats: Numbers = [], lons: Numbers = []): Fix[] {
  let last: number | undefined;
  return times.flatMap((time, column) => {
    const [lat, lon] = [lats[column] ?? null, lons[column] ?? null];
    if (lat === null || lon === null) return [];
    // Beyond 180 degrees, so that no line goes round the earth.
    last = last === undefined ? lon : lon + 360 * Math.round((last - lon) / 360);
    return [{ time, lat, lon: last }];
  });
}

export interface TrackProps {
  track: Fix[];
  at: number;
  onSeek: (time: number) => void;
}

/** Where the vehicle was; a click goes to the time at which it was nearest. */
export function Track({ track, at, onSeek }: TrackProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const map = useRef<TrackMap>();
  const now = nearest(track, at);
  const seek = useRef(onSeek);
  seek.current = onSeek;
  useEffect(() => {
    let isOpen = true;
    void import('./trackmap').then(({ TrackMap }) => {
      if (!isOpen || !holder.current) return;
      map.current = new TrackMap(holder.current, track, (fix) => seek.current(fix.time));
      map.current.mark(nearest(track, at));
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
function nearest(track: Fix[], at: number): Fix | undefined {
  return track.findLast((fix) => fix.time <= at) ?? track[0];
}
