import { type Confirmed } from '../payment.ts';

/**
 * Where the versions of the PSP API differ. The deeds are shared; a version says how ids look and
 * how makePayment is worded.
 */
export type PspVersion = {
  readonly name: 'v2';
  readonly pspTransactionId: RegExp;
  readonly merchantOrderId: RegExp;
  callbackBody(parts: CallbackParts): Readonly<Record<string, unknown>>;
};

export type CallbackParts = {
  readonly pspTransactionId: string;
  readonly merchantSerialNumber: string;
  readonly confirmed: Confirmed;
  readonly cardData: string | undefined;
};

/** Vipps PSP API v2: ids of `[a-z0-9]`, at most 30 long; card material as `cardData`. */
export const v2: PspVersion = {
  name: 'v2',
  pspTransactionId: /^[a-z0-9]{1,30}$/,
  merchantOrderId: /^[a-z0-9]{1,30}$/,
  callbackBody: ({ pspTransactionId, merchantSerialNumber, confirmed, cardData }) => ({
    pspTransactionId,
    merchantSerialNumber,
    ...(cardData === undefined ? {} : { cardData }),
    confirmed,
  }),
};
