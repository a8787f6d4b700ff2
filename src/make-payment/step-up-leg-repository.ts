import { type Pool } from 'pg';
import { type StepUpState } from '../payments/step-up-state.ts';
import { type StepUpToOpen } from '../step-up/begin-step-up.ts';
import { createBatchedStatements, type ToRow } from './batched-statements-repository.ts';
import {
  type Decision,
  type LegKey,
  type LegToOpen,
  openRow,
  refuseRow,
  type Refusal,
  statementsAtATime,
} from './leg-repository.ts';
import { createSlots } from './slots.ts';
import {
  findStepUpSql,
  openSecondSql,
  refuseSecondSql,
  softDeclineSql,
} from './step-up-leg-sql.ts';

/** The decision that a leg is answered with a step-up, and the session of it. */
export interface SoftDecline extends Decision {
  readonly stepUp: StepUpToOpen;
}

/** A step-up as the call after it finds it. */
export interface FoundStepUp {
  readonly state: StepUpState;
  /** By the database's clock; whoever marks it may not have come by yet. */
  readonly hasExpired: boolean;
  /** What the challenge brought; there only where it succeeded and no leg was opened with it. */
  readonly eci: string | null;
  readonly threeDsTransactionId: string | null;
  readonly sealedAuthenticationValue: Buffer | null;
}

/** What a step-up adds to the statements of the makePayment call; see {@link LegRepository}. */
export interface StepUpLegRepository {
  /** Decides a leg with a step-up and opens its session. True and false as of `LegRepository.decide`. */
  softDecline(decision: SoftDecline): Promise<boolean>;
  /** The session of the leg that was soft-declined. */
  sessionOf(leg: LegKey): Promise<FoundStepUp | undefined>;
  /**
   * Opens the leg after a step-up and erases the session's proof. False when the payment was not in
   * the state named, or is known by another id now.
   */
  open(leg: LegToOpen): Promise<boolean>;
  /** Stores a FAIL as the leg after a step-up, and closes the session. False as of `LegRepository.refuse`. */
  refuse(refusal: Refusal): Promise<boolean>;
}

export function createStepUpLegRepository(hot: Pool): StepUpLegRepository {
  const { query, write } = createBatchedStatements(hot, createSlots(statementsAtATime));
  return {
    softDecline: write('step-up-begin', softDeclineSql, softDeclineRow),
    sessionOf: async ({ paymentId, attempt, leg }) => {
      const values = [paymentId, attempt, leg];
      const [row] = await query<StepUpRow>('step-up-find', findStepUpSql, values);
      return row && toFoundStepUp(row);
    },
    open: write('step-up-leg-open', openSecondSql, openRow),
    refuse: write('step-up-leg-refuse', refuseSecondSql, refuseRow),
  };
}

const softDeclineRow: ToRow<SoftDecline> = (decline) => ({
  payment_id: decline.paymentId,
  attempt: decline.attempt,
  leg: decline.leg,
  fence: decline.fence,
  owner: decline.owner,
  outcome: decline.outcome,
  response_code: decline.responseCode,
  reply: decline.reply.body,
  detail: decline.detail,
  token_hash: `\\x${decline.stepUp.tokenHash.toString('hex')}`,
  server_reference: decline.stepUp.serverReference,
  challenge_url: decline.stepUp.challengeUrl,
  return_urls: decline.stepUp.returnUrls,
  valid_for_ms: decline.stepUp.validForMs,
});

interface StepUpRow {
  readonly state: StepUpState;
  readonly has_expired: boolean;
  readonly eci: string | null;
  readonly three_ds_transaction_id: string | null;
  readonly sealed_authentication_value: Buffer | null;
}

function toFoundStepUp(row: StepUpRow): FoundStepUp {
  return {
    state: row.state,
    hasExpired: row.has_expired,
    eci: row.eci,
    threeDsTransactionId: row.three_ds_transaction_id,
    sealedAuthenticationValue: row.sealed_authentication_value,
  };
}
