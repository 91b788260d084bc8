// SPDX-License-Identifier: Apache-2.0
// What was annotated, as shapes over a picture.

import type { JSX } from 'preact';
import { list } from '../data';
import { hue } from './strips';

interface Point {
  x?: number;
  y?: number;
  z?: number;
  left?: number;
  top?: number;
}

export interface Entity {
  uid?: string;
  label?: string | null;
  class_name?: string | null;
  annotation_type?: string;
  coordinates?: Point[] | null;
  keypoints?: Point[] | null;
  connections?: { start_index: number; end_index: number }[] | null;
  confidence?: number | null;
  mask_id?: string | null;
  mask_color?: string | null;
  mask_type?: string | null;
}

type Points = (readonly [number, number])[];

// Corners are stored as tl1 bl1 tr1 br1 tl2 bl2 tr2 br2: the front, then the back.
export const CUBOID = [[0, 2], [2, 3], [3, 1], [1, 0], [4, 6], [6, 7], [7, 5], [5, 4], [0, 4], [1, 5], [2, 6], [3, 7]] as const;

/** The name that an entity is coloured and switched by. */
export const labelOf = ({ label, class_name }: Entity): string => label || class_name || 'no label';

/** The label of an entity, and how sure it is. */
export function said({ label, class_name, annotation_type, confidence }: Entity): string {
  const text = label || class_name || annotation_type || '?';
  return typeof confidence === 'number' ? `${text} ${confidence.toFixed(2)}` : text;
}

/** The points of an entity that are any; labels of the whole picture have none. */
export function pointsOf({ coordinates, keypoints }: Entity): Points {
  const held = list<Point>(coordinates).length ? list<Point>(coordinates) : list<Point>(keypoints);
  return held.map(({ x, left, y, top }) => [x ?? left ?? NaN, y ?? top ?? NaN] as const);
}

export function Shape({ entity }: { entity: Entity }): JSX.Element | null {
  const points = pointsOf(entity);
  const [first] = points;
  if (!first || !points.flat().every(Number.isFinite)) return null;
  const look = { stroke: hue(labelOf(entity)), class: 'shape' };
  return (
    <g>
      {outline(entity, points, look)}
      <text x={first[0]} y={first[1]} dy="-0.3em" fill={look.stroke}>{said(entity)}</text>
    </g>
  );
}

type Look = { stroke: string; class: string };

function outline({ annotation_type: type, connections }: Entity, points: Points, look: Look): JSX.Element {
  const text = points.map((point) => point.join(',')).join(' ');
  if (type === 'point' || type === 'two_d_pose') {
    const pairs = list<{ start_index: number; end_index: number }>(connections);
    return (
      <>
        {lines(points, pairs.map(({ start_index, end_index }) => [start_index, end_index] as const), look)}
        {points.map(([x, y]) => <circle cx={x} cy={y} r={3} {...look} />)}
      </>
    );
  }
  if (type === 'two_d_cuboid' && points.length === 8) return lines(points, CUBOID, look);
  if (type === 'line') return <polyline points={text} {...look} />;
  if (type === 'ellipse' && points.length === 4) return ellipse(points, look);
  return <polygon points={text} {...look} />;
}

function lines(points: Points, pairs: readonly (readonly [number, number])[], look: Look): JSX.Element {
  return (
    <>
      {pairs.map(([from, to]) => {
        const [a, b] = [points[from], points[to]];
        return a && b && <line x1={a[0]} y1={a[1]} x2={b[0]} y2={b[1]} {...look} />;
      })}
    </>
  );
}

/** The ellipse through the ends of its two axes. */
function ellipse(ends: Points, look: Look): JSX.Element {
  const [cx, cy] = [0, 1].map((axis) => ends.reduce((sum, end) => sum + end[axis]!, 0) / ends.length) as [number, number];
  const [a, b] = [ends[0]!, ends[1]!].map(([x, y]) => [x - cx, y - cy] as const) as [readonly [number, number], readonly [number, number]];
  const walk = Array.from({ length: 64 }, (_, step) => {
    const angle = (step / 32) * Math.PI;
    return [cx + a[0] * Math.cos(angle) + b[0] * Math.sin(angle), cy + a[1] * Math.cos(angle) + b[1] * Math.sin(angle)];
  });
  return <polygon points={walk.map((point) => point.join(',')).join(' ')} {...look} />;
}
