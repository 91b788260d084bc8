// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { value } from './words';

/** Everything that a document says, as it says it; objects fold out. */
export function Facts({ of }: { of: object }): JSX.Element {
  return (
    <details class="facts" open>
      <summary>Document</summary>
      <Rows of={of} />
    </details>
  );
}

function Rows({ of }: { of: object }): JSX.Element {
  return (
    <dl>
      {Object.entries(of).map(([name, held]) => (
        <>
          <dt>{name}</dt>
          <dd>{isObject(held) ? <details><summary>{size(held)}</summary><Rows of={held} /></details> : value(held)}</dd>
        </>
      ))}
    </dl>
  );
}

const isObject = (held: unknown): held is object => typeof held === 'object' && held !== null;

const size = (held: object): string => `${Object.keys(held).length} ${Array.isArray(held) ? 'items' : 'fields'}`;
