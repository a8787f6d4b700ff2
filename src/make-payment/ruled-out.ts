import { type CardMaterial } from '../acquirer/acquirer.ts';
import { tracesOf } from '../acquirer/card-material.ts';
import { type CardFunding } from '../card-data/card-funding.ts';
import { type FailReason } from './reply.ts';

/** What the merchant has ruled out, whatever the acquirer would say. */
export interface MerchantRules {
  readonly creditCardsAllowed: boolean;
  /** Minor units; null for no limit. */
  readonly paymentLimitMinor: bigint | null;
}

/**
 * Why the merchant's own rules refuse the card, or undefined. Asked before the acquirer is: what the
 * merchant does not want is not authorised. A card of unknown funding passes.
 *
 * Source: Vipps PSP API v2, error codes of makePayment, 84 and 88.
 */
export function ruledOutBy(
  { rules, amountMinor }: { readonly rules: MerchantRules; readonly amountMinor: bigint },
  card: CardMaterial,
  cardFunding: CardFunding,
): FailReason | undefined {
  const { creditCardsAllowed, paymentLimitMinor } = rules;
  if (paymentLimitMinor !== null && amountMinor > paymentLimitMinor) return 'EXCEEDS_LIMIT';
  if (!creditCardsAllowed && cardFunding(tracesOf(card).bin) === 'CREDIT')
    return 'CREDIT_NOT_ALLOWED';
  return undefined;
}
