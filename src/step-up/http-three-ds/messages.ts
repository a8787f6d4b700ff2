import { type CardMaterial } from '../../acquirer/acquirer.ts';
import { type NetworkToken } from '../../card-data/network-token.ts';
import { expiryYymm } from '../../card-data/payment-card.ts';
import { placeFor, putSecret } from '../../card-data/put-secret.ts';
import { invariant } from '../../shared/errors.ts';
import { type ChallengeRequest } from '../three-ds-server.ts';

/**
 * The body that begins an authentication. It holds the card: whoever asked for it wipes it after
 * sending. The number is copied in as bytes, behind asterisks that hold its place, so that it never
 * becomes a string, which nobody could wipe.
 */
export function authenticationBody(request: ChallengeRequest): Buffer {
  const { reference, pspTransactionId, merchant, amount, card, returnUrl } = request;
  const minor = Number(amount.minor);
  invariant(Number.isSafeInteger(minor) && minor > 0, 'An amount is a positive safe integer');
  const body = Buffer.from(
    JSON.stringify({
      reference,
      pspTransactionId,
      merchantSerialNumber: merchant.msn,
      merchantName: merchant.descriptor,
      amount: minor,
      currency: amount.currency,
      ...cardOf(card),
      returnUrl,
    }),
  );
  if (card.kind === 'PAN') putSecret(body, 'pan', card.card.pan);
  else putSecret(body, 'number', card.token.number);
  return body;
}

function cardOf(card: CardMaterial): Readonly<Record<string, unknown>> {
  if (card.kind === 'NETWORK_TOKEN') return { networkToken: tokenOf(card.token) };
  return { card: { pan: placeFor(card.card.pan), expiry: expiryYymm(card.card) } };
}

/** The cryptogram is good for one authorisation and stays out: the directory server maps the number. */
function tokenOf(token: NetworkToken): Readonly<Record<string, string>> {
  return {
    number: placeFor(token.number),
    expiryMonth: String(token.expiryMonth).padStart(2, '0'),
    expiryYear: String(token.expiryYear),
  };
}
