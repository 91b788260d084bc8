// SPDX-License-Identifier: Apache-2.0
// Embeddings on a plane (UMAP): what is alike lies together.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { go, href, set, useAddress } from '../address';
import { call } from '../api';
import { documents, type AssetType, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Image } from '../parts/image';
import { withLinks } from '../parts/reel';
import { hue } from '../parts/strips';

const TYPES: AssetType[] = ['images', 'videos', 'lidars', 'objects'];
const FIELD = /^umap\.(.+)\.coordinates$/;
const PAGE = 1000;
const MOST = 20_000;
const SIZE = 640;
const NEAR = 12;
const MOST_SENSORS = 12;
const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

interface Plane {
  type: AssetType;
  space: string;
}

interface Dot {
  doc: Doc;
  x: number;
  y: number;
}

export function MapsPage(): JSX.Element {
  const planes = useLoad('planes', listPlanes);
  const { query } = useAddress();
  return (
    <>
      <h1>Embeddings</h1>
      <Shown of={planes}>
        {(found) => {
          if (found.length === 0) {
            return <p class="quiet">No map yet: <code>create_umap</code> lays embeddings out.</p>;
          }
          const plane = found.find(({ type, space }) => type === query.get('type') && space === query.get('space')) ?? found[0]!;
          return (
            <>
              <div class="choices">
                {found.map(({ type, space }) => (
                  <button aria-pressed={type === plane.type && space === plane.space} onClick={() => set({ type, space }, true)}>
                    {type}: {space}
                  </button>
                ))}
              </div>
              <Scatter key={`${plane.type} ${plane.space}`} {...plane} />
            </>
          );
        }}
      </Shown>
    </>
  );
}

async function listPlanes(): Promise<Plane[]> {
  const all = TYPES.map(async (type) => {
    const fields = await call<{ field: string }[]>('GET', `/v1/${type}/meta/search_fields`);
    return fields.flatMap(({ field }) => {
      const space = FIELD.exec(field)?.[1];
      return space ? [{ type, space }] : [];
    });
  });
  return (await Promise.all(all)).flat();
}

async function fetchDots({ type, space }: Plane): Promise<Dot[]> {
  const field = `umap.${space}.coordinates`;
  const query = { exists_filters: [{ field }], source_selected_fields: ['id', 'sensor', 'thumbnails', 'object_access', field] };
  const dots: Dot[] = [];
  for (let offset = 0; offset < MOST; offset += PAGE) {
    const docs = await documents(type, query, { size: PAGE, offset, sort: 'id' });
    for (const doc of docs) {
      const [x, y] = (doc['umap'] as Record<string, { coordinates?: number[] }> | undefined)?.[space]?.coordinates ?? [];
      if (Number.isFinite(x) && Number.isFinite(y)) dots.push({ doc, x: x!, y: y! });
    }
    if (docs.length < PAGE) break;
  }
  return dots;
}

function Scatter(plane: Plane): JSX.Element {
  const dots = useLoad('dots', () => fetchDots(plane));
  return <Shown of={dots}>{(found) => <Drawn type={plane.type} dots={placed(found)} />}</Shown>;
}

/** Stretch to the square; the shape of a map has no scale. */
function placed(dots: Dot[]): Dot[] {
  const span = (of: number[]) => {
    const [low, high] = of.reduce(([least, most], one) => [Math.min(least, one), Math.max(most, one)], [Infinity, -Infinity] as [number, number]);
    return (one: number) => 10 + ((one - low) / (high - low || 1)) * (SIZE - 20);
  };
  const [x, y] = [span(dots.map((dot) => dot.x)), span(dots.map((dot) => dot.y))];
  return dots.map((dot) => ({ ...dot, x: x(dot.x), y: SIZE - y(dot.y) }));
}

function Drawn({ type, dots }: { type: AssetType; dots: Dot[] }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [near, setNear] = useState<Dot>();
  const preview = useLoad(near?.doc.id ?? '', async () =>
    near ? (await withLinks([near.doc], ['small', 'tiny']))[0]?.url ?? '' : '');
  useEffect(() => {
    const pen = canvas.current!.getContext('2d')!;
    pen.clearRect(0, 0, SIZE, SIZE);
    for (const dot of dots) {
      const half = dot === near ? 5 : 2;
      pen.fillStyle = hue(dot.doc.sensor ?? '');
      pen.fillRect(dot.x - half, dot.y - half, 2 * half, 2 * half);
    }
  }, [dots, near]);
  const open = () => near && go(href(type, { [type.slice(0, -1)]: near.doc.id }));
  const press = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (event.key === 'Enter') open();
    if (!step) return;
    event.preventDefault();
    setNear(near ? beside(dots, near, step) ?? near : dots[0]);
  };
  const find = ({ offsetX, offsetY }: MouseEvent) => {
    // On a small screen, the drawing is shrunk.
    const scale = SIZE / canvas.current!.clientWidth;
    const far = (dot: Dot) => Math.hypot(dot.x - offsetX * scale, dot.y - offsetY * scale);
    const [best] = dots.reduce<[Dot?, number?]>(([one, least = NEAR * scale], dot) =>
      far(dot) < least ? [dot, far(dot)] : [one, least], []);
    setNear(best);
  };
  return (
    <div class="scatter">
      <canvas
        ref={canvas} width={SIZE} height={SIZE} tabIndex={0} role="application" aria-label={`${dots.length} ${type}`}
        onMouseMove={find} onClick={open} onKeyDown={press}
      />
      <figure>
        {near ? (
          <>
            {preview.value && <Image src={preview.value} alt={near.doc.id} />}
            <figcaption aria-live="polite">{near.doc.id}<br /><span class="quiet">{near.doc.sensor}</span></figcaption>
          </>
        ) : <p class="quiet">{dots.length.toLocaleString('en')} {type}{dots.length >= MOST && ', the first of them'}; point at one, or go from one to the next with the arrow keys.</p>}
        <Legend dots={dots} />
      </figure>
    </div>
  );
}

/** The next dot in a direction: near, and not too far aside. */
function beside(dots: Dot[], from: Dot, [dx, dy]: [number, number]): Dot | undefined {
  let [best, least] = [undefined as Dot | undefined, Infinity];
  for (const dot of dots) {
    const [x, y] = [dot.x - from.x, dot.y - from.y];
    const along = x * dx + y * dy;
    const cost = (x * x + y * y) / along;
    if (along > 0 && cost < least) [best, least] = [dot, cost];
  }
  return best;
}

function Legend({ dots }: { dots: Dot[] }): JSX.Element {
  const sensors = [...new Set(dots.map((dot) => dot.doc.sensor ?? ''))].sort();
  return (
    <ul>
      {sensors.slice(0, MOST_SENSORS).map((sensor) => (
        <li><svg class="swatch" viewBox="0 0 1 1"><rect width="1" height="1" fill={hue(sensor)} /></svg>{sensor || 'no sensor'}</li>
      ))}
      {sensors.length > MOST_SENSORS && <li class="quiet">and {sensors.length - MOST_SENSORS} more</li>}
    </ul>
  );
}
