import { createHmac } from 'node:crypto';
import { type Booking, type Books, emptyBooks, enter, type LedgerEntry } from './books.ts';
import { openLedgerFile } from './ledger-file.ts';

/** The books, and their file where there is one. */
export interface Ledger extends Disposable {
  /** Replaced by `clear`, so do not hold on to it. */
  readonly books: Books;
  /** Writes first, applies then: what is answered is what a restart finds. */
  book(booking: Booking): void;
  /** Tells a repeat from a reused key without keeping the message, which holds card data. */
  fingerprintOf(operation: string, message: unknown): string;
  entries(): readonly LedgerEntry[];
  clear(): void;
}

export type LedgerOptions = {
  readonly file: string | undefined;
  /** For a file that has none yet, and where there is no file. */
  readonly fingerprintKey: string;
};

export function openLedger(options: LedgerOptions): Ledger {
  const file =
    options.file === undefined ? undefined : openLedgerFile(options.file, options.fingerprintKey);
  const fingerprintKey = file?.fingerprintKey ?? options.fingerprintKey;
  let books = emptyBooks();
  for (const booking of file?.bookings ?? []) enter(books, booking);

  return {
    get books() {
      return books;
    },
    book(booking) {
      file?.append(booking);
      enter(books, booking);
    },
    fingerprintOf: (operation, message) =>
      createHmac('sha256', fingerprintKey)
        .update(operation)
        .update(JSON.stringify(message))
        .digest('base64'),
    entries: () => books.entries,
    clear() {
      file?.clear();
      books = emptyBooks();
    },
    [Symbol.dispose]() {
      file?.[Symbol.dispose]();
    },
  };
}
