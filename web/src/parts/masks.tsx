// SPDX-License-Identifier: Apache-2.0
// Segments of a picture, in the colours of their labels.

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { links, type Access } from '../data';
import { useLoad } from '../load';
import { labelOf, type Entity } from './shapes';
import { hue } from './strips';

const OPACITY = 0.5;

/** A segment, and where the mask is that it is a colour of. */
export interface Segment {
  entity: Entity;
  access: Access;
}

interface MasksProps {
  segments: Segment[];
  size: [number, number];
  isHidden: (segment: Segment) => boolean;
}

/** Draws what is not hidden of all segments; says how many masks there are no bytes of. */
export function Masks({ segments, size: [width, height], isHidden }: MasksProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const masks = useLoad(segments.map(placeOf).join(' '), () => fetchMasks(segments));
  const shown = segments.filter((one) => !isHidden(one));
  const isDrawn = masks.value !== undefined;
  useEffect(() => {
    const pen = canvas.current!.getContext('2d')!;
    pen.clearRect(0, 0, width, height);
    pen.imageSmoothingEnabled = false;
    pen.globalAlpha = OPACITY;
    for (const [place, mask] of masks.value ?? []) {
      const entities = shown.filter((one) => placeOf(one) === place).map((one) => one.entity);
      pen.drawImage(painted(mask, entities), 0, 0, width, height);
    }
  }, [masks.value, shown.length, shown.map(placeOf).join(), width, height]);
  const lost = new Set(segments.map(placeOf)).size - (masks.value?.size ?? 0);
  const drawn = isDrawn ? shown.filter((one) => masks.value!.has(placeOf(one))).length : 0;
  return (
    <>
      <canvas ref={canvas} width={width} height={height} role="img" aria-label={`${drawn} segments`} aria-busy={!isDrawn} />
      {isDrawn && lost > 0 && <span class="said" role="status">{lost} {lost === 1 ? 'mask' : 'masks'} cannot be shown</span>}
    </>
  );
}

const placeOf = ({ access }: Segment): string => access?.uri ?? access?.url ?? '';

/** The pixels of masks, by place; those that cannot be had are left out. */
async function fetchMasks(segments: Segment[]): Promise<Map<string, ImageData>> {
  const wanted = new Map(segments.filter((one) => placeOf(one)).map((one) => [placeOf(one), one.access]));
  const urls = await links([...wanted].map(([id, access]) => ({ id, access })));
  const read = [...urls].map(async ([id, url]) => [id, await pixelsOf(url).catch(() => undefined)] as const);
  return new Map((await Promise.all(read)).filter((one): one is [string, ImageData] => one[1] !== undefined));
}

async function pixelsOf(url: string): Promise<ImageData> {
  if (new URL(url, location.href).origin !== location.origin) throw new Error('the mask is elsewhere');
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the mask cannot be fetched: ${response.status}`);
  // Colours are names here: no profile may change them.
  const options: ImageBitmapOptions = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' };
  const bitmap = await createImageBitmap(await response.blob(), options);
  const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })!;
  pen.drawImage(bitmap, 0, 0);
  return pen.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** The pixels of entities in the colours of their labels; the others are clear. */
function painted(mask: ImageData, entities: Entity[]): OffscreenCanvas {
  const { width, height } = mask;
  const made = new OffscreenCanvas(width, height);
  const pen = made.getContext('2d')!;
  const looks = new Map<number, number>();
  let lookOfAny = 0;
  for (const entity of entities) {
    pen.fillStyle = hue(labelOf(entity));
    const look = pixelOf(pen.fillStyle) | 0xff000000;
    if ((entity.mask_type ?? '').toLowerCase() === 'singlecolor') lookOfAny = look;
    else looks.set(pixelOf(entity.mask_color ?? ''), look);
  }
  const cut = new ImageData(width, height);
  const [from, to] = [new Uint32Array(mask.data.buffer), new Uint32Array(cut.data.buffer)];
  let [last, look] = [-1, 0];
  for (let at = 0; at < from.length; at += 1) {
    const pixel = from[at]! & 0xffffff;
    if (pixel !== last) [last, look] = [pixel, looks.get(pixel) ?? (pixel ? lookOfAny : 0)];
    to[at] = look;
  }
  pen.putImageData(cut, 0, 0);
  return made;
}

/** A colour as the first three bytes of a pixel, red first; -1 is none. */
function pixelOf(text: string): number {
  const digits = text.replace('#', '');
  const all = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const [red, green, blue] = (/^[0-9a-f]{6}$/i.test(all) ? all.match(/../g)! : []).map((two) => parseInt(two, 16));
  return red === undefined ? -1 : (blue! << 16) | (green! << 8) | red;
}
