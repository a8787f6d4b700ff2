import { type BeginStepUp } from '../step-up/begin-step-up.ts';
import { type ProofSeal } from '../step-up/proof-seal.ts';

/** What is needed of a 3-D Secure server; without one a soft decline is the end. */
export interface StepUp {
  readonly beginStepUp?: BeginStepUp;
  readonly proofSeal: ProofSeal;
}
