import { type Pool } from 'pg';
import { type PaymentState } from '../payments/payment-state.ts';
import { type Rail } from '../payments/rail.ts';
import { type Currency } from '../shared/money.ts';
import { sha256 } from '../shared/secret.ts';
import { type ReturnUrls } from './begin-step-up.ts';
import { type SealedFor } from './proof-seal.ts';
import { endDueSql, endSql, enterSql, findSql } from './step-up-sql.ts';

export type StepUpState =
  'OPEN' | 'ENTERED' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT' | 'CLOSED';

/** A step-up as its page needs it. */
export interface StepUpSession extends SealedFor {
  readonly state: StepUpState;
  /** Its time is up, or its payment was ended otherwise, and nobody has written that down here yet. */
  readonly overdue: boolean;
  readonly secondsLeft: number;
  /** SHA-256 of the page view that entered. */
  readonly entryHash: Buffer | null;
  readonly serverReference: string;
  readonly challengeUrl: string;
  readonly returnUrls: ReturnUrls;
  readonly rail: Rail;
  readonly merchantName: string;
  readonly amountMinor: bigint;
  readonly currency: Currency;
}

/** What is written when a challenge ends. */
export interface StepUpEnd {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';
  /** Where the payment goes; it stays where it is after a success. */
  readonly toState: PaymentState;
  readonly event: string;
  /** The merchant's event that goes with the move, if any. */
  readonly merchantEvent: string | null;
  readonly proof?: {
    readonly eci: string;
    readonly transactionId: string;
    readonly sealedAuthenticationValue: Buffer;
  };
}

/**
 * The statements on a step-up after it was opened, each one commit. Those that end it lock the
 * payment's row first: a callback of Vipps comes before or after, never in between.
 */
export interface StepUpRepository {
  /** The token alone leads to the session. */
  find(token: string): Promise<StepUpSession | undefined>;
  /** Enters it for this page view, unless another one has entered, or it is no longer open. */
  enter(token: string, visit: string): Promise<void>;
  /** False where it had ended already, or its payment awaits no customer any more. */
  end(token: string, end: StepUpEnd): Promise<boolean>;
  /** Ends those whose time is up, at most `limit`; says whose. */
  endDue(end: StepUpEnd, limit: number): Promise<readonly string[]>;
}

export function createStepUpRepository(hot: Pool): StepUpRepository {
  return {
    find: async (token) => {
      const values = [sha256(token)];
      const { rows } = await hot.query<SessionRow>({ name: 'step-up', text: findSql, values });
      return rows[0] && toSession(rows[0]);
    },
    enter: async (token, visit) => {
      const values = [sha256(token), sha256(visit)];
      await hot.query({ name: 'step-up-enter', text: enterSql, values });
    },
    end: async (token, end) => {
      const { state, toState, event, merchantEvent, proof } = end;
      const values = [
        ...[sha256(token), state, toState, event, merchantEvent],
        ...[proof?.eci, proof?.transactionId, proof?.sealedAuthenticationValue],
      ];
      const { rows } = await hot.query({ name: 'step-up-end', text: endSql, values });
      return rows.length > 0;
    },
    endDue: async ({ state, toState, event, merchantEvent }, limit) => {
      const values = [limit, state, toState, event, merchantEvent];
      const query = { name: 'step-up-end-due', text: endDueSql, values };
      const { rows } = await hot.query<{ payment_id: string }>(query);
      return rows.map(({ payment_id }) => payment_id);
    },
  };
}

interface SessionRow {
  readonly payment_id: string;
  readonly attempt: number;
  readonly leg: number;
  readonly state: StepUpState;
  readonly overdue: boolean;
  readonly seconds_left: number;
  readonly entry_hash: Buffer | null;
  readonly server_reference: string;
  readonly challenge_url: string;
  readonly return_urls: ReturnUrls;
  readonly rail: Rail;
  readonly name: string;
  readonly amount_minor: bigint;
  readonly currency: Currency;
}

function toSession(row: SessionRow): StepUpSession {
  return {
    paymentId: row.payment_id,
    attempt: row.attempt,
    leg: row.leg,
    state: row.state,
    overdue: row.overdue,
    secondsLeft: row.seconds_left,
    entryHash: row.entry_hash,
    serverReference: row.server_reference,
    challengeUrl: row.challenge_url,
    returnUrls: row.return_urls,
    rail: row.rail,
    merchantName: row.name,
    amountMinor: row.amount_minor,
    currency: row.currency,
  };
}
