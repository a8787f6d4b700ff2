import { z } from 'zod';
import { type MakePaymentRequest, type ReadRequest, type WalletState } from './messages.ts';
import { readReturnUrls } from './read-return-urls.ts';

export const makePaymentBody = z
  .object({
    pspTransactionId: z.string(),
    merchantSerialNumber: z.string(),
    confirmed: z.string().describe('YES, TIMEOUT, CANCEL or NO, in any case of letters.'),
    cardData: z
      .unknown()
      .optional()
      .describe('Looked at only where confirmed is YES: `PAN,YYMM,SessionId`, RSA-OAEP, base64.'),
    operations: z
      .unknown()
      .optional()
      .describe('Where the customer goes after a step-up, by how it ended: {operation, url}.'),
  })
  .meta({ id: 'MakePaymentRequest' });

/**
 * Reads the rest of a v2 call (PSP API v2, `MakePaymentRequest`). Unknown members are ignored;
 * `confirmed` is compared without regard to case, as Vipps' own texts write it in several ways.
 */
export const readV2Request: ReadRequest = ({ body }, msn): MakePaymentRequest => {
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
  const { cardData, operations } = parsed.data;
  if (typeof cardData !== 'string')
    return { kind: 'INVALID', why: 'confirmed is YES without cardData' };
  return {
    kind: 'CONFIRMED',
    card: { kind: 'CARD_DATA', cardData },
    returnUrls: readReturnUrls(operations),
  };
};

const walletStates = {
  cancel: 'CANCEL',
  timeout: 'TIMEOUT',
  no: 'NO',
} as const satisfies Record<string, WalletState>;

function isWalletState(state: string): state is keyof typeof walletStates {
  return Object.hasOwn(walletStates, state);
}
