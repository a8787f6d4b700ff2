import { invariant } from '../shared/errors.ts';
import { Secret } from '../shared/secret.ts';

/**
 * A card as it came out of cardData. The digits are bytes and not a string, because bytes can be
 * wiped: whoever decrypted the card calls `wipe()` when the acquirer has answered.
 */
export interface PaymentCard {
  /** 16 to 19 ASCII digits. Neither the check digit nor the issuer has been looked at. */
  readonly pan: Secret<Buffer>;
  /** Four digits. The date may have passed: that is for the acquirer to say. */
  readonly expiryYear: number;
  /** 1 to 12. */
  readonly expiryMonth: number;
  /** Opaque, 1 to 32 printable ASCII characters; only cardData has one. */
  readonly sessionId?: Secret<Buffer>;
  /** Overwrites number and session id. The card can only be dropped afterwards. */
  readonly wipe: () => void;
}

const bankIdentificationDigits = 6;
const lastDigits = 4;
const zero = 0x30;

/** Takes the bytes over: they are wiped with the card. */
export function paymentCard(parts: {
  readonly pan: Buffer;
  readonly expiryYear: number;
  readonly expiryMonth: number;
  readonly sessionId?: Buffer;
}): PaymentCard {
  const { pan, expiryYear, expiryMonth, sessionId } = parts;
  return {
    pan: new Secret(pan),
    expiryYear,
    expiryMonth,
    ...(sessionId && { sessionId: new Secret(sessionId) }),
    wipe: () => {
      pan.fill(0);
      sessionId?.fill(0);
    },
  };
}

/** The first six digits: which bank, which scheme. May be stored. */
export function bin(card: PaymentCard): string {
  return firstSix(card.pan);
}

/** May be stored. */
export function lastFour(card: PaymentCard): string {
  return digitsOf(card.pan).subarray(-lastDigits).toString('latin1');
}

/** First six and last four, the rest as asterisks: as much as PCI DSS lets one show and store. */
export function maskedPan(card: PaymentCard): string {
  return masked(card.pan);
}

/** The same of any number that stands where a card's would. */
export function firstSix(number: Secret<Buffer>): string {
  return digitsOf(number).toString('latin1', 0, bankIdentificationDigits);
}

/** The same of any number that stands where a card's would. */
export function masked(number: Secret<Buffer>): string {
  const digits = digitsOf(number);
  const hidden = digits.length - bankIdentificationDigits - lastDigits;
  return firstSix(number) + '*'.repeat(hidden) + digits.subarray(-lastDigits).toString('latin1');
}

/** `YYMM`, as the card networks write it. */
export function expiryYymm(card: PaymentCard): string {
  const year = String(card.expiryYear % 100).padStart(2, '0');
  return year + String(card.expiryMonth).padStart(2, '0');
}

/**
 * The whole number as a string, which cannot be wiped: only for the message to the acquirer, at
 * the moment it is written.
 */
export function exposePan(card: PaymentCard): string {
  return digitsOf(card.pan).toString('latin1');
}

function digitsOf(number: Secret<Buffer>): Buffer {
  const digits = number.expose();
  invariant((digits[0] ?? 0) >= zero, 'A card is read before it is wiped, never afterwards');
  return digits;
}
