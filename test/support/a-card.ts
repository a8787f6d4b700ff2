import { paymentCard, type PaymentCard } from '../../src/card-data/payment-card.ts';

export const visaNumber = '4111111111111111';
export const mastercardNumber = '5413330000000019';

/** A card that every simulated issuer accepts; a fresh one each time, for each can be wiped. */
export function aCard(pan = visaNumber): PaymentCard {
  return paymentCard({ pan: Buffer.from(pan), expiryYear: 2030, expiryMonth: 12 });
}
