// SPDX-License-Identifier: Apache-2.0
// What people type into a search field, as a query of the protocol.

import type { Query } from './data';

const CLAUSE = /^(-?)([^\s:<>"]+)(:|>=|<=|>|<)(.+)$/;
const BOUND: Record<string, string> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };
export const HELP = 'words · sensor:camera_front · -sensor:lidar · id:cam* · speed>3 · timestamp<2026-01-02';

/** Read words, `field:value` (`*` and `?` for any characters), `-field:value` and `field>3`. */
export function read(text: string): Query {
  const query: Required<Pick<Query, 'filters' | 'range_filters' | 'wildcard_filters'>> & Query = {
    filters: [], range_filters: [], wildcard_filters: [],
  };
  const words: string[] = [];
  for (const token of tokens(text)) {
    const [, minus, field, operator, value] = CLAUSE.exec(token) ?? [];
    if (!field || !operator || value === undefined) words.push(token);
    else if (operator in BOUND) query.range_filters.push({ field, [BOUND[operator]!]: typed(value) });
    else if (/[*?]/.test(value)) query.wildcard_filters.push({ field, values: [value], filter_out: !!minus });
    else query.filters.push({ field, values: alike(value), filter_out: !!minus });
  }
  if (words.length) query.text = words.join(' ');
  return query;
}

function tokens(text: string): string[] {
  return (text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((token) => token.replaceAll('"', ''));
}

function typed(value: string): number | string {
  return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** A number may be stored as one, or as a text: both are meant. */
function alike(value: string): unknown[] {
  if (value === 'true' || value === 'false') return [value === 'true', value];
  const number = typed(value);
  return typeof number === 'number' ? [number, value] : [value];
}
