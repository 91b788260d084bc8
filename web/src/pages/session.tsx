// SPDX-License-Identifier: Apache-2.0
// One session: everything that was recorded, at one time that a cursor chooses.

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { href } from '../address';
import { document_, ms, outline, summary, type Outline, type SessionDoc } from '../data';
import { Shown, useLoad } from '../load';
import { Clock, frames, useCursor } from '../parts/clock';
import { StretchComments } from '../parts/comments';
import { Facts } from '../parts/facts';
import { CloudAt, PictureAt, VideoAt } from '../parts/at';
import { Track, trackOf, type Fix } from '../parts/map';
import { Timeline } from '../parts/timeline';
import { duration, moment } from '../parts/words';

// Of a longer track, as many places are drawn.
const MOST_PLACES = 4000;

interface Recorded {
  doc: SessionDoc;
  kinds: Outline['kinds'];
  track: Fix[];
  cameras: Sensor[];
  lidars: Sensor[];
  videos: Sensor[];
}

interface Sensor {
  name: string;
  count: number;
}

export function SessionPage({ uid }: { uid: string }): JSX.Element {
  const [round, setRound] = useState(0);
  const recorded = useLoad(`${uid} ${round}`, () => fetchAll(uid), (all) =>
    all !== undefined && all.doc.resolution_status !== 'resolved');
  return <Shown of={recorded}>{(all) => <Loaded {...all} version={`${round} ${all.doc.resolution_status}`} onChange={() => setRound(round + 1)} />}</Shown>;
}

async function fetchAll(uid: string): Promise<Recorded> {
  const doc = (await document_('sessions', uid)) as SessionDoc;
  const search = { filters: [{ field: 'session_uid', values: [doc.id] }] };
  const sensors = async (type: string): Promise<Sensor[]> => {
    const buckets = (await summary(type, ['sensor'], search)).get('sensor') ?? [];
    return buckets.map(({ key, doc_count }) => ({ name: String(key), count: doc_count }))
      .sort((a, b) => a.name.localeCompare(b.name));
  };
  // Without a resolved timeline there are still the pictures.
  const places = outline(doc.id, ['geolocation.lat', 'geolocation.lon'], MOST_PLACES).catch(() => undefined);
  const [cameras, lidars, videos, found] = await Promise.all([
    sensors('images'), sensors('lidars'), sensors('videos'), places,
  ]);
  const [lat, lon] = [found?.numbers['geolocation.lat'], found?.numbers['geolocation.lon']];
  const track = trackOf((found?.timestamp ?? []).map(ms), lat?.first, lon?.first);
  return { doc, kinds: found?.kinds ?? {}, track, cameras, lidars, videos };
}

interface LoadedProps extends Recorded {
  version: string;
  onChange: () => void;
}

function Loaded({ doc, ...rest }: LoadedProps): JSX.Element {
  const start = ms(doc.start_time);
  if (Number.isNaN(start)) return <><h1>{titled(doc)}</h1><p class="quiet">It has no times yet.</p><Facts of={doc} /></>;
  return <AtTimes doc={doc} start={start} end={Math.max(start, ms(doc.end_time) || start)} {...rest} />;
}

const titled = (doc: SessionDoc): string => doc.session_name || doc.id;

function AtTimes(props: LoadedProps & { start: number; end: number }): JSX.Element {
  const { doc, kinds, track, cameras, lidars, videos, start, end, version, onChange } = props;
  const [at, seek] = useCursor(start, end);
  const facts = useMemo(() => <Facts of={doc} />, [doc]);
  return (
    <>
      <h1>{titled(doc)}</h1>
      <p class="quiet">
        {moment(doc.start_time)} UTC · {duration(end - start)} · timeline {doc.resolution_status ?? 'not resolved'}
        {doc.resolution && `, cells of ${doc.resolution} s`}
      </p>
      <p>
        {Object.entries({ images: cameras, videos, lidars }).map(([type, sensors]) => {
          const count = sensors.reduce((sum, one) => sum + one.count, 0);
          const words = `${count.toLocaleString('en')} ${count === 1 ? type.slice(0, -1) : type}`;
          return count > 0 && <a class="chip" href={href(type, { session: doc.id })}>{words}</a>;
        })}
      </p>
      <Clock start={start} end={end} at={at} onSeek={seek} frame={frames(doc.id, cameras[0]?.name, lidars[0]?.name)} />
      <div class="screens">
        {cameras.map(({ name }) => <PictureAt key={name} uid={doc.id} sensor={name} at={at} />)}
        {videos.map(({ name }) => <VideoAt key={name} uid={doc.id} sensor={name} at={at} />)}
        {lidars.map(({ name }) => <CloudAt key={name} uid={doc.id} sensor={name} at={at} />)}
        {track.length > 0 && <Track key={version} track={track} at={at} onSeek={seek} />}
      </div>
      <Timeline uid={doc.id} version={version} kinds={kinds} whole={[start, end]} at={at} onSeek={seek} />
      <StretchComments uid={doc.id} at={at} start={start} onSeek={seek} onChange={onChange} />
      {facts}
    </>
  );
}
