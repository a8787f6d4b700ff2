import { type KeyObject } from 'node:crypto';
import { createTokenBook, type TokenBook } from './access-token/token-book.ts';
import { json } from './answer.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { type Journal, openJournal } from './journal.ts';
import { type PaidWith } from './make-payment/callback-order.ts';
import { createMisbehaviour, type Misbehaviour } from './misbehaviour.ts';
import { createPaymentBook, type PaymentBook } from './payment-book.ts';
import { initAnswer } from './psp/init-answer.ts';
import { createReplyMemory, type ReplyMemory } from './reply-memory.ts';
import { createRequestRecord, type RequestRecord } from './request-record.ts';
import { type Merchant, type OaepHash, readPublicKey, type Settings } from './settings.ts';
import { createSimulatorClock, type SimulatorClock } from './simulator-clock.ts';
import { createUpdateBook, type UpdateBook } from './status-updates/update-book.ts';

/** What can be turned while the simulator runs. */
export type Dials = {
  pspPublicKey: KeyObject | undefined;
  oaepHash: OaepHash;
  callbackPatienceMs: number;
};

/** Everything that one simulated Vipps knows. */
export type Simulation = {
  readonly settings: Settings;
  readonly publicUrl: string;
  readonly clock: SimulatorClock;
  readonly dials: Dials;
  readonly merchants: Map<string, Merchant>;
  readonly tokens: TokenBook;
  readonly book: PaymentBook;
  readonly deadlines: Deadlines;
  readonly updates: UpdateBook;
  readonly replies: ReplyMemory;
  readonly misbehaviour: Misbehaviour;
  readonly requests: RequestRecord;
  readonly journal: Journal;
  /** Aborted when the simulator stops: calls under way are cut. */
  readonly stopping: AbortController;
  /** What each customer pays with, so that the call after a step-up has the same. Never written down. */
  readonly wallet: Map<string, PaidWith>;
};

export function createSimulation(settings: Settings, publicUrl: string): Simulation {
  const clock = createSimulatorClock(settings.clock);
  const journal = openJournal(settings.dataFile);
  const simulation: Simulation = {
    settings,
    publicUrl,
    clock,
    dials: dialsFrom(settings),
    merchants: new Map(settings.merchants.map((merchant) => [merchant.msn, merchant])),
    tokens: createTokenBook(clock, settings.tokenLifetimeSeconds),
    book: createPaymentBook(journal),
    deadlines: createDeadlines(),
    updates: createUpdateBook(journal),
    replies: createReplyMemory(),
    misbehaviour: createMisbehaviour(),
    requests: createRequestRecord(),
    journal,
    stopping: new AbortController(),
    wallet: new Map(),
  };
  for (const payment of journal.payments) remember(simulation, payment);
  return simulation;
}

function dialsFrom(settings: Settings): Dials {
  const { pspPublicKeyPem, oaepHash, callbackPatienceMs } = settings;
  return {
    pspPublicKey: pspPublicKeyPem === undefined ? undefined : readPublicKey(pspPublicKeyPem),
    oaepHash,
    callbackPatienceMs,
  };
}

/** Puts a payment from the journal back where a running simulator would have it. */
function remember(simulation: Simulation, payment: Journal['payments'][number]): void {
  const { version, requestId, bodyHash, merchantSerialNumber: msn } = payment;
  const answer = json(200, initAnswer(payment));
  simulation.replies.keep({ operation: 'init', version, msn, requestId, bodyHash }, answer);
  const dueAtMs = payment.createdAtMs + simulation.settings.userTimeoutSeconds * 1_000;
  simulation.deadlines.add(payment.pspTransactionId, dueAtMs);
}

/** Forgets payments, updates and orders to misbehave; keeps merchants, key and clock. */
export function resetSimulation(simulation: Simulation): void {
  const { book, deadlines, updates, replies, misbehaviour, requests, wallet, journal } = simulation;
  for (const kept of [book, deadlines, updates, replies, misbehaviour, requests, wallet]) {
    kept.clear();
  }
  journal.cleared();
  Object.assign(simulation.dials, {
    callbackPatienceMs: simulation.settings.callbackPatienceMs,
    oaepHash: simulation.settings.oaepHash,
  });
}
