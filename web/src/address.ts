// SPDX-License-Identifier: Apache-2.0
// The state of a page is its address: it can be kept, sent and gone back to.

import { useEffect, useState } from 'preact/hooks';

export interface Address {
  page: string;
  query: URLSearchParams;
}

const current = (): Address => ({
  page: location.pathname.replace(/^\/+|\/+$/g, ''),
  query: new URLSearchParams(location.search),
});

/** The address now; who uses it is drawn again when it changes. */
export function useAddress(): Address {
  const [address, setAddress] = useState(current);
  useEffect(() => {
    const changed = () => setAddress(current());
    addEventListener('popstate', changed);
    return () => removeEventListener('popstate', changed);
  }, []);
  return address;
}

/** Go to a page of the app. */
export function go(href: string): void {
  history.pushState(null, '', href);
  dispatchEvent(new PopStateEvent('popstate'));
  scrollTo(0, 0);
}

/** Change parts of the query; null takes one out. Only a step can be gone back to. */
export function set(changes: Record<string, string | null>, isStep = false): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  const address = location.pathname + (text ? `?${text}` : '');
  if (isStep) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  dispatchEvent(new PopStateEvent('popstate'));
}

/** The address of a page with a query. */
export function href(page: string, query: Record<string, string> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `/${page}${text ? `?${text}` : ''}`;
}

/** Links of the app stay in it; a click with a modifier is the browser's. */
export function follow(event: MouseEvent): void {
  const anchor = (event.target as Element | null)?.closest('a');
  if (!anchor || anchor.origin !== location.origin || anchor.hasAttribute('download')) return;
  if (anchor.target || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (/^\/(v1|docs|metrics|web)(\/|$)/.test(anchor.pathname)) return;
  event.preventDefault();
  go(anchor.pathname + anchor.search);
}
