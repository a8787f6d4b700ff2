import { type Confirmed } from '../payment.ts';
import { type OaepHash } from '../settings.ts';
import { type Padding } from './encrypt-card-data.ts';

/** What to send to the PSP's makePaymentUrl, and what to get wrong about it on purpose. */
export type CallbackOrder = {
  readonly confirmed: Confirmed;
  /** The id of a test card, or a card of one's own; `expiry` is YYMM. */
  readonly card?: string | { readonly pan: string; readonly expiry: string } | undefined;
  readonly sessionId?: string | undefined;
  /** How many more times the same call is sent. */
  readonly duplicates?: number | undefined;
  /** All at once, in place of one after the other. */
  readonly concurrent?: boolean | undefined;
  /** Duplicates repeat the very bytes; otherwise each is encrypted afresh, as Vipps does. */
  readonly sameBytes?: boolean | undefined;
  readonly patienceMs?: number | undefined;
  /** v3: the card itself, encrypted, in the place of its network token. */
  readonly paymentInstrument?: 'TOKEN' | 'ENCRYPTEDCARD' | undefined;
  /** Whether operations[] is sent; by the settings otherwise. */
  readonly operations?: boolean | undefined;
  readonly quirks?: Quirks | undefined;
  /** Whether the answer may move the payment. A forged call (any member of `forge`) may not. */
  readonly decides?: boolean | undefined;
  readonly forge?: Forgery | undefined;
};

/** How Vipps words the call otherwise, by one or the other of its own texts. */
export type Quirks = {
  /** v3: in place of two digits, such as `"7"` or `7`. */
  readonly eci?: string | number | undefined;
  /** v3: `confirmed` with v2's word in place of paymentState. */
  readonly confirmed?: boolean | undefined;
  /** `null`: members without a value are sent as null. `absent`: they are left out. */
  readonly empty?: 'null' | 'absent' | undefined;
};

/** What a customer pays with, through both calls of a step-up. */
export type PaidWith = Pick<CallbackOrder, 'card' | 'paymentInstrument'>;

/** Deviations from the call that Vipps would send. */
export type Forgery = {
  /** The Authorization header; null leaves it out. */
  readonly authorization?: string | null | undefined;
  readonly merchantSerialNumber?: string | undefined;
  /** In place of the ciphertext, as it is; null leaves the member out. */
  readonly cardData?: string | null | undefined;
  /** In place of `PAN,YYMM,SessionId`. */
  readonly plaintext?: string | undefined;
  readonly oaepHash?: OaepHash | undefined;
  readonly padding?: Padding | undefined;
  /** Another public key than the PSP's. */
  readonly publicKeyPem?: string | undefined;
  /** Members that replace or join those of the body; null is sent as null. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  readonly withoutMembers?: readonly string[] | undefined;
  /** The whole body, as it is. */
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
};

/** An order that cannot be carried out; the sentence says why. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
}
