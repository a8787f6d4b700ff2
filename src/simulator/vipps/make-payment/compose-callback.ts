import { type KeyObject, randomUUID } from 'node:crypto';
import { type Payment } from '../payment.ts';
import { v2 } from '../psp/version.ts';
import { readPublicKey } from '../settings.ts';
import { type Simulation } from '../simulation.ts';
import { type CallbackOrder, type Forgery, OrderRefused } from './callback-order.ts';
import { encryptCardData } from './encrypt-card-data.ts';
import { type OutgoingCallback } from './send-callback.ts';
import { maskedPan } from './test-cards.ts';

type Card = { readonly pan: string; readonly expiry: string };

/** The card of an order: by its id, or spelt out. Without one, the first of the list. */
export function cardOf(simulation: Simulation, order: CallbackOrder): Card {
  const { cards } = simulation.settings;
  if (typeof order.card === 'object') return order.card;
  const card = order.card === undefined ? cards[0] : cards.find(({ id }) => id === order.card);
  if (!card) throw new OrderRefused(`no test card ${order.card ?? 'at all'}`);
  return card;
}

/** How the card of an order is named in records: never by its number. */
export function cardName(simulation: Simulation, order: CallbackOrder): string | undefined {
  if (order.confirmed !== 'YES') return undefined;
  return typeof order.card === 'string' ? order.card : maskedPan(cardOf(simulation, order).pan);
}

/**
 * The call as Vipps words it (Vipps PSP API v2, makePayment): no other header than the payment's
 * token, exactly as the PSP gave it; cardData only when the user has approved.
 */
export function composeCallback(
  simulation: Simulation,
  payment: Payment,
  order: CallbackOrder,
): OutgoingCallback {
  const forge = order.forge ?? {};
  return {
    url: forge.url ?? payment.makePaymentUrl,
    method: forge.method ?? 'POST',
    headers: {
      'Content-Type': forge.contentType ?? 'application/json;charset=UTF-8',
      ...authorization(payment, forge),
      ...forge.headers,
    },
    body: Buffer.from(forge.body ?? JSON.stringify(bodyOf(simulation, payment, order)), 'utf8'),
  };
}

function authorization(payment: Payment, forge: Forgery): Readonly<Record<string, string>> {
  const value = forge.authorization === undefined ? payment.makePaymentToken : forge.authorization;
  return value === undefined || value === null ? {} : { Authorization: value };
}

function bodyOf(
  simulation: Simulation,
  payment: Payment,
  order: CallbackOrder,
): Readonly<Record<string, unknown>> {
  const forge = order.forge ?? {};
  const body = v2.callbackBody({
    pspTransactionId: payment.pspTransactionId,
    merchantSerialNumber: forge.merchantSerialNumber ?? payment.merchantSerialNumber,
    confirmed: order.confirmed,
    cardData: cardDataOf(simulation, order),
  });
  const without = forge.withoutMembers ?? [];
  const members = Object.entries({ ...body, ...forge.members });
  return Object.fromEntries(members.filter(([name]) => !without.includes(name)));
}

function cardDataOf(simulation: Simulation, order: CallbackOrder): string | undefined {
  const forge = order.forge ?? {};
  if (forge.cardData !== undefined) return forge.cardData ?? undefined;
  if (order.confirmed !== 'YES' && forge.plaintext === undefined) return undefined;
  return encryptCardData(forge.plaintext ?? plaintextOf(simulation, order), {
    key: keyOf(simulation, forge),
    hash: forge.oaepHash ?? simulation.dials.oaepHash,
    padding: forge.padding,
  });
}

function plaintextOf(simulation: Simulation, order: CallbackOrder): string {
  const { pan, expiry } = cardOf(simulation, order);
  return `${pan},${expiry},${order.sessionId ?? randomUUID().replaceAll('-', '')}`;
}

function keyOf(simulation: Simulation, forge: Forgery): KeyObject {
  if (forge.publicKeyPem !== undefined) return readPublicKey(forge.publicKeyPem);
  const { pspPublicKey } = simulation.dials;
  if (!pspPublicKey) {
    throw new OrderRefused('no public key of the PSP: PUT it to /control/psp-public-key');
  }
  return pspPublicKey;
}
