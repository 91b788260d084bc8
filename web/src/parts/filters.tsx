// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { set, useAddress } from '../address';
import { summary, type AssetType, type Bucket, type Query } from '../data';
import { Shown, useLoad } from '../load';
import { value } from './words';

// Names in the address, and the fields that they stand for.
const FIELDS: Record<string, string> = {
  sensor: 'sensor', session: 'session_uid', set: 'sets', label: 'aux.labels', tag: 'tags',
};
const MOST = 12;
const ASKED = 100;

/** The filters that an address names. */
export function chosen(query: URLSearchParams): { field: string; values: string[] }[] {
  return Object.entries(FIELDS).flatMap(([name, field]) => {
    const given = query.get(name);
    return given === null ? [] : [{ field, values: [given] }];
  });
}

/** Values that narrow the hits down, with how many there would be. */
export function Filters({ type, search, round }: { type: AssetType; search: Query; round: number }): JSX.Element {
  const counts = useLoad(`${round} ${type} ${JSON.stringify(search)}`, () => summary(type, Object.values(FIELDS), search, ASKED));
  return (
    <aside aria-label="Filters">
      <Shown of={counts}>
        {(found) => Object.entries(FIELDS).map(([name, field]) => (
          <Values name={name} buckets={(found.get(field) ?? []).filter((one) => one.doc_count > 0)} />
        ))}
      </Shown>
    </aside>
  );
}

function Values({ name, buckets }: { name: string; buckets: Bucket[] }): JSX.Element | null {
  const picked = useAddress().query.get(name);
  const shown = buckets.slice(0, MOST);
  // What was picked can be let go, also where nothing has it, or little.
  if (picked && !shown.some((one) => String(one.key) === picked)) shown.unshift({ key: picked, doc_count: 0 });
  if (shown.length === 0) return null;
  return (
    <fieldset>
      <legend>{name}</legend>
      {shown.map(({ key, doc_count }) => {
        const isPicked = picked === String(key);
        return (
          <button aria-pressed={isPicked} onClick={() => set({ [name]: isPicked ? null : String(key) }, true)}>
            <span>{value(key)}</span><span class="number">{doc_count || ''}</span>
          </button>
        );
      })}
      {buckets.length > MOST && <p class="quiet">and {buckets.length - MOST} more{buckets.length >= ASKED && ' at least'}</p>}
    </fieldset>
  );
}
