import { type NetworkToken } from '../../card-data/network-token.ts';
import { expiryYymm } from '../../card-data/payment-card.ts';
import { placeFor, putSecret } from '../../card-data/put-secret.ts';
import { invariant } from '../../shared/errors.ts';
import { type Money } from '../../shared/money.ts';
import {
  type AuthorisationRequest,
  type ModificationRequest,
  type ReversalRequest,
} from '../acquirer.ts';
import { rrnOf, stanOf } from './trace-numbers.ts';

/**
 * The body of an authorisation. It holds the card: whoever asked for it wipes it after sending.
 *
 * The number of the card or token, and the token's cryptogram, are copied in as bytes, behind
 * asterisks that hold their places: so they never become strings, which nobody could wipe.
 */
export function authorisationBody(request: AuthorisationRequest): Buffer {
  const { reference, pspTransactionId, merchant, indicators, stepUp } = request;
  const body = Buffer.from(
    JSON.stringify({
      reference,
      pspTransactionId,
      merchantSerialNumber: merchant.msn,
      ...amountOf(request.amount),
      ...cardOf(request),
      ...(stepUp && {
        threeDs: { ...stepUp, authenticationValue: stepUp.authenticationValue.expose() },
      }),
      merchant: {
        acquirerMerchantId: merchant.acquirerMerchantId,
        terminalId: merchant.terminalId,
        categoryCode: merchant.categoryCode,
        descriptor: merchant.descriptor,
        country: merchant.country,
      },
      ...indicators,
      stan: stanOf(reference),
      rrn: rrnOf(reference),
    }),
  );
  putSecrets(body, request);
  return body;
}

/** The body of a capture, a void or a refund. */
export function modificationBody(request: ModificationRequest): Buffer {
  const { reference, originalReference, pspTransactionId, amount } = request;
  return Buffer.from(
    JSON.stringify({ reference, originalReference, pspTransactionId, ...amountOf(amount) }),
  );
}

export function reversalBody(request: ReversalRequest): Buffer {
  const { reference, originalReference, pspTransactionId } = request;
  return Buffer.from(JSON.stringify({ reference, originalReference, pspTransactionId }));
}

function amountOf({ minor, currency }: Money): { amount: number; currency: string } {
  const amount = Number(minor);
  invariant(Number.isSafeInteger(amount) && amount > 0, 'An amount is a positive safe integer');
  return { amount, currency };
}

function cardOf({ card }: AuthorisationRequest): Readonly<Record<string, unknown>> {
  if (card.kind === 'NETWORK_TOKEN') return { networkToken: tokenOf(card.token) };
  return { card: { pan: placeFor(card.card.pan), expiry: expiryYymm(card.card) } };
}

function tokenOf(token: NetworkToken): Readonly<Record<string, string>> {
  return {
    number: placeFor(token.number),
    cryptogram: placeFor(token.cryptogram),
    expiryMonth: String(token.expiryMonth).padStart(2, '0'),
    expiryYear: String(token.expiryYear),
    tokenType: token.scheme,
    ...(token.eci !== undefined && { eci: token.eci }),
  };
}

function putSecrets(body: Buffer, { card }: AuthorisationRequest): void {
  if (card.kind === 'PAN') {
    putSecret(body, 'pan', card.card.pan);
  } else {
    putSecret(body, 'number', card.token.number);
    putSecret(body, 'cryptogram', card.token.cryptogram);
  }
}
