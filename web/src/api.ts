// SPDX-License-Identifier: Apache-2.0
// The only place that asks the server, and the only one that knows the token; bytes come by signed links.

const KEY = 'scenebox-token';
// A busy server says how long to wait; longer than this, people would rather be told.
const MOST_TRIES = 5;
const MOST_WAIT_S = 10;

/** What the server answered instead of what was asked for. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Whether somebody has signed in, in this tab. */
export const isSignedIn = (): boolean => sessionStorage.getItem(KEY) !== null;

/** End the stay; `why`, if it was not asked for. */
export function signOut(why = ''): void {
  sessionStorage.removeItem(KEY);
  dispatchEvent(new CustomEvent('signed-out', { detail: why }));
}

export interface Caller {
  username: string;
  role: string;
  organization: string;
}

/** Keep a token for as long as the tab is open, if the server knows it. */
export async function signIn(token: string): Promise<Caller> {
  const caller = await request<Caller>('GET', '/auth', undefined, token);
  sessionStorage.setItem(KEY, token);
  return caller;
}

/** Ask the server; a token that it no longer takes ends the stay. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await request<T>(method, path, body, sessionStorage.getItem(KEY) ?? '');
  } catch (error) {
    if (error instanceof Refused && error.status === 401) signOut(error.message);
    throw error;
  }
}

async function request<T>(
  method: string, path: string, body: unknown, token: string, tries = MOST_TRIES,
): Promise<T> {
  if (!/^[\x21-\x7e]*$/.test(token)) throw new Refused(401, 'unauthorized', 'a token has no such letters');
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body: JSON.stringify(body) });
  } catch {
    throw new Refused(0, 'unreachable', 'the server does not answer; is it running?');
  }
  const wait_s = Number(response.headers.get('Retry-After') ?? NaN);
  if (tries > 1 && [429, 503].includes(response.status) && wait_s <= MOST_WAIT_S) {
    await new Promise((resolve) => setTimeout(resolve, wait_s * 1000));
    return request(method, path, body, token, tries - 1);
  }
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
  throw refused(response.status, text);
}

function refused(status: number, text: string): Refused {
  try {
    const { code, message } = (JSON.parse(text) as { error: { code: string; message: string } }).error;
    return new Refused(status, code, message);
  } catch {
    return new Refused(status, 'failed', `the server answered ${status}`);
  }
}
