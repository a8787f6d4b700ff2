import { type StepUpProof } from '../acquirer/acquirer.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type ProofSeal } from '../step-up/proof-seal.ts';
import { type LegKey } from './leg-repository.ts';
import { type FoundStepUp } from './step-up-leg-repository.ts';

/** The proof of a step-up that succeeded. Undefined where it cannot be opened: a fault of ours. */
export type ProofOf = (stepUp: FoundStepUp, declined: LegKey) => StepUpProof | undefined;

export function createProofOf({
  proofSeal,
  log,
}: {
  readonly proofSeal: ProofSeal;
  readonly log: Log;
}): ProofOf {
  return (stepUp, { paymentId, attempt, leg }) => {
    const { eci, threeDsTransactionId, sealedAuthenticationValue } = stepUp;
    if (eci === null || threeDsTransactionId === null || sealedAuthenticationValue === null) {
      log.error({ event: 'step-up.proof-missing', paymentId });
      return undefined;
    }
    try {
      const authenticationValue = proofSeal.open(sealedAuthenticationValue, {
        paymentId,
        attempt,
        leg,
      });
      return { eci, authenticationValue, transactionId: threeDsTransactionId };
    } catch (error) {
      log.error({ event: 'step-up.proof-unreadable', paymentId, reason: messageOf(error) });
      return undefined;
    }
  };
}
