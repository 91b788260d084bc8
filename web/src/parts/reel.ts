// SPDX-License-Identifier: Apache-2.0
// What a sensor recorded around a time, fetched by stretches and kept while they are looked at.

import { documents, iso, links, ms, shown, type AssetType, type Doc } from '../data';

const STRETCH_MS = 5000;
const MOST = 1000;
// Playing and searching on a long session would otherwise keep all of it.
const MOST_STRETCHES = 8;
const WANTED = [
  'id', 'timestamp', 'start_time', 'object_access', 'thumbnails', 'width', 'height',
];
// Links expire; what is older is fetched again.
const FRESH_MS = 5 * 60_000;

export interface Shot {
  doc: Doc;
  url: string;
}

interface Stretch {
  shots: Promise<Shot[]>;
  made_at: number;
}

/** The recordings of one sensor in one session, in order of time. */
export class Reel {
  private readonly stretches = new Map<string, Stretch>();

  constructor(
    private readonly type: AssetType,
    private readonly uid: string,
    private readonly sensor: string,
  ) {}

  /** The newest that is not later than a time, if there is one, and the one after it. */
  async at(time: number): Promise<[Shot?, Shot?]> {
    const number = Math.floor(time / STRETCH_MS);
    const shots = await this.stretch(number);
    void this.stretch(number + 1);
    const index = shots.findLastIndex((one) => begun(one.doc) <= time);
    return [shots[index] ?? (await this.before(number * STRETCH_MS)), shots[index + 1]];
  }

  private stretch(number: number): Promise<Shot[]> {
    const start = number * STRETCH_MS;
    return this.kept(`${number}`, { start_time: iso(start), end_time: iso(start + STRETCH_MS - 1) });
  }

  private async before(time: number): Promise<Shot | undefined> {
    const [shot] = await this.kept(`before ${time}`, { end_time: iso(time) }, 1, 'desc');
    return shot;
  }

  private kept(key: string, time_range: object, size = MOST, order: 'asc' | 'desc' = 'asc'): Promise<Shot[]> {
    const known = this.stretches.get(key);
    if (known && Date.now() - known.made_at < FRESH_MS) return known.shots;
    const filters = [
      { field: 'session_uid', values: [this.uid] }, { field: 'sensor', values: [this.sensor] },
    ];
    const query = { filters, time_range, source_selected_fields: WANTED };
    const shots = documents(this.type, query, { size, sort: 'timestamp', order })
      .then((docs) => withLinks(docs, this.type === 'lidars' ? ['skip_1'] : []));
    shots.catch(() => this.stretches.delete(key));
    this.stretches.delete(key);
    this.stretches.set(key, { shots, made_at: Date.now() });
    const [oldest] = this.stretches.keys();
    if (this.stretches.size > MOST_STRETCHES) this.stretches.delete(oldest!);
    return shots;
  }
}

const begun = (doc: Doc): number => ms(doc.start_time ?? doc.timestamp);

/** Documents with links to their bytes, or to the first of these thumbnails that there is. */
export async function withLinks(docs: Doc[], kinds: string[]): Promise<Shot[]> {
  const wanted = docs.flatMap((doc) => {
    const access = shown(doc, ...kinds);
    return access ? [{ id: doc.id, access }] : [];
  });
  const urls = await links(wanted);
  return docs.map((doc) => ({ doc, url: urls.get(doc.id) ?? '' }));
}
