// SPDX-License-Identifier: Apache-2.0
// A picture with what was annotated on it.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { documents, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { hue } from './strips';

interface Point {
  x?: number;
  y?: number;
  left?: number;
  top?: number;
}

interface Entity {
  uid: string;
  label: string;
  annotation_type: string;
  coordinates?: Point[];
  keypoints?: Point[];
  confidence?: number | null;
}

interface Annotation extends Doc {
  provider: string;
  annotation_entities: Entity[];
}

const MOST = 200;

export function Picture({ doc, url }: { doc: Doc; url: string }): JSX.Element {
  const [size, setSize] = useState<[number, number]>([doc.width ?? 0, doc.height ?? 0]);
  const [hidden, setHidden] = useState<string[]>([]);
  const filters = [{ field: 'asset_id', values: [doc.id] }];
  const annotations = useLoad(doc.id, () => documents<Annotation>('annotations', { filters }, { size: MOST }));
  const providers = [...new Set((annotations.value ?? []).map((one) => one.provider))];
  const toggle = (provider: string) =>
    setHidden(hidden.includes(provider) ? hidden.filter((one) => one !== provider) : [...hidden, provider]);
  const measure = ({ currentTarget: image }: JSX.TargetedEvent<HTMLImageElement>) =>
    setSize([image.naturalWidth, image.naturalHeight]);
  return (
    <div class="picture">
      <div class="layers">
        <img src={url} alt={doc.id} onLoad={measure} />
        <Shown of={annotations}>
          {(found) => (
            <svg viewBox={`0 0 ${size[0]} ${size[1]}`}>
              {found.filter((one) => !hidden.includes(one.provider))
                .flatMap((one) => one.annotation_entities.map((entity) => <Shape key={entity.uid} {...entity} />))}
            </svg>
          )}
        </Shown>
      </div>
      <div class="choices">
        {providers.map((provider) => (
          <label>
            <input type="checkbox" checked={!hidden.includes(provider)} onChange={() => toggle(provider)} />
            {provider}
          </label>
        ))}
      </div>
    </div>
  );
}

function Shape({ label, annotation_type, coordinates, keypoints, confidence }: Entity): JSX.Element | null {
  const points = (coordinates ?? keypoints ?? []).map(({ x, left, y, top }) => [x ?? left ?? 0, y ?? top ?? 0] as const);
  const [first] = points;
  if (!first) return null;
  const said = typeof confidence === 'number' ? `${label} ${confidence.toFixed(2)}` : label;
  const look = { stroke: hue(label), class: 'shape' };
  return (
    <g>
      {outline(annotation_type, points, look)}
      <text x={first[0]} y={first[1]} dy="-0.3em" fill={look.stroke}>{said}</text>
    </g>
  );
}

type Points = (readonly [number, number])[];

function outline(type: string, points: Points, look: { stroke: string; class: string }): JSX.Element {
  const text = points.map((point) => point.join(',')).join(' ');
  if (type === 'point' || type === 'pose') {
    return <>{points.map(([x, y]) => <circle cx={x} cy={y} r={4} {...look} />)}</>;
  }
  if (type === 'line') return <polyline points={text} {...look} />;
  if (type === 'ellipse' && points.length === 4) return ellipse(points, look);
  return <polygon points={text} {...look} />;
}

/** The ellipse through the ends of its two axes. */
function ellipse(ends: Points, look: object): JSX.Element {
  const [cx, cy] = [0, 1].map((axis) => ends.reduce((sum, end) => sum + end[axis]!, 0) / ends.length) as [number, number];
  const [a, b] = [ends[0]!, ends[1]!].map(([x, y]) => [x - cx, y - cy] as const) as [readonly [number, number], readonly [number, number]];
  const walk = Array.from({ length: 64 }, (_, step) => {
    const angle = (step / 32) * Math.PI;
    return [cx + a[0] * Math.cos(angle) + b[0] * Math.sin(angle), cy + a[1] * Math.cos(angle) + b[1] * Math.sin(angle)];
  });
  return <polygon points={walk.map((point) => point.join(',')).join(' ')} {...look} />;
}
