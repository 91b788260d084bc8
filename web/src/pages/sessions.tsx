// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { href, set, useAddress } from '../address';
import {
  documents, ms, sessionsWhere, summary, type Found, type Query, type SessionDoc,
} from '../data';
import { Shown, useLoad } from '../load';
import { SearchField } from '../parts/search';
import { duration, moment, titled } from '../parts/words';
import { read } from '../query';

const MOST = 200;
const MEDIA = ['images', 'videos', 'lidars'] as const;

interface Row {
  doc: SessionDoc;
  intervals: [string, string][];
  counts: Record<string, number>;
}

/** All sessions, newest first, or those in which something happened; looked at again while one is being resolved. */
export function SessionsPage(): JSX.Element {
  const text = useAddress().query.get('q') ?? '';
  const rows = useLoad(text, () => find(text), (found) =>
    found?.some(({ doc }) => doc.resolution_status !== 'resolved') ?? false);
  return (
    <>
      <h1>Sessions</h1>
      <SearchField value={text} onSearch={(q) => set({ q }, true)} />
      <Shown of={rows}>{(found) => <Table rows={found} isSearch={text !== ''} />}</Shown>
    </>
  );
}

async function find(text: string): Promise<Row[]> {
  const query = read(text);
  const happened: Found = text ? await sessionsWhere(query) : {};
  const named = text ? { filters: [{ field: 'id', values: Object.keys(happened) }] } : {};
  // What is not resolved yet is found by its name at least.
  const pages = [named, ...(query.text ? [{ text: query.text }] : [])].map((one) => newest(one));
  const docs = new Map((await Promise.all(pages)).flat().map((doc) => [doc.id, doc]));
  const counts = await countMedia([...docs.keys()]);
  return [...docs.values()].map((doc) => ({
    doc,
    intervals: happened[doc.id]?.intervals ?? [],
    counts: Object.fromEntries(MEDIA.map((type) => [type, counts[type]?.get(doc.id) ?? 0])),
  }));
}

const newest = (query: Query): Promise<SessionDoc[]> =>
  documents<SessionDoc>('sessions', query, { size: MOST, sort: 'start_time', order: 'desc' });

async function countMedia(uids: string[]): Promise<Record<string, Map<string, number>>> {
  const search = { filters: [{ field: 'session_uid', values: uids }] };
  const counted = MEDIA.map(async (type) => {
    const buckets = (await summary(type, ['session_uid'], search, uids.length || 1)).get('session_uid') ?? [];
    return [type, new Map(buckets.map((one) => [String(one.key), one.doc_count]))] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}

function Table({ rows, isSearch }: { rows: Row[]; isSearch: boolean }): JSX.Element {
  if (rows.length === 0) {
    return <p class="quiet">No session.{!isSearch && <> Add one: <code>scenebox upload recordings/</code></>}</p>;
  }
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Name</th><th>Start (UTC)</th><th class="number">Duration</th>
            {MEDIA.map((type) => <th class="number">{titled(type)}</th>)}
            <th>Timeline</th>{isSearch && <th>Found at</th>}
          </tr>
        </thead>
        <tbody>{rows.map((row) => <Line key={row.doc.id} {...row} isSearch={isSearch} />)}</tbody>
      </table>
      {rows.length >= MOST && <p class="quiet">The newest {MOST}; search for others.</p>}
    </div>
  );
}

function Line({ doc, intervals, counts, isSearch }: Row & { isSearch: boolean }): JSX.Element {
  return (
    <tr>
      <td><a href={href('sessions', { session_uid: doc.id })}>{doc.session_name || doc.id}</a></td>
      <td>{moment(doc.start_time)}</td>
      <td class="number">{duration(ms(doc.end_time) - ms(doc.start_time))}</td>
      {MEDIA.map((type) => <td class={counts[type] ? 'number' : 'number quiet'}>{counts[type]?.toLocaleString('en')}</td>)}
      <td>{doc.resolution_status}</td>
      {isSearch && <td>
        {intervals.slice(0, 5).map(([start]) => (
          <a class="chip" href={href('sessions', { session_uid: doc.id, t: start })}>
            {duration(ms(start) - ms(doc.start_time))}
          </a>
        ))}
        {intervals.length > 5 && `and ${intervals.length - 5} more`}
      </td>}
    </tr>
  );
}
