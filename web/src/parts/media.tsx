// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { links, shown, type AssetType, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Cloud } from './cloud';
import { Picture } from './picture';

/** The bytes of an asset, as what they are, and a link to save them. */
export function Media({ type, doc }: { type: AssetType; doc: Doc }): JSX.Element {
  const access = shown(doc);
  const url = useLoad(doc.id, async () =>
    access ? (await links([{ id: doc.id, access }])).get(doc.id) ?? '' : '');
  return (
    <Shown of={url}>
      {(link) => link ? (
        <>
          {type === 'lidars' ? <Cloud url={link} />
            : type === 'videos' ? <video class="big" src={link} controls muted playsInline />
            : <Picture doc={doc} url={link} />}
          <p><a href={link} download={access?.filename ?? doc.id}>Save the file</a></p>
        </>
      ) : <p class="quiet">This document has no bytes.</p>}
    </Shown>
  );
}
