// SPDX-License-Identifier: Apache-2.0
// A picture with what was annotated on it.

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { documents, list, type Access, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Image } from './image';
import { Masks, type Segment } from './masks';
import { labelOf, pointsOf, said, Shape, type Entity } from './shapes';
import { hue } from './strips';

interface Annotation extends Doc {
  provider?: string | null;
  annotation_entities?: Entity[] | null;
  masks?: Record<string, Access | null> | null;
}

/** An entity with who said it. */
interface Told {
  entity: Entity;
  provider: string;
  label: string;
  mask?: Access;
}

const MOST = 200;

export const annotationsOf = (id: string): Promise<Annotation[]> =>
  documents<Annotation>('annotations', { filters: [{ field: 'asset_id', values: [id] }] }, { size: MOST });

function toldIn(annotations: Annotation[]): Told[] {
  return annotations.flatMap(({ provider, masks, annotation_entities }) =>
    list<Entity>(annotation_entities).map((entity) => ({
      entity,
      provider: provider || 'nobody',
      label: labelOf(entity),
      mask: masks?.[entity.mask_id ?? ''] ?? undefined,
    })));
}

export function Picture({ doc, url }: { doc: Doc; url: string }): JSX.Element {
  const [size, setSize] = useState<[number, number]>();
  const [noProviders, setProviders] = useState<string[]>([]);
  const [noLabels, setLabels] = useState<string[]>([]);
  const annotations = useLoad(doc.id, () => annotationsOf(doc.id));
  const told = useMemo(() => toldIn(annotations.value ?? []), [annotations.value]);
  const segments = useMemo(() => told.flatMap(({ entity, mask }): Segment[] => mask ? [{ entity, access: mask }] : []), [told]);
  const shown = told.filter(({ provider, label }) => !noProviders.includes(provider) && !noLabels.includes(label));
  const entities = shown.map((one) => one.entity);
  const measure = ({ currentTarget: image }: JSX.TargetedEvent<HTMLImageElement>) =>
    setSize([image.naturalWidth, image.naturalHeight]);
  return (
    <div class="picture">
      <div class="layers">
        <Image src={url} alt={doc.id} onLoad={measure} />
        {size && segments.length > 0 && (
          <Masks segments={segments} size={size} isHidden={({ entity }) => !entities.includes(entity)} />
        )}
        {size && (
          <svg viewBox={`0 0 ${size[0]} ${size[1]}`}>
            {entities.map((entity) => <Shape entity={entity} />)}
          </svg>
        )}
      </div>
      <p>
        {shown.filter(({ entity, mask }) => !mask && pointsOf(entity).length === 0).map(({ entity }) => (
          <span class="chip">{entity.class_name && entity.label && `${entity.class_name}: `}{said(entity)}</span>
        ))}
      </p>
      <Switches title="Providers" names={told.map((one) => one.provider)} off={noProviders} onChange={setProviders} />
      <Switches title="Labels" names={told.map((one) => one.label)} off={noLabels} onChange={setLabels} isColored />
      <Shown of={annotations}>
        {(found) => found.length >= MOST && <p class="quiet">The first {MOST} annotations are shown.</p>}
      </Shown>
    </div>
  );
}

interface SwitchesProps {
  title: string;
  names: string[];
  off: string[];
  onChange: (off: string[]) => void;
  isColored?: boolean;
}

/** What is drawn, by a name that annotations have in common, and how many have it. */
function Switches({ title, names, off, onChange, isColored = false }: SwitchesProps): JSX.Element | null {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size === 0) return null;
  const toggle = (name: string) =>
    onChange(off.includes(name) ? off.filter((one) => one !== name) : [...off, name]);
  return (
    <fieldset class="choices">
      <legend>{title}</legend>
      {[...counts].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => (
        <label>
          <input type="checkbox" checked={!off.includes(name)} onChange={() => toggle(name)} />
          {isColored && <svg class="swatch" viewBox="0 0 1 1"><rect width="1" height="1" fill={hue(name)} /></svg>}
          {name} <span class="quiet" aria-hidden="true">{count}</span>
        </label>
      ))}
    </fieldset>
  );
}
