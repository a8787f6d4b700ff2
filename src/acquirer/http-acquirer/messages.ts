import { expiryYymm, type PaymentCard } from '../../card-data/payment-card.ts';
import { invariant } from '../../shared/errors.ts';
import { type Money } from '../../shared/money.ts';
import {
  type AuthorisationRequest,
  type ModificationRequest,
  type NetworkToken,
  type ReversalRequest,
} from '../acquirer.ts';
import { rrnOf, stanOf } from './trace-numbers.ts';

/**
 * The body of an authorisation. It holds the card: whoever asked for it wipes it after sending.
 *
 * The card number is copied in as bytes, behind asterisks that hold its place: so it never becomes
 * a string, which nobody could wipe.
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
  if (request.card.kind === 'PAN') putNumber(body, request.card.card);
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
  const pan = '*'.repeat(card.card.pan.expose().length);
  return { card: { pan, expiry: expiryYymm(card.card) } };
}

function tokenOf(token: NetworkToken): Readonly<Record<string, string>> {
  return {
    number: token.number.expose(),
    cryptogram: token.cryptogram.expose(),
    expiryMonth: String(token.expiryMonth).padStart(2, '0'),
    expiryYear: String(token.expiryYear),
    tokenType: token.scheme,
    eci: token.eci,
  };
}

/** Only a member's name stands between quotes that are not escaped, so it is found for certain. */
const numberMember = '"pan":"';

function putNumber(body: Buffer, card: PaymentCard): void {
  const at = body.indexOf(numberMember);
  invariant(at >= 0, 'The place of the card number is in the message');
  card.pan.expose().copy(body, at + numberMember.length);
}
