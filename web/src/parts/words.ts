// SPDX-License-Identifier: Apache-2.0
// Times, sizes and values, as people read them.

/** A moment, in UTC, to the millisecond where there are any. */
export function moment(time: unknown): string {
  const at = typeof time === 'number' ? time : Date.parse(String(time));
  return Number.isNaN(at) ? '–' : new Date(at).toISOString().replace('T', ' ').replace(/(\.000)?Z$/, '');
}

export function duration(length_ms: number): string {
  if (Number.isNaN(length_ms)) return '–';
  const s = length_ms / 1000;
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  const rest = `${`${Math.floor(s % 60)}`.padStart(2, '0')}`;
  return hours ? `${hours}:${`${minutes}`.padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(size || 1) / 3)));
  return `${(size / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

export function value(of: unknown): string {
  if (of === null || of === undefined) return '–';
  return typeof of === 'object' ? JSON.stringify(of) : String(of);
}

/** A number with as many digits as people read. */
export const short = (number: number): string =>
  Number.isInteger(number) && Math.abs(number) < 1e9 ? String(number) : Number(number.toPrecision(6)).toString();

// What ROS messages mean by these fields, and what names of fields end in.
const UNITS: [RegExp, string][] = [
  [/angular_velocity\.[xyz]$|twist\.angular\.[xyz]$/, 'rad/s'],
  [/linear_acceleration\.[xyz]$/, 'm/s²'],
  [/twist\.linear\.[xyz]$/, 'm/s'],
  [/position\.[xyz]$/, 'm'],
  [/_(m|s|ms|hz|deg|rad)$/i, '$1'],
];

/** The unit of a field, where its name says it. */
export function unit(name: string): string {
  const [pattern, meant] = UNITS.find(([one]) => one.test(name)) ?? [];
  return meant?.replace('$1', pattern!.exec(name)?.[1] ?? '') ?? '';
}

/** A word as a heading begins. */
export const titled = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
