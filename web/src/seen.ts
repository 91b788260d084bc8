// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState, type MutableRef } from 'preact/hooks';

/** Whether an element is in view, or nearly. */
export function useSeen<E extends Element>(): [boolean, MutableRef<E | null>] {
  const [isSeen, setSeen] = useState(false);
  const element = useRef<E>(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(
      (entries) => setSeen(entries.at(-1)!.isIntersecting), { rootMargin: '600px' });
    watcher.observe(element.current!);
    return () => watcher.disconnect();
  }, []);
  return [isSeen, element];
}
