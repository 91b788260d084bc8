// SPDX-License-Identifier: Apache-2.0
// What each sensor saw at the time of the cursor.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { href } from '../address';
import { ms, type AssetType } from '../data';
import { Cloud } from './cloud';
import { Reel, type Shot } from './reel';
import { moment } from './words';

export interface AtProps {
  uid: string;
  sensor: string;
  at: number;
}

/** The newest recording at a time; one that comes after a newer was asked for is dropped. */
function useShot(type: AssetType, { uid, sensor, at }: AtProps): { shot?: Shot; error?: string } {
  const reel = useMemo(() => new Reel(type, uid, sensor), [type, uid, sensor]);
  const [found, setFound] = useState<{ shot?: Shot; error?: string }>({});
  const asked = useRef(0);
  useEffect(() => {
    const mine = ++asked.current;
    reel.at(at).then(
      (shot) => mine === asked.current && setFound({ shot }),
      (error: Error) => mine === asked.current && setFound({ error: error.message }),
    );
  }, [reel, at]);
  return found;
}

export function PictureAt(props: AtProps): JSX.Element {
  const { shot, error } = useShot('images', props);
  return (
    <Screen type="images" sensor={props.sensor} shot={shot} error={error}>
      {shot && <img src={shot.url} alt={`${props.sensor} at ${moment(shot.doc.timestamp)}`} />}
    </Screen>
  );
}

export function CloudAt(props: AtProps): JSX.Element {
  const { shot, error } = useShot('lidars', props);
  return (
    <Screen type="lidars" sensor={props.sensor} shot={shot} error={error}>
      {shot && <Cloud url={shot.url} />}
    </Screen>
  );
}

export function VideoAt(props: AtProps): JSX.Element {
  const { shot, error } = useShot('videos', props);
  const video = useRef<HTMLVideoElement>(null);
  const passed_s = shot ? (props.at - ms(shot.doc.start_time ?? shot.doc.timestamp)) / 1000 : 0;
  useEffect(() => {
    const element = video.current;
    if (element && Math.abs(element.currentTime - passed_s) > 0.05) element.currentTime = passed_s;
  }, [passed_s, shot?.url]);
  return (
    <Screen type="videos" sensor={props.sensor} shot={shot} error={error}>
      {shot && <video ref={video} src={shot.url} muted playsInline preload="auto" />}
    </Screen>
  );
}

interface ScreenProps {
  type: string;
  sensor: string;
  shot?: Shot;
  error?: string;
  children: ComponentChildren;
}

function Screen({ type, sensor, shot, error, children }: ScreenProps): JSX.Element {
  const id = shot?.doc.id;
  return (
    <figure class="screen">
      {error ? <p class="error" role="alert">{error}</p> : children}
      <figcaption>
        {id ? <a href={href(type, { [type.slice(0, -1)]: id })}>{sensor}</a> : `${sensor}: nothing yet`}
        <span class="quiet">{shot && moment(shot.doc.timestamp)}</span>
      </figcaption>
    </figure>
  );
}
