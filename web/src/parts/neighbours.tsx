// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { href } from '../address';
import { documents, iso, ms, type AssetType, type Doc } from '../data';
import { useLoad } from '../load';

/** What the same sensor recorded before and after. */
export function Neighbours({ type, doc }: { type: AssetType; doc: Doc }): JSX.Element | null {
  const at = ms(doc.timestamp);
  const near = useLoad(doc.id, async () => {
    const filters = (['session_uid', 'sensor'] as const).flatMap((field) => doc[field] ? [{ field, values: [doc[field]] }] : []);
    const find = async (time_range: object, order: 'asc' | 'desc') =>
      (await documents(type, { filters, time_range, source_selected_fields: ['id'] }, { size: 1, sort: 'timestamp', order }))[0]?.id;
    return Promise.all([find({ end_time: iso(at - 1) }, 'desc'), find({ start_time: iso(at + 1) }, 'asc')]);
  });
  if (Number.isNaN(at) || !doc.sensor) return null;
  const [before, after] = near.value ?? [];
  const link = (id: string | undefined, text: string) =>
    id ? <a href={href(type, { [type.slice(0, -1)]: id })}>{text}</a> : <span class="quiet">{text}</span>;
  return <nav class="neighbours" aria-label="Same sensor">{link(before, '‹ Before')}{link(after, 'After ›')}</nav>;
}
