import { schemeOf } from '../card-data/card-scheme.ts';
import { bin, maskedPan, type PaymentCard } from '../card-data/payment-card.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { type Background } from '../shared/background.ts';
import { invariant } from '../shared/errors.ts';
import { type FoundPayment, type LegRepository } from './leg-repository.ts';
import { decisionOf } from './outcome.ts';
import { type RefuseCall } from './refuse-call.ts';
import { type ReplyWriter } from './reply.ts';

export interface OpenLeg {
  /**
   * Opens the payment's leg for this call; false when another call was quicker.
   *
   * @throws what the database threw; the leg is then seen to until it is known to be decided.
   */
  (found: FoundPayment, card: PaymentCard): Promise<boolean>;
  /**
   * The opening of the same payment's leg by another call of this process, until it has succeeded
   * or its failure has been dealt with. One at a time: a leg that is found open under this
   * process's name can then be nobody else's.
   */
  underWay(paymentId: string): Promise<unknown> | undefined;
}

interface Dependencies {
  readonly legs: LegRepository;
  readonly instanceId: string;
  readonly replies: ReplyWriter;
  readonly refuse: RefuseCall;
  readonly background: Background;
}

export function createOpenLeg(dependencies: Dependencies): OpenLeg {
  const { legs, instanceId, background } = dependencies;
  const openings = new Map<string, Promise<unknown>>();

  async function openLeg(found: FoundPayment, card: PaymentCard): Promise<boolean> {
    const { paymentId } = found;
    if (openings.has(paymentId)) return false;
    const opening = legs.open(legToOpen(found, card, instanceId));
    const settled = opening.catch(() =>
      background.resultOf('make-payment.open-failed', () => endFailed(dependencies, found)),
    );
    const cleared = settled.then(() => openings.delete(paymentId));
    openings.set(paymentId, cleared);
    return opening;
  }

  return Object.assign(openLeg, { underWay: (paymentId: string) => openings.get(paymentId) });
}

/**
 * The leg may stand open all the same, now or when a statement that is still under way takes effect.
 * Nothing was sent for it: FAIL 91 is the final word. Throws until some reply is stored.
 */
async function endFailed(
  { legs, instanceId, replies, refuse }: Dependencies,
  found: FoundPayment,
): Promise<void> {
  const outcome = { kind: 'NOT_SENT', why: 'the leg could not be opened' } as const;
  if (await legs.decide(decisionOf(found, outcome, { owner: instanceId, replies }))) return;
  if (await refuse(found, 'INTERNAL_ERROR')) return;
  const now = await legs.find(found.pspTransactionId);
  const ended = now?.superseded === true || (now?.leg?.reply ?? null) !== null;
  invariant(ended, 'A leg whose opening failed is looked at until it has a reply');
}

function legToOpen(found: FoundPayment, card: PaymentCard, owner: string) {
  return {
    paymentId: found.paymentId,
    attempt: 1,
    leg: 1,
    pspTransactionId: found.pspTransactionId,
    fromState: found.state,
    acquirerReference: acquirerReferenceOf(found.pspTransactionId, 1),
    owner,
    maskedPan: maskedPan(card),
    bin: bin(card),
    scheme: schemeOf(card),
  };
}
