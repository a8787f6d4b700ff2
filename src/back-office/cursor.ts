import { z } from 'zod';

/** The last payment of a page: the next one begins after it, whatever was made in the meantime. */
export interface Cursor {
  /** To the microsecond, as the database writes it. */
  readonly createdAt: string;
  readonly id: string;
}

const form = z.tuple([
  z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/),
  z.uuid(),
]);

export function writeCursor({ createdAt, id }: Cursor): string {
  return Buffer.from(JSON.stringify([createdAt, id]), 'utf8').toString('base64url');
}

/** Undefined for what we never wrote. */
export function readCursor(text: string): Cursor | undefined {
  try {
    const [createdAt, id] = form.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    // Shaped like a moment, yet none: the thirtieth of February.
    return Number.isNaN(Date.parse(createdAt.replace(' ', 'T').replace('+00', 'Z')))
      ? undefined
      : { createdAt, id };
  } catch {
    return undefined;
  }
}
