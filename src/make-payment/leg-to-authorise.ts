import { type CardMaterial, type StepUpProof } from '../acquirer/acquirer.ts';
import { type ReturnUrls } from '../step-up/begin-step-up.ts';
import { type FoundPayment, type LegKey } from './leg-repository.ts';

/** A leg that a call is about to open: the first one, or the one after a step-up. */
export interface LegToAuthorise extends LegKey {
  readonly found: FoundPayment;
  readonly pspTransactionId: string;
  readonly card: CardMaterial;
  /** Where Vipps wants the customer after a step-up. */
  readonly returnUrls: ReturnUrls;
  /** Of the step-up that succeeded; only the second leg has one. */
  readonly proof?: StepUpProof;
}

/** The leg that a payment's next authorisation is: on these rails a payment has one attempt. */
export function nextLegOf(found: FoundPayment): LegKey {
  return { paymentId: found.paymentId, attempt: 1, leg: found.leg === null ? 1 : 2 };
}
