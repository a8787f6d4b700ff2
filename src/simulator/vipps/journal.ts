import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type Payment } from './payment.ts';
import { type ReceivedUpdate } from './status-updates/status-update.ts';

/**
 * What a restarted simulator remembers: one JSON object a line, the newest line about a thing
 * wins. The file is readable by its owner only, since it holds the payments' makePayment tokens.
 */
export interface Journal {
  readonly payments: readonly Payment[];
  /** Status updates received and not yet taken by a nightly batch. */
  readonly waitingUpdates: readonly ReceivedUpdate[];
  payment(payment: Payment): void;
  update(update: ReceivedUpdate): void;
  batchRan(): void;
  cleared(): void;
  close(): void;
}

type Line =
  | { readonly payment: Payment }
  | { readonly update: ReceivedUpdate }
  | { readonly mark: 'batchRan' | 'cleared' };

const forgetful: Journal = {
  payments: [],
  waitingUpdates: [],
  payment: () => undefined,
  update: () => undefined,
  batchRan: () => undefined,
  cleared: () => undefined,
  close: () => undefined,
};

/** Opens the file, reads what is in it and rewrites it without what is outdated. */
export function openJournal(file: string | undefined): Journal {
  if (file === undefined) return forgetful;
  const remembered = read(file);
  rewrite(file, remembered);
  const descriptor = openSync(file, 'a', 0o600);
  let isOpen = true;
  const append = (line: Line): void => {
    if (isOpen) writeSync(descriptor, JSON.stringify(line) + '\n');
  };
  return {
    ...remembered,
    payment: (payment) => {
      append({ payment });
    },
    update: (update) => {
      append({ update });
    },
    batchRan: () => {
      append({ mark: 'batchRan' });
    },
    cleared: () => {
      append({ mark: 'cleared' });
    },
    close: () => {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

type Remembered = Pick<Journal, 'payments' | 'waitingUpdates'>;

function read(file: string): Remembered {
  const payments = new Map<string, Payment>();
  let waitingUpdates: ReceivedUpdate[] = [];
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const line of lines.flatMap(parsed)) {
    if ('payment' in line) payments.set(line.payment.pspTransactionId, line.payment);
    else if ('update' in line) waitingUpdates.push(line.update);
    else waitingUpdates = [];
    if ('mark' in line && line.mark === 'cleared') payments.clear();
  }
  return { payments: [...payments.values()], waitingUpdates };
}

/** A process that was killed leaves half a line at the end; it is as if it was never written. */
function parsed(text: string): readonly Line[] {
  if (text === '') return [];
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? [line] : [];
  } catch {
    return [];
  }
}

function isLine(line: unknown): line is Line {
  if (typeof line !== 'object' || line === null) return false;
  return 'payment' in line || 'update' in line || 'mark' in line;
}

function rewrite(file: string, remembered: Remembered): void {
  const lines: readonly Line[] = [
    ...remembered.payments.map((payment) => ({ payment })),
    ...remembered.waitingUpdates.map((update) => ({ update })),
  ];
  const text = lines.map((line) => JSON.stringify(line) + '\n').join('');
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
