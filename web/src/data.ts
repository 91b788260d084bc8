// SPDX-License-Identifier: Apache-2.0
// What the server holds, and the questions that pages ask about it.

import { call, Refused } from './api';

export type AssetType = 'images' | 'videos' | 'lidars' | 'objects';

export interface Access {
  uri?: string;
  url?: string;
  filename?: string;
}

export interface Place {
  lat: number;
  lon: number;
}

/** A document; types share most of their fields. Anybody may have written it: nothing but the id is sure. */
export interface Doc {
  id: string;
  name?: string;
  timestamp?: string;
  sensor?: string;
  session_uid?: string;
  sets?: unknown;
  width?: number;
  height?: number;
  start_time?: string;
  end_time?: string;
  object_access?: Access;
  thumbnails?: Record<string, { object_access?: Access } | null> | null;
  aux?: Record<string, unknown> & { geolocation?: Place };
  [field: string]: unknown;
}

export interface SessionDoc extends Doc {
  session_name?: string;
  resolution?: number;
  resolution_status?: string;
}

/** What should be a list, as one. */
export const list = <T>(held: T[] | unknown): T[] => (Array.isArray(held) ? (held as T[]) : []);

export interface Query {
  filters?: { field: string; values: unknown[]; filter_out?: boolean }[];
  exists_filters?: { field: string }[];
  range_filters?: Record<string, unknown>[];
  wildcard_filters?: { field: string; values: string[]; filter_out?: boolean }[];
  time_range?: { start_time?: string; end_time?: string };
  text?: string;
  source_selected_fields?: string[];
}

export interface Page {
  size?: number;
  offset?: number;
  sort?: string;
  order?: 'asc' | 'desc';
}

export function documents<T = Doc>(type: string, query: Query = {}, page: Page = {}): Promise<T[]> {
  const { size = 50, offset = 0, sort, order = 'asc' } = page;
  const asked = new URLSearchParams({ size: `${size}`, offset: `${offset}`, sort_order: order });
  if (sort) asked.set('sort_field', sort);
  return call('POST', `/v1/${type}/meta?${asked}`, query);
}

/** One document; a 404 is an error that says so. */
export const document_ = (type: string, id: string): Promise<Doc> =>
  call('GET', `/v1/assets/meta/${encodeURIComponent(id)}?asset_type=${type}`);

export const count = (type: string, query: Query): Promise<number> =>
  call('POST', `/v1/assets/count?asset_type=${type}`, query);

export interface Bucket {
  key: string | number | boolean;
  doc_count: number;
}

/** How many documents have which values, field by field; `most` values of each. */
export async function summary(
  type: string, dimensions: string[], search: Query, most = 100,
): Promise<Map<string, Bucket[]>> {
  const answer = await call<{ aggregations: { dimension: string; buckets: Bucket[] }[] }>(
    'POST', `/v1/${type}/meta/summary`, { dimensions, search, max_size_for_agg: most },
  );
  return new Map(answer.aggregations.map((one) => [one.dimension, one.buckets]));
}

export type Numbers = (number | null)[];

/** What a drawing of some columns can show of a timeline; each column is `step` cells. */
export interface Outline {
  kinds: Record<string, 'number' | 'vector' | 'coded' | 'list'>;
  cells: number;
  resolution_s: number;
  step: number;
  timestamp: string[];
  numbers: Record<string, { min: Numbers; max: Numbers; first: Numbers }>;
  states: Record<string, { runs: [number, number, unknown][]; exact: boolean }>;
}

/** A span of time, milliseconds since the Unix epoch. */
export type Span = [number, number];

export function outline(uid: string, fields: string[], columns: number, span?: Span): Promise<Outline> {
  const time_range = span && { start_time: iso(span[0]), end_time: iso(span[1]) };
  return call('POST', `/v1/session_manager/outline/${encodeURIComponent(uid)}`, { fields, columns, time_range });
}

export type Found = Record<string, { intervals: [string, string][] }>;

/** Sessions by what happened in them; only those that are resolved. */
export const sessionsWhere = (query: Query): Promise<Found> =>
  call('POST', '/v1/session_manager/search', query);

export interface Link {
  id: string;
  access: Access;
}

/** Turn accesses into links that need no token, on the origin that this page came from. */
export async function links(wanted: Link[]): Promise<Map<string, string>> {
  if (wanted.length === 0) return new Map();
  try {
    const made = await call<Record<string, string>>(
      'POST', '/v1/assets/url_from_object_access_in_batch',
      { ids: wanted.map((one) => one.id), object_accesses: wanted.map((one) => one.access) },
    );
    return new Map(Object.entries(made).map(([id, url]) => [id, here(url)]));
  } catch (error) {
    if (!(error instanceof Refused && [400, 403, 404].includes(error.status))) throw error;
    // One access that leads nowhere must not hide the others: halves, until it is alone.
    if (wanted.length === 1) return new Map();
    const half = wanted.length >> 1;
    const parts = await Promise.all([links(wanted.slice(0, half)), links(wanted.slice(half))]);
    return new Map(parts.flatMap((part) => [...part]));
  }
}

/** The server may be known by several names; its links work under the one in the address bar. */
function here(url: string): string {
  if (!URL.canParse(url)) return '';
  const at = new URL(url);
  if (at.pathname.startsWith('/v1/storage/')) return at.pathname + at.search;
  // Documents may name any address; a script is none.
  return /^https?:$/.test(at.protocol) ? at.href : '';
}

/** The access of a thumbnail, of the first kind that there is, or of the asset itself. */
export function shown(doc: Doc, ...kinds: string[]): Access | undefined {
  const kind = kinds.find((one) => doc.thumbnails?.[one]?.object_access);
  return kind ? doc.thumbnails?.[kind]?.object_access : doc.object_access ?? undefined;
}

/** Milliseconds since the Unix epoch; NaN where there is no time. */
export const ms = (time: unknown): number => (typeof time === 'string' ? Date.parse(time) : NaN);

export const iso = (time_ms: number): string => new Date(time_ms).toISOString();
