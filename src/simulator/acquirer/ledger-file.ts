import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
} from 'node:fs';
import { z } from 'zod';
import { type Booking } from './books.ts';

/**
 * The books on disk: a head with the fingerprint key, then one booking a line, appended before it is
 * answered. It survives the death of the process at any point, not a power cut (nothing is synced).
 */
export interface LedgerFile extends Disposable {
  readonly fingerprintKey: string;
  /** What the file held when it was opened, oldest first. */
  readonly bookings: readonly Booking[];
  append(booking: Booking): void;
  /** Forgets every booking. */
  clear(): void;
}

const head = z.object({ fingerprintKey: z.string().min(1) });
const booking = z.object({
  entry: z.object({
    type: z.enum(['AUTHORISATION', 'CAPTURE', 'VOID', 'REFUND', 'REVERSAL']),
    approved: z.boolean(),
    amount: z.int(),
    currency: z.string(),
    reference: z.string(),
    originalReference: z.string().nullable(),
    pspTransactionId: z.string(),
    responseCode: z.string(),
    at: z.string(),
  }),
  answer: z.string(),
  fingerprint: z.string(),
  remembered: z.boolean().default(false),
});

/** Opens or makes the file. A last line without its end is what a kill left, and is cut off. */
export function openLedgerFile(path: string, newFingerprintKey: string): LedgerFile {
  const [headLine, ...lines] = existsSync(path) ? wholeLinesOf(path) : [];
  const { fingerprintKey } =
    headLine === undefined
      ? { fingerprintKey: newFingerprintKey }
      : parseLine(head, headLine, `${path}, line 1`);
  const bookings = lines.map((line, index) =>
    parseLine(booking, line, `${path}, line ${index + 2}`),
  );

  const headText = `${JSON.stringify({ fingerprintKey })}\n`;
  const descriptor = openSync(path, 'a', 0o600);
  let sizeBytes = Buffer.byteLength([headText, ...lines.map((line) => `${line}\n`)].join(''));

  function appendWhole(text: string): void {
    try {
      appendFileSync(descriptor, text);
      sizeBytes += Buffer.byteLength(text);
    } catch (error) {
      // A full disk may have taken half the line; the next one must not be glued to it.
      ftruncateSync(descriptor, sizeBytes);
      throw error;
    }
  }

  if (headLine === undefined) {
    ftruncateSync(descriptor, 0);
    sizeBytes = 0;
    appendWhole(headText);
  } else {
    ftruncateSync(descriptor, sizeBytes);
  }

  return {
    fingerprintKey,
    bookings,
    append: (entry) => {
      appendWhole(`${JSON.stringify(entry)}\n`);
    },
    clear: () => {
      sizeBytes = Buffer.byteLength(headText);
      ftruncateSync(descriptor, sizeBytes);
    },
    [Symbol.dispose]: () => {
      closeSync(descriptor);
    },
  };
}

function wholeLinesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

function parseLine<Shape extends z.ZodType>(
  shape: Shape,
  line: string,
  place: string,
): z.infer<Shape> {
  try {
    return shape.parse(JSON.parse(line));
  } catch {
    throw new Error(`${place}: this is no line of a ledger. Move the file away to start anew.`);
  }
}
