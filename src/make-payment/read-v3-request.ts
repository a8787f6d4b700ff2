import { z } from 'zod';
import { readNetworkToken } from '../card-data/read-network-token.ts';
import {
  type MakePaymentRequest,
  type PresentedCard,
  type ReadableCall,
  type ReadRequest,
  type WalletState,
} from './messages.ts';
import { readReturnUrls } from './read-return-urls.ts';

/** PSP API v3 specification, `MakePaymentRequest`; what it requires is sometimes null all the same. */
export const makePaymentV3Body = z
  .object({
    pspTransactionId: z.string(),
    merchantSerialNumber: z.string(),
    paymentState: z
      .string()
      .nullish()
      .describe('ACCEPTED, TIMEOUT or USER_CANCEL, in any case of letters.'),
    confirmed: z.string().nullish().describe('Another name of paymentState.'),
    paymentInstrument: z.string().nullish().describe('TOKEN, unless it says ENCRYPTEDCARD.'),
    binNumber: z.unknown().optional().describe('The first six digits of the card behind a token.'),
    networkToken: z
      .unknown()
      .optional()
      .describe('With TOKEN: number, cryptogram, expiryMonth, expiryYear, tokenType, eci.'),
    cardData: z.unknown().optional().describe('With ENCRYPTEDCARD: as in v2.'),
    operations: z
      .unknown()
      .optional()
      .describe('Where the customer goes after a step-up, by how it ended: {operation, url}.'),
  })
  .meta({ id: 'MakePaymentV3Request' });

type V3Body = z.infer<typeof makePaymentV3Body>;

/**
 * Reads the rest of a v3 call. The state may stand in `confirmed`, as in the guide's own example of
 * 3-D Secure, and then in the words of v2 too. What the card is follows from `paymentInstrument`
 * alone: the specification requires both members, although one of them is always null.
 */
export const readV3Request: ReadRequest = (call, msn): MakePaymentRequest => {
  const parsed = makePaymentV3Body.safeParse(call.body);
  if (!parsed.success) return { kind: 'INVALID', why: 'a member is missing or of a wrong type' };
  const body = parsed.data;
  if (body.merchantSerialNumber !== msn) {
    return { kind: 'INVALID', why: 'the merchant serial number is not the one of init' };
  }
  const state = (body.paymentState ?? body.confirmed ?? '').toLowerCase();
  if (isWalletState(state)) {
    return { kind: 'NOT_CONFIRMED', walletState: walletStates[state] };
  }
  if (state !== 'accepted' && state !== 'yes') {
    return { kind: 'INVALID', why: 'paymentState is none of ACCEPTED, TIMEOUT, USER_CANCEL' };
  }
  const card = presentedCard(body, call);
  if (card === undefined) return { kind: 'INVALID', why: 'there is no whole card or token' };
  return { kind: 'CONFIRMED', card, returnUrls: readReturnUrls(body.operations) };
};

function presentedCard(
  body: V3Body,
  { tokenSecrets }: Pick<ReadableCall, 'tokenSecrets'>,
): PresentedCard | undefined {
  switch ((body.paymentInstrument ?? 'TOKEN').toUpperCase()) {
    case 'TOKEN': {
      const token = readNetworkToken(body, tokenSecrets);
      return token && { kind: 'NETWORK_TOKEN', token };
    }
    case 'ENCRYPTEDCARD':
      return typeof body.cardData === 'string'
        ? { kind: 'CARD_DATA', cardData: body.cardData }
        : undefined;
    default:
      return undefined;
  }
}

/** v3 has one word for a customer who cancelled and for what broke on Vipps' side. */
const walletStates = {
  user_cancel: 'CANCEL',
  timeout: 'TIMEOUT',
  cancel: 'CANCEL',
  no: 'NO',
} as const satisfies Record<string, WalletState>;

function isWalletState(state: string): state is keyof typeof walletStates {
  return Object.hasOwn(walletStates, state);
}
