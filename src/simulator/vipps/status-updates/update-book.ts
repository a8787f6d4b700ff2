import { type Journal } from '../journal.ts';
import { type ReceivedUpdate } from './status-update.ts';

/** Every updatestatus request that was accepted, and those that the nightly batch has yet to take. */
export interface UpdateBook {
  add(update: ReceivedUpdate): void;
  list(offset: number, limit: number): readonly ReceivedUpdate[];
  count(): number;
  waitingCount(): number;
  /** For the nightly batch: what came since the last one, in the order in which it came. */
  takeWaiting(): readonly ReceivedUpdate[];
  clear(): void;
}

export function createUpdateBook(journal: Journal): UpdateBook {
  let received: ReceivedUpdate[] = [...journal.waitingUpdates];
  let taken = 0;
  return {
    add: (update) => {
      received.push(update);
      journal.update(update);
    },
    list: (offset, limit) => received.slice(offset, offset + limit),
    count: () => received.length,
    waitingCount: () => received.length - taken,
    takeWaiting: () => {
      const waiting = received.slice(taken);
      taken = received.length;
      return waiting;
    },
    clear: () => {
      received = [];
      taken = 0;
    },
  };
}
