import { type AuthorisationMessage } from './messages.ts';
import { type Scheme, issuerOf, publishedTestTokens } from './test-cards.ts';

/** What was paid with: a card, or the network token in its place. */
export type PaymentCard = {
  readonly number: string;
  /** YYMM. */
  readonly expiry: string;
  readonly isToken: boolean;
};

export type CardCheck =
  | { readonly accepted: true; readonly scheme: Scheme }
  | { readonly accepted: false; readonly responseCode: '14' | '15' | '54' };

/** Expects a validated message, which has exactly one of the two. */
export function paymentCardOf(message: AuthorisationMessage): PaymentCard {
  const { card, networkToken } = message;
  if (networkToken === undefined) {
    return { number: card?.pan ?? '', expiry: card?.expiry ?? '', isToken: false };
  }
  const { number, expiryMonth, expiryYear } = networkToken;
  const expiry = expiryYear.slice(-2) + expiryMonth.padStart(2, '0');
  return { number, expiry, isToken: true };
}

/** Issuer first, then the check digit, then the expiry; all of them before the amount counts. */
export function checkCard(card: PaymentCard, now: Date): CardCheck {
  const issuer = issuerOf(card.number);
  if (!issuer) return { accepted: false, responseCode: '15' };
  if (card.number.length < 16 || !passesLuhn(card.number)) {
    return { accepted: false, responseCode: '14' };
  }
  if (isExpired(card, now)) return { accepted: false, responseCode: '54' };
  return { accepted: true, scheme: issuer.scheme };
}

/** First six and last four digits, the most that may be shown. */
export function maskedNumber(number: string): string {
  return `${number.slice(0, 6)}…${number.slice(-4)}`;
}

/** A card is good to the end of its month, in UTC. */
function isExpired(card: PaymentCard, now: Date): boolean {
  if (card.isToken && isPublishedTestToken(card)) return false;
  const lastMonth = 12 * (2000 + Number(card.expiry.slice(0, 2))) + Number(card.expiry.slice(2));
  return lastMonth < 12 * now.getUTCFullYear() + now.getUTCMonth() + 1;
}

function isPublishedTestToken({ number, expiry }: PaymentCard): boolean {
  return publishedTestTokens.some((token) => token.number === number && token.expiry === expiry);
}

/** The check digit of ISO/IEC 7812-1, annex B. */
function passesLuhn(number: string): boolean {
  let sum = 0;
  for (let fromRight = 0; fromRight < number.length; fromRight += 1) {
    const digit = Number(number[number.length - 1 - fromRight]);
    const weighed = fromRight % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
