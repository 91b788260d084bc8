// SPDX-License-Identifier: Apache-2.0

/** Do one thing at a time; of what is asked meanwhile, only the newest is done. */
export function latest<T>(work: (asked: T) => Promise<void>): (asked: T) => void {
  let isBusy = false;
  let next: { asked: T } | undefined;
  const run = async (): Promise<void> => {
    isBusy = true;
    while (next) {
      const { asked } = next;
      next = undefined;
      await work(asked);
    }
    isBusy = false;
  };
  return (asked) => {
    next = { asked };
    if (!isBusy) void run();
  };
}
