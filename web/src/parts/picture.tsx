// SPDX-License-Identifier: Apache-2.0
// A picture with what was annotated on it.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { documents, list, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Image } from './image';
import { pointsOf, said, Shape, type Entity } from './shapes';

interface Annotation extends Doc {
  provider?: string | null;
  annotation_entities?: Entity[] | null;
}

const MOST = 200;

export const annotationsOf = (id: string): Promise<Annotation[]> =>
  documents<Annotation>('annotations', { filters: [{ field: 'asset_id', values: [id] }] }, { size: MOST });

const providerOf = (one: Annotation): string => one.provider || 'nobody';

export function Picture({ doc, url }: { doc: Doc; url: string }): JSX.Element {
  const [size, setSize] = useState<[number, number]>();
  const [hidden, setHidden] = useState<string[]>([]);
  const annotations = useLoad(doc.id, () => annotationsOf(doc.id));
  const providers = [...new Set((annotations.value ?? []).map(providerOf))];
  const toggle = (provider: string) =>
    setHidden(hidden.includes(provider) ? hidden.filter((one) => one !== provider) : [...hidden, provider]);
  const measure = ({ currentTarget: image }: JSX.TargetedEvent<HTMLImageElement>) =>
    setSize([image.naturalWidth, image.naturalHeight]);
  const entities = (annotations.value ?? []).filter((one) => !hidden.includes(providerOf(one)))
    .flatMap((one) => list<Entity>(one.annotation_entities));
  return (
    <div class="picture">
      <div class="layers">
        <Image src={url} alt={doc.id} onLoad={measure} />
        {size && (
          <svg viewBox={`0 0 ${size[0]} ${size[1]}`}>
            {entities.map((entity) => <Shape entity={entity} />)}
          </svg>
        )}
      </div>
      <p>
        {entities.filter((one) => pointsOf(one).length === 0).map((one) => (
          <span class="chip">{one.class_name && one.label && `${one.class_name}: `}{said(one)}</span>
        ))}
      </p>
      <div class="choices">
        {providers.map((provider) => (
          <label>
            <input type="checkbox" checked={!hidden.includes(provider)} onChange={() => toggle(provider)} />
            {provider}
          </label>
        ))}
      </div>
      <Shown of={annotations}>
        {(found) => found.length >= MOST && <p class="quiet">The first {MOST} annotations are shown.</p>}
      </Shown>
    </div>
  );
}
