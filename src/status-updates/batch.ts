import { type Rail } from '../payments/rail.ts';
import { type StatusLine } from '../psp-api/psp-api.ts';

/** One line of the outbox, as Vipps gets it, and whose it is. */
export interface BatchLine {
  readonly paymentId: string;
  readonly sequence: number;
  readonly line: StatusLine;
}

/** Lines of one merchant and one rail that go to Vipps in one request, always the same ones in the same order. */
export interface Batch {
  /** The Request-Id. */
  readonly id: string;
  readonly msn: string;
  readonly rail: Rail;
  /** Which sending this is, 1 and up; committed before it is sent. */
  readonly attempt: number;
  readonly lines: readonly BatchLine[];
}

/** A merchant for whom something can be done now: an open batch to send again, or a new one to make. */
export interface DueWork {
  readonly msn: string;
  readonly rail: Rail;
  readonly open: { readonly id: string; readonly attempts: number } | undefined;
}
