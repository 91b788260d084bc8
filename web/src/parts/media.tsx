// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { links, list, shown, type AssetType, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Cloud } from './cloud';
import { Film } from './image';
import { annotationsOf, Picture } from './picture';
import type { Box } from './scene';
import { CUBOID, type Entity } from './shapes';
import { hue } from './strips';

/** The bytes of an asset, as what they are, and a link to save them. */
export function Media({ type, doc }: { type: AssetType; doc: Doc }): JSX.Element {
  const access = shown(doc);
  const small = shown(doc, 'small');
  const urls = useLoad(doc.id, () => links([
    ...(access ? [{ id: 'all', access }] : []), ...(small ? [{ id: 'small', access: small }] : []),
  ]));
  return (
    <Shown of={urls}>
      {(found) => {
        const url = found.get('all');
        if (!url) return <p class="quiet">This document has no bytes.</p>;
        return (
          <>
            {type === 'lidars' ? <BoxedCloud id={doc.id} url={url} />
              : type === 'videos' ? <Film class="big" src={url} instead={found.get('small')} controls />
              : <Picture doc={doc} url={url} />}
            <p><a href={url} download={access?.filename ?? doc.id}>Save the file</a></p>
          </>
        );
      }}
    </Shown>
  );
}

/** A cloud with the cuboids that were annotated in it. */
function BoxedCloud({ id, url }: { id: string; url: string }): JSX.Element {
  const boxes = useLoad(id, async () => (await annotationsOf(id))
    .flatMap((one) => list<Entity>(one.annotation_entities)).flatMap(boxOf));
  return <Cloud url={url} boxes={boxes.value} />;
}

function boxOf({ annotation_type, coordinates, label }: Entity): Box[] {
  const corners = list<{ x: number; y: number; z: number }>(coordinates).map(({ x, y, z }) => [x, y, z] as const);
  return annotation_type === 'three_d_cuboid' ? [{ corners, edges: CUBOID, color: hue(label ?? '') }] : [];
}
