import { type KeyObject, randomUUID } from 'node:crypto';
import { type Payment } from '../payment.ts';
import { type CardMaterial, pspVersions } from '../psp/version.ts';
import { readPublicKey } from '../settings.ts';
import { type Simulation } from '../simulation.ts';
import { type CallbackOrder, type Forgery, OrderRefused } from './callback-order.ts';
import { encryptCardData } from './encrypt-card-data.ts';
import { type NetworkToken, networkTokenOf } from './network-tokens.ts';
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
 * The call as Vipps words it (Vipps PSP API, makePayment): no other header than the payment's
 * token, exactly as the PSP gave it; card material only when the user has approved.
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

/** v3 always names the ends of a step-up; v2 by its specification and not by its guide. */
export function sendsOperations(
  simulation: Simulation,
  payment: Payment,
  order: CallbackOrder,
): boolean {
  return order.operations ?? (payment.version === 'v3' || simulation.settings.operationsOnV2);
}

function bodyOf(
  simulation: Simulation,
  payment: Payment,
  order: CallbackOrder,
): Readonly<Record<string, unknown>> {
  const { forge = {}, quirks = {} } = order;
  const body = pspVersions[payment.version].callbackBody({
    pspTransactionId: payment.pspTransactionId,
    merchantSerialNumber: forge.merchantSerialNumber ?? payment.merchantSerialNumber,
    confirmed: order.confirmed,
    material: materialOf(simulation, payment, order),
    operations: sendsOperations(simulation, payment, order)
      ? (payment.operations ?? [])
      : undefined,
    namesConfirmed: quirks.confirmed ?? false,
  });
  const without = forge.withoutMembers ?? [];
  const members = Object.entries({ ...emptied(body, quirks.empty), ...forge.members });
  return Object.fromEntries(members.filter(([name]) => !without.includes(name)));
}

type Body = Readonly<Record<string, unknown>>;

function emptied(body: Body, empty: 'null' | 'absent' | undefined): Body {
  if (empty === 'null') return { cardData: null, operations: null, userToken: null, ...body };
  if (empty === undefined) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

function materialOf(
  simulation: Simulation,
  payment: Payment,
  order: CallbackOrder,
): CardMaterial | undefined {
  const { confirmed, forge = {} } = order;
  const isAboutCardData = forge.cardData !== undefined || forge.plaintext !== undefined;
  if (forge.cardData === null || (confirmed !== 'YES' && !isAboutCardData)) return undefined;
  const card = cardOf(simulation, order);
  const binNumber = card.pan.slice(0, 6);
  const networkToken = isAboutCardData ? undefined : tokenOf(payment, order, card);
  if (networkToken) return { kind: 'TOKEN', networkToken, binNumber };
  const cardData = forge.cardData ?? encryptedCard(simulation, order);
  return { kind: 'CARD_DATA', cardData, binNumber };
}

function tokenOf(
  { version, amount }: Payment,
  { paymentInstrument, quirks }: CallbackOrder,
  card: Card,
): NetworkToken | undefined {
  if (version === 'v2' || paymentInstrument === 'ENCRYPTEDCARD') return undefined;
  const token = networkTokenOf(amount, card);
  const { eci = token?.eci } = quirks ?? {};
  return token && eci !== undefined ? { ...token, eci } : undefined;
}

function encryptedCard(simulation: Simulation, order: CallbackOrder): string {
  const { forge = {} } = order;
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
