// SPDX-License-Identifier: Apache-2.0
// Pictures and films, or a word about what is wrong with them instead of a black rectangle.

import type { JSX, Ref } from 'preact';
import { useState } from 'preact/hooks';

type ImageProps = JSX.IntrinsicElements['img'] & { src: string; alt: string };

export function Image({ src, ...rest }: ImageProps): JSX.Element {
  const [broken, setBroken] = useState<string>();
  if (!src) return <div class="blank">no bytes</div>;
  if (broken === src) return <div class="blank" title={rest.alt}>this picture cannot be shown here</div>;
  return <img src={src} {...rest} onError={() => setBroken(src)} />;
}

interface FilmProps extends Omit<JSX.IntrinsicElements['video'], 'ref'> {
  src: string;
  instead?: string;
  videoRef?: Ref<HTMLVideoElement>;
}

/** A video, or another one where the browser does not know its codec. */
export function Film({ src, instead, videoRef, ...rest }: FilmProps): JSX.Element {
  const [broken, setBroken] = useState<string[]>([]);
  const playable = [src, instead].find((one) => one && !broken.includes(one));
  if (!src) return <div class="blank">no bytes</div>;
  if (!playable) return <div class="blank">this browser cannot play this video</div>;
  const fail = () => setBroken([...broken, playable]);
  // With a codec that it does not know, a browser may still play the sound, or nothing.
  const check = ({ currentTarget: { videoWidth } }: JSX.TargetedEvent<HTMLVideoElement>) =>
    { if (!videoWidth) fail(); };
  return (
    <video
      ref={videoRef} src={playable} muted playsInline {...rest} onError={fail} onLoadedMetadata={check}
    />
  );
}
