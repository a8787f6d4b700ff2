import { z } from 'zod';

/** What Vipps says of the customer (PSP API v2, `MakePaymentRequest.confirmed`). */
export type WalletState = 'CANCEL' | 'TIMEOUT' | 'NO';

/** A call, read as far as is possible without knowing which payment it is for. */
export type IncomingCall =
  | { readonly kind: 'UNREADABLE'; readonly pspTransactionId: '' }
  | {
      readonly kind: 'READABLE';
      readonly pspTransactionId: string;
      readonly body: Readonly<Record<string, unknown>>;
    };

/** What a call asks, once its payment is known. */
export type MakePaymentRequest =
  | { readonly kind: 'CONFIRMED'; readonly cardData: string }
  | { readonly kind: 'NOT_CONFIRMED'; readonly walletState: WalletState }
  | { readonly kind: 'INVALID'; readonly why: string };

/** Longer ids are nobody's: 36 is the longest that Vipps has ever allowed. */
const idLengthMax = 36;

/**
 * Reads the body of a makePayment call as far as the payment's id. Anything that is no JSON object
 * with a string id is unreadable.
 */
export function readCall(body: Buffer): IncomingCall {
  const unreadable = { kind: 'UNREADABLE', pspTransactionId: '' } as const;
  let parsed: unknown;
  try {
    parsed = JSON.parse(withoutByteOrderMark(body).toString('utf8'));
  } catch {
    return unreadable;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return unreadable;
  const record = parsed as Readonly<Record<string, unknown>>;
  const id = record['pspTransactionId'];
  if (typeof id !== 'string') return unreadable;
  return { kind: 'READABLE', pspTransactionId: id, body: record };
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A reader may ignore it (RFC 8259, section 8.1), and some platforms write it unasked. */
function withoutByteOrderMark(body: Buffer): Buffer {
  return body.subarray(0, 3).equals(byteOrderMark) ? body.subarray(3) : body;
}

/** Whether a text could be the id of a payment of ours; what could not is not looked up. */
export function isPossibleId(id: string): boolean {
  return id.length <= idLengthMax && /^[a-z0-9]+$/.test(id);
}

export const makePaymentBody = z
  .object({
    pspTransactionId: z.string(),
    merchantSerialNumber: z.string(),
    confirmed: z.string().describe('YES, TIMEOUT, CANCEL or NO, in any case of letters.'),
    cardData: z
      .unknown()
      .optional()
      .describe('Looked at only where confirmed is YES: `PAN,YYMM,SessionId`, RSA-OAEP, base64.'),
  })
  .meta({ id: 'MakePaymentRequest' });

/** What v3 has instead (PSP API v3 specification, `MakePaymentRequest`). */
export const makePaymentV3Body = z
  .object({
    pspTransactionId: z.string(),
    merchantSerialNumber: z.string(),
    paymentState: z
      .string()
      .nullish()
      .describe('ACCEPTED, TIMEOUT or USER_CANCEL, in any case of letters.'),
    confirmed: z.string().nullish().describe('Another name of paymentState, and its words of v2.'),
    paymentInstrument: z.string().nullish().describe('TOKEN, unless it says ENCRYPTEDCARD.'),
    networkToken: z
      .unknown()
      .optional()
      .describe('With TOKEN: number, cryptogram, expiryMonth, expiryYear, tokenType, eci.'),
    cardData: z.unknown().optional().describe('With ENCRYPTEDCARD: as in v2.'),
  })
  .meta({ id: 'MakePaymentV3Request' });

/**
 * Reads the rest of a v2 call against the merchant serial number that the payment was initiated
 * with (PSP API v2, `MakePaymentRequest`). Unknown members are ignored; `confirmed` is compared
 * without regard to case, as Vipps' own texts write it in several ways.
 */
export function readV2Request(
  body: Readonly<Record<string, unknown>>,
  msn: string,
): MakePaymentRequest {
  const parsed = makePaymentBody.safeParse(body);
  if (!parsed.success) return { kind: 'INVALID', why: 'a member is missing or of a wrong type' };
  if (parsed.data.merchantSerialNumber !== msn) {
    return { kind: 'INVALID', why: 'the merchant serial number is not the one of init' };
  }
  // To lower case: to upper case there are letters of other scripts that become an S or an I.
  const state = parsed.data.confirmed.toLowerCase();
  if (isWalletState(state)) {
    return { kind: 'NOT_CONFIRMED', walletState: walletStates[state] };
  }
  if (state !== 'yes')
    return { kind: 'INVALID', why: 'confirmed is none of YES, TIMEOUT, CANCEL, NO' };
  const { cardData } = parsed.data;
  if (typeof cardData !== 'string')
    return { kind: 'INVALID', why: 'confirmed is YES without cardData' };
  return { kind: 'CONFIRMED', cardData };
}

const walletStates = {
  cancel: 'CANCEL',
  timeout: 'TIMEOUT',
  no: 'NO',
} as const satisfies Record<string, WalletState>;

function isWalletState(state: string): state is keyof typeof walletStates {
  return Object.hasOwn(walletStates, state);
}
