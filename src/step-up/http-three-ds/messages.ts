import { type CardMaterial, type NetworkToken } from '../../acquirer/acquirer.ts';
import { expiryYymm, type PaymentCard } from '../../card-data/payment-card.ts';
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
  if (card.kind === 'PAN') putNumber(body, card.card);
  return body;
}

function cardOf(card: CardMaterial): Readonly<Record<string, unknown>> {
  if (card.kind === 'NETWORK_TOKEN') return { networkToken: tokenOf(card.token) };
  const pan = '*'.repeat(card.card.pan.expose().length);
  return { card: { pan, expiry: expiryYymm(card.card) } };
}

/** The cryptogram is good for one authorisation and stays out: the directory server maps the number. */
function tokenOf(token: NetworkToken): Readonly<Record<string, string>> {
  return {
    number: token.number.expose(),
    expiryMonth: String(token.expiryMonth).padStart(2, '0'),
    expiryYear: String(token.expiryYear),
  };
}

/** Only a member's name stands between quotes that are not escaped, so it is found for certain. */
const numberMember = '"pan":"';

function putNumber(body: Buffer, card: PaymentCard): void {
  const at = body.indexOf(numberMember);
  invariant(at >= 0, 'The place of the card number is in the message');
  card.pan.expose().copy(body, at + numberMember.length);
}
