// SPDX-License-Identifier: Apache-2.0
// What each sensor saw at the time of the cursor.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState, type MutableRef } from 'preact/hooks';
import { href } from '../address';
import { ms, type AssetType } from '../data';
import { latest } from '../latest';
import { useSeen } from '../seen';
import { Cloud } from './cloud';
import { Film, Image } from './image';
import { Reel, type Shot } from './reel';
import { moment } from './words';

export interface AtProps {
  uid: string;
  sensor: string;
  at: number;
}

interface Found {
  shot?: Shot;
  error?: string;
  holder: MutableRef<HTMLElement | null>;
}

/** The newest recording at a time, once it is fetched; nothing is, for who does not look. */
function useShot(type: AssetType, { uid, sensor, at }: AtProps): Found {
  const [found, setFound] = useState<Omit<Found, 'holder'>>({});
  const [isSeen, holder] = useSeen<HTMLElement>();
  const ask = useMemo(() => {
    const reel = new Reel(type, uid, sensor);
    return latest(async (time: number) => {
      try {
        const [shot, next] = await reel.at(time);
        if (type === 'images') {
          await fetched(shot);
          void fetched(next);
        }
        setFound({ shot });
      } catch (error) {
        setFound({ error: (error as Error).message });
      }
    });
  }, [type, uid, sensor]);
  useEffect(() => { if (isSeen) ask(at); }, [ask, at, isSeen]);
  return { ...found, holder };
}

/** Let the browser fetch and decode a picture, so that it appears at once; broken ones are shown as such. */
async function fetched(shot?: Shot): Promise<void> {
  if (!shot?.url) return;
  const image = new window.Image();
  image.src = shot.url;
  await image.decode().catch(() => undefined);
}

export function PictureAt(props: AtProps): JSX.Element {
  const { shot, ...rest } = useShot('images', props);
  return (
    <Screen type="images" sensor={props.sensor} shot={shot} {...rest}>
      {shot && <Image src={shot.url} alt={`${props.sensor} at ${moment(shot.doc.timestamp)}`} />}
    </Screen>
  );
}

export function CloudAt(props: AtProps): JSX.Element {
  const { shot, ...rest } = useShot('lidars', props);
  return (
    <Screen type="lidars" sensor={props.sensor} shot={shot} {...rest}>
      {shot && <Cloud url={shot.url} />}
    </Screen>
  );
}

export function VideoAt(props: AtProps): JSX.Element {
  const { shot, ...rest } = useShot('videos', props);
  const video = useRef<HTMLVideoElement>(null);
  const passed_s = shot ? (props.at - ms(shot.doc.start_time ?? shot.doc.timestamp)) / 1000 : 0;
  useEffect(() => {
    const element = video.current;
    if (element && Math.abs(element.currentTime - passed_s) > 0.05) element.currentTime = passed_s;
  }, [passed_s, shot?.url]);
  return (
    <Screen type="videos" sensor={props.sensor} shot={shot} {...rest}>
      {shot && <Film videoRef={video} src={shot.url} preload="auto" />}
    </Screen>
  );
}

interface ScreenProps {
  type: string;
  sensor: string;
  shot?: Shot;
  error?: string;
  holder: MutableRef<HTMLElement | null>;
  children: ComponentChildren;
}

function Screen({ type, sensor, shot, error, holder, children }: ScreenProps): JSX.Element {
  const id = shot?.doc.id;
  return (
    <figure class="screen" ref={holder}>
      {error ? <p class="error" role="alert">{error}</p> : shot ? children : <div class="blank" />}
      <figcaption>
        {id ? <a href={href(type, { [type.slice(0, -1)]: id })}>{sensor}</a> : `${sensor}: nothing yet`}
        <span class="quiet">{shot && `${type === 'videos' ? 'from ' : ''}${moment(shot.doc.timestamp)}`}</span>
      </figcaption>
    </figure>
  );
}
