import { type CardMaterial, type StepUpProof } from '../acquirer/acquirer.ts';
import { wipeCard } from '../acquirer/card-material.ts';
import { type CardFunding } from '../card-data/card-funding.ts';
import { type PaymentCard } from '../card-data/payment-card.ts';
import { type Answer } from './answer.ts';
import { type AuthoriseLeg } from './authorise-leg.ts';
import { type FoundPayment } from './leg-repository.ts';
import { nextLegOf } from './leg-to-authorise.ts';
import { type MakePaymentRequest, type PresentedCard } from './messages.ts';
import { type SurelyRefuse } from './refuse-or-promise.ts';
import { ruledOutBy } from './ruled-out.ts';
import { type Stopwatch } from './stopwatch.ts';

export type DecryptCard = (
  cardData: string,
) => Promise<{ readonly ok: true; readonly card: PaymentCard } | { readonly ok: false }>;

/**
 * Authorises the payment's next leg with the card that a good call presents, or refuses: for lack of
 * time or room, for a card that cannot be read, or by the merchant's rules. Undefined when the payment
 * moved in the meantime.
 */
export type AuthorisePresented = (
  found: FoundPayment,
  request: Extract<MakePaymentRequest, { kind: 'CONFIRMED' }>,
  stopwatch: Stopwatch,
  proof?: StepUpProof,
) => Promise<Answer | undefined>;

interface Dependencies {
  readonly decrypt: DecryptCard;
  readonly cardFunding: CardFunding;
  readonly authoriseLeg: AuthoriseLeg;
  readonly refuse: SurelyRefuse;
  readonly authorisationsInFlightMax: number;
}

export function createAuthorisePresented(dependencies: Dependencies): AuthorisePresented {
  const { decrypt, cardFunding, authoriseLeg, refuse, authorisationsInFlightMax } = dependencies;
  let inFlight = 0;

  return async (found, { card: presented, returnUrls }, stopwatch, proof) => {
    if (isPastSending(stopwatch)) return refuse(found, 'TOO_LATE', stopwatch);
    if (inFlight >= authorisationsInFlightMax) return refuse(found, 'INTERNAL_ERROR', stopwatch);
    inFlight += 1;
    try {
      const card = await openCard(decrypt, presented);
      if (card === undefined) return await refuse(found, 'UNABLE_TO_DECRYPT', stopwatch);
      try {
        if (isPastSending(stopwatch)) return await refuse(found, 'TOO_LATE', stopwatch);
        const ruledOut = ruledOutBy(found, card, cardFunding);
        if (ruledOut !== undefined) return await refuse(found, ruledOut, stopwatch);
        const { paymentId, attempt, leg: number } = nextLegOf(found);
        const { pspTransactionId } = found;
        const leg = { paymentId, attempt, leg: number, pspTransactionId, found, card, returnUrls };
        return await authoriseLeg(proof ? { ...leg, proof } : leg, stopwatch);
      } finally {
        // What was decrypted here. A token is the call's: it may be needed again where another call was
        // quicker and the payment has to be looked at once more.
        if (presented.kind === 'CARD_DATA') wipeCard(card);
      }
    } finally {
      inFlight -= 1;
    }
  };
}

async function openCard(
  decrypt: DecryptCard,
  presented: PresentedCard,
): Promise<CardMaterial | undefined> {
  if (presented.kind === 'NETWORK_TOKEN') return presented;
  const decrypted = await decrypt(presented.cardData);
  return decrypted.ok ? { kind: 'PAN', card: decrypted.card } : undefined;
}

function isPastSending(stopwatch: Stopwatch): boolean {
  return stopwatch.leftUntilMs(stopwatch.budget.acquirerWithinMs) === 0;
}
