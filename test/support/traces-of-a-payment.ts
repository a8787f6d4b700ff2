import { type Database } from '../../src/database/database.ts';
import { type APayment } from './a-payment.ts';

/** What the database knows of a payment's newest leg and its reversal; null where there is none. */
export interface Traces {
  readonly state: string;
  readonly replyStatus: string | null;
  readonly delivery: string | null;
  readonly outcome: string | null;
  readonly reversal: string | null;
}

export async function tracesOf(database: Database, payment: APayment): Promise<Traces | undefined> {
  const { rows } = await database.hot.query<Traces>(
    `select p.state, l.reply_status as "replyStatus", l.delivery, l.outcome, r.state as reversal
     from payment p left join authorisation_leg l on l.payment_id = p.id
     left join reversal r on r.payment_id = p.id and r.leg = l.leg
     where p.id = $1 order by l.leg desc limit 1`,
    [payment.id],
  );
  return rows[0];
}

/** The answer that is stored last, byte for byte. */
export async function storedReplyOf(
  database: Database,
  payment: APayment,
): Promise<string | undefined> {
  const { rows } = await database.hot.query<{ reply: string | null }>(
    'select reply from authorisation_leg where payment_id = $1 order by leg desc limit 1',
    [payment.id],
  );
  return rows[0]?.reply ?? undefined;
}

/** The names of what happened, in order. */
export async function eventsOf(database: Database, payment: APayment): Promise<string[]> {
  const { rows } = await database.hot.query<{ event: string }>(
    'select event from operation where payment_id = $1 order by sequence',
    [payment.id],
  );
  return rows.map(({ event }) => event);
}

/** What the merchant was told, in order. */
export async function merchantEventsOf(database: Database, payment: APayment): Promise<string[]> {
  const { rows } = await database.hot.query<{ name: string }>(
    'select name from merchant_event where payment_id = $1 order by sequence',
    [payment.id],
  );
  return rows.map(({ name }) => name);
}

/** The references under which the acquirer was asked to undo the payment's authorisation. */
export function reversalsOf(
  acquirer: {
    readonly reversals: readonly {
      readonly pspTransactionId: string;
      readonly reference: string;
    }[];
  },
  payment: APayment,
): string[] {
  return acquirer.reversals
    .filter(({ pspTransactionId }) => pspTransactionId === payment.pspTransactionId)
    .map(({ reference }) => reference);
}

export function authorisationsOf(
  acquirer: { readonly authorisations: readonly { readonly pspTransactionId: string }[] },
  payment: APayment,
): number {
  return acquirer.authorisations.filter(
    ({ pspTransactionId }) => pspTransactionId === payment.pspTransactionId,
  ).length;
}
