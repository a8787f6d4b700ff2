import { type Pool } from 'pg';
import { reversalAnewSql } from '../payments/reversal-anew-sql.ts';

/** An authorisation that must be undone at the acquirer, and how far that has come. */
export interface DueReversal {
  readonly paymentId: string;
  readonly attempt: number;
  readonly leg: number;
  readonly pspTransactionId: string;
  readonly originalReference: string;
  /** Which message this is; a new one follows after an answer that proved nothing. */
  readonly ordinal: number;
  /** How often it has been sent, this time included. */
  readonly attempts: number;
  readonly fence: number;
  /**
   * Whether the acquirer can no longer be processing the authorisation: only then does "not found"
   * mean that nothing is held.
   */
  readonly notFoundIsProof: boolean;
}

export interface ReversalRepository {
  /** Orders a reversal; where there is one already, a new message of it. */
  order(leg: { paymentId: string; attempt: number; leg: number }, reason: string): Promise<void>;
  /** Takes what is due under a lease, oldest first. */
  claim(request: ClaimRequest): Promise<readonly DueReversal[]>;
  /** The acquirer holds nothing any more. Does nothing when the lease has passed to another. */
  acknowledge(reversal: DueReversal, answer: string): Promise<void>;
  /** Puts the reversal off; `newMessage` where the same message would only be answered the same. */
  postpone(
    reversal: DueReversal,
    answer: string,
    next: { readonly delayMs: number; readonly newMessage: boolean },
  ): Promise<void>;
}

export interface ClaimRequest {
  readonly owner: string;
  readonly leaseMs: number;
  readonly limit: number;
  readonly processingMsMax: number;
  /** A copy of the service that was silent for longer is dead, and its leases with it. */
  readonly silentMsMax: number;
}

const orderSql = `
  with locked as (
    select id from payment where id = $1 for update
  ), ordered as (
    insert into reversal as r (payment_id, attempt, leg, psp_transaction_id, original_reference, reason,
      authorisation_sent_at)
    select l.payment_id, l.attempt, l.leg, l.psp_transaction_id, l.acquirer_reference, $4, clock_timestamp()
    from authorisation_leg l join locked k on k.id = l.payment_id
    where l.attempt = $2 and l.leg = $3
    ${reversalAnewSql}
    returning payment_id
  ), moved as (
    update payment p set version = p.version + 1 from ordered o where p.id = o.payment_id
    returning p.id, p.version, p.amount_minor
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, 'REVERSAL_ORDERED', amount_minor, jsonb_build_object('leg', $3::smallint, 'reason', $4::text)
  from moved`;

const claimSql = `
  with due as (
    select payment_id, attempt, leg from reversal r
    where state = 'DUE' and next_attempt_at <= clock_timestamp()
      and (leased_until is null or leased_until < clock_timestamp()
        or not exists (select from instance i where i.id = r.owner and i.heartbeat_at
          > clock_timestamp() - make_interval(secs => $5::double precision / 1000)))
    order by next_attempt_at limit $3 for update skip locked
  )
  update reversal r set owner = $1, fence = r.fence + 1, attempts = r.attempts + 1,
    -- Whoever had it may have sent the message, and its answer is not known: see postpone.
    ordinal = r.ordinal + case when r.leased_until - make_interval(secs => $2::double precision / 1000)
      <= r.authorisation_sent_at + make_interval(secs => $4::double precision / 1000) then 1 else 0 end,
    leased_until = clock_timestamp() + make_interval(secs => $2::double precision / 1000)
  from due d where r.payment_id = d.payment_id and r.attempt = d.attempt and r.leg = d.leg
  returning r.payment_id, r.attempt, r.leg, r.psp_transaction_id, r.original_reference, r.ordinal,
    r.attempts, r.fence,
    clock_timestamp() > r.authorisation_sent_at + make_interval(secs => $4::double precision / 1000)
      as not_found_is_proof`;

const acknowledgeSql = `
  with locked as (
    select id from payment where id = $1 for update
  ), done as (
    update reversal r set state = 'ACKNOWLEDGED', acknowledged_at = clock_timestamp(),
      last_answer = $5, leased_until = null
    from locked k where r.payment_id = k.id and r.attempt = $2 and r.leg = $3 and r.fence = $4
      and r.state = 'DUE'
    returning r.payment_id, r.ordinal, r.attempts
  ), moved as (
    update payment p set version = p.version + 1,
      -- A payment of two legs may have two reversals: it is over when neither is due any more.
      state = case when p.state = 'REVERSING' and not exists (
          select from reversal o where o.payment_id = p.id and o.state = 'DUE'
            and (o.attempt, o.leg) <> ($2::smallint, $3::smallint))
        then 'FAILED' else p.state end
    from done d where p.id = d.payment_id
    returning p.id, p.version, p.amount_minor, d.ordinal, d.attempts
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, 'REVERSED', amount_minor, jsonb_build_object(
    'leg', $3::smallint, 'ordinal', ordinal, 'attempts', attempts, 'answer', $5::text)
  from moved`;

const postponeSql = `
  with locked as (
    select id from payment where id = $1 for update
  ), put_off as (
    update reversal r set last_answer = $5, leased_until = null,
      ordinal = r.ordinal + case when $7::boolean then 1 else 0 end,
      next_attempt_at = clock_timestamp() + make_interval(secs => $6::double precision / 1000)
    from locked k where r.payment_id = k.id and r.attempt = $2 and r.leg = $3 and r.fence = $4
      and r.state = 'DUE'
    returning r.payment_id, r.attempts
  ), moved as (
    update payment p set version = p.version + 1 from put_off o where p.id = o.payment_id
    returning p.id, p.version, p.amount_minor, o.attempts
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, 'REVERSAL_POSTPONED', amount_minor, jsonb_build_object(
    'leg', $3::smallint, 'attempts', attempts, 'answer', $5::text)
  from moved`;

interface DueRow {
  readonly payment_id: string;
  readonly attempt: number;
  readonly leg: number;
  readonly psp_transaction_id: string;
  readonly original_reference: string;
  readonly ordinal: number;
  readonly attempts: number;
  readonly fence: number;
  readonly not_found_is_proof: boolean;
}

export function createReversalRepository(hot: Pool): ReversalRepository {
  return {
    order: async (leg, reason) => {
      const values = [leg.paymentId, leg.attempt, leg.leg, reason];
      await hot.query({ name: 'reversal-order', text: orderSql, values });
    },
    claim: async ({ owner, leaseMs, limit, processingMsMax, silentMsMax }) => {
      const { rows } = await hot.query<DueRow>({
        name: 'reversal-claim',
        text: claimSql,
        values: [owner, leaseMs, limit, processingMsMax, silentMsMax],
      });
      return rows.map(toDueReversal);
    },
    acknowledge: async (reversal, answer) => {
      const values = [...keyOf(reversal), reversal.fence, answer];
      await hot.query({ name: 'reversal-acknowledge', text: acknowledgeSql, values });
    },
    postpone: async (reversal, answer, { delayMs, newMessage }) => {
      const values = [...keyOf(reversal), reversal.fence, answer, delayMs, newMessage];
      await hot.query({ name: 'reversal-postpone', text: postponeSql, values });
    },
  };
}

function keyOf(reversal: DueReversal): readonly unknown[] {
  return [reversal.paymentId, reversal.attempt, reversal.leg];
}

function toDueReversal(row: DueRow): DueReversal {
  return {
    paymentId: row.payment_id,
    attempt: row.attempt,
    leg: row.leg,
    pspTransactionId: row.psp_transaction_id,
    originalReference: row.original_reference,
    ordinal: row.ordinal,
    attempts: row.attempts,
    fence: row.fence,
    notFoundIsProof: row.not_found_is_proof,
  };
}
