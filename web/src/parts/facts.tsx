// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { value } from './words';

const MOST = 500;

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
      {Object.entries(of).slice(0, MOST).map(([name, held]) => (
        <>
          <dt>{name}</dt>
          <dd>{isObject(held) ? <Fold of={held} /> : value(held)}</dd>
        </>
      ))}
      {Object.keys(of).length > MOST && <dd class="quiet">and {Object.keys(of).length - MOST} more</dd>}
    </dl>
  );
}

/** Rows that are made when somebody looks: lists of a document can be long. */
function Fold({ of }: { of: object }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{size(of)}</summary>
      {isOpen && <Rows of={of} />}
    </details>
  );
}

const isObject = (held: unknown): held is object => typeof held === 'object' && held !== null;

function size(held: object): string {
  const number = Object.keys(held).length;
  return `${number} ${Array.isArray(held) ? 'item' : 'field'}${number === 1 ? '' : 's'}`;
}
