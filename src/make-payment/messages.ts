import {
  liftTokenSecrets,
  type TokenSecrets,
  wipeTokenSecrets,
} from '../card-data/lift-token-secrets.ts';
import { type NetworkToken } from '../card-data/network-token.ts';
import { type ReturnUrls } from '../step-up/begin-step-up.ts';

/** What Vipps says of a customer who has not approved. */
export type WalletState = 'CANCEL' | 'TIMEOUT' | 'NO';

/** A call, read as far as is possible without knowing which payment it is for. */
export type IncomingCall =
  | { readonly kind: 'UNREADABLE'; readonly pspTransactionId: '' }
  | {
      readonly kind: 'READABLE';
      readonly pspTransactionId: string;
      readonly body: Readonly<Record<string, unknown>>;
      /** What the body has asterisks for, and the token of the request; wiped when the call is over. */
      readonly tokenSecrets: TokenSecrets;
    };

export type ReadableCall = Extract<IncomingCall, { kind: 'READABLE' }>;

/** What a call asks, once its payment is known: the same for every rail. */
export type MakePaymentRequest =
  | {
      readonly kind: 'CONFIRMED';
      readonly card: PresentedCard;
      /** Where Vipps wants the customer after a step-up. */
      readonly returnUrls: ReturnUrls;
    }
  | { readonly kind: 'NOT_CONFIRMED'; readonly walletState: WalletState }
  | { readonly kind: 'INVALID'; readonly why: string };

/** The card as the call brings it. */
export type PresentedCard =
  | { readonly kind: 'CARD_DATA'; readonly cardData: string }
  | { readonly kind: 'NETWORK_TOKEN'; readonly token: NetworkToken };

/** How one rail writes its calls. The merchant serial number is the one of init. */
export type ReadRequest = (call: ReadableCall, msn: string) => MakePaymentRequest;

/** Longer ids are nobody's: 36 is the longest that Vipps has ever allowed. */
const idLengthMax = 36;

/**
 * Reads the body of a makePayment call as far as the payment's id. Anything that is no JSON object
 * with a string id is unreadable. Of the body's bytes those of a network token are overwritten.
 */
export function readCall(body: Buffer): IncomingCall {
  const unreadable = { kind: 'UNREADABLE', pspTransactionId: '' } as const;
  const tokenSecrets = liftTokenSecrets(body);
  const record = parsedObject(body);
  const id = record?.['pspTransactionId'];
  if (record === undefined || typeof id !== 'string') {
    wipeTokenSecrets(tokenSecrets);
    return unreadable;
  }
  return { kind: 'READABLE', pspTransactionId: id, body: record, tokenSecrets };
}

function parsedObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(withoutByteOrderMark(body).toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    return parsed as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
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

/** Overwrites the secrets of a call that nobody has any more use for. */
export function wipeCall(call: IncomingCall): void {
  if (call.kind === 'READABLE') wipeTokenSecrets(call.tokenSecrets);
}
