import { type NetworkToken } from '../make-payment/network-tokens.ts';
import { type Confirmed, type Operation3DSecure, type VersionName } from '../payment.ts';

/**
 * Where the versions of the PSP API differ. The deeds are shared; a version says how ids look and
 * how makePayment is worded.
 */
export type PspVersion = {
  readonly pspTransactionId: IdForm;
  readonly merchantOrderId: IdForm;
  callbackBody(parts: CallbackParts): Members;
};

export type IdForm = { readonly pattern: RegExp; readonly says: string };

type Members = Readonly<Record<string, unknown>>;

export type CallbackParts = {
  readonly pspTransactionId: string;
  readonly merchantSerialNumber: string;
  readonly confirmed: Confirmed;
  readonly material: CardMaterial | undefined;
  /** Undefined where operations[] is left out. */
  readonly operations: readonly Operation3DSecure[] | undefined;
  /** v3: `confirmed` with v2's word in place of paymentState, as in the guide's 3-D Secure example. */
  readonly namesConfirmed: boolean;
};

export type CardMaterial =
  | { readonly kind: 'CARD_DATA'; readonly cardData: string; readonly binNumber: string }
  | { readonly kind: 'TOKEN'; readonly networkToken: NetworkToken; readonly binNumber: string };

/** Vipps PSP API v2: ids of `[a-z0-9]`, at most 30 long; card material as `cardData`. */
const v2: PspVersion = {
  pspTransactionId: { pattern: /^[a-z0-9]{1,30}$/, says: 'must be 1 to 30 of a-z and 0-9' },
  merchantOrderId: { pattern: /^[a-z0-9]{1,30}$/, says: 'must be 1 to 30 of a-z and 0-9' },
  callbackBody: ({ pspTransactionId, merchantSerialNumber, confirmed, material, operations }) => ({
    pspTransactionId,
    merchantSerialNumber,
    ...(material?.kind === 'CARD_DATA' ? { cardData: material.cardData } : {}),
    confirmed,
    ...(operations === undefined ? {} : { operations }),
  }),
};

/** v3 cannot tell that something broke from a customer who cancelled. */
const paymentStates = {
  YES: 'ACCEPTED',
  TIMEOUT: 'TIMEOUT',
  CANCEL: 'USER_CANCEL',
  NO: 'USER_CANCEL',
} as const satisfies Record<Confirmed, string>;

/**
 * Vipps PSP API v3: longer ids, a network token in the place of the card, and the members that have
 * no value as null (specification 1.0.19, the last with `ENCRYPTEDCARD`).
 */
const v3: PspVersion = {
  pspTransactionId: { pattern: /^[a-z0-9]{1,36}$/, says: 'must be 1 to 36 of a-z and 0-9' },
  merchantOrderId: {
    pattern: /^[a-zA-Z0-9-]{1,50}$/,
    says: 'must be 1 to 50 of letters, digits and hyphens',
  },
  callbackBody: (parts) => {
    const { confirmed } = parts;
    return {
      pspTransactionId: parts.pspTransactionId,
      merchantSerialNumber: parts.merchantSerialNumber,
      ...(parts.namesConfirmed ? { confirmed } : { paymentState: paymentStates[confirmed] }),
      binNumber: parts.material?.binNumber ?? null,
      ...(parts.operations === undefined ? {} : { operations: parts.operations }),
      ...instrumentOf(parts.material),
    };
  },
};

export const pspVersions = { v2, v3 } as const satisfies Record<VersionName, PspVersion>;

function instrumentOf(material: CardMaterial | undefined): Members {
  if (material?.kind === 'CARD_DATA') {
    const { cardData } = material;
    return { paymentInstrument: 'ENCRYPTEDCARD', networkToken: null, cardData };
  }
  const networkToken = material?.networkToken ?? null;
  return { paymentInstrument: 'TOKEN', networkToken, cardData: null };
}

/** A version knows its own payments and those of the versions before it. */
export function knows(version: VersionName, paymentVersion: VersionName): boolean {
  return version >= paymentVersion;
}
