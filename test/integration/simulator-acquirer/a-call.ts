import { type Clock, systemClock } from '../../../src/shared/clock.ts';
import {
  startAcquirerSimulator,
  type AcquirerSimulatorServerOptions,
} from '../../../src/simulator/acquirer/start-acquirer-simulator.ts';

export const visa = { pan: '4111111111111111', expiry: '3012' };
export const mastercard = { pan: '5413330000000019', expiry: '3012' };

type Members = Readonly<Record<string, unknown>>;

export function anAuthorisation(reference: string, members: Members = {}) {
  return {
    reference,
    pspTransactionId: 'payment1',
    merchantSerialNumber: '123456',
    amount: 10_000,
    currency: 'NOK',
    card: visa,
    ...members,
  };
}

export function aModification(reference: string, members: Members = {}) {
  return {
    reference,
    originalReference: 'auth1',
    pspTransactionId: 'payment1',
    amount: 10_000,
    currency: 'NOK',
    ...members,
  };
}

export function aReversal(reference: string, members: Members = {}) {
  return { reference, originalReference: 'auth1', pspTransactionId: 'payment1', ...members };
}

/** Time that stands still until it is moved. */
export function manualClock(start = new Date('2026-06-15T12:00:00.000Z')) {
  let elapsedMs = 0;
  let sleepers: { readonly dueMs: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(start.getTime() + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) resolve();
        signal?.addEventListener('abort', () => {
          resolve();
        });
        sleepers.push({ dueMs: elapsedMs + ms, wake: resolve });
      }),
    after: (ms, call) => {
      const sleeper = { dueMs: elapsedMs + ms, wake: call };
      sleepers.push(sleeper);
      return () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
      };
    },
    abortAfter: (ms) => systemClock.abortAfter(ms),
  };
  return {
    clock,
    sleeping: () => sleepers.map(({ dueMs }) => dueMs - elapsedMs),
    advance(ms: number): void {
      elapsedMs += ms;
      for (const { dueMs, wake } of sleepers) if (dueMs <= elapsedMs) wake();
      sleepers = sleepers.filter(({ dueMs }) => dueMs > elapsedMs);
    },
  };
}

/** A simulator on a socket, with calls that a double of the adapter would make. */
export async function aRunningSimulator(options: AcquirerSimulatorServerOptions = {}) {
  const running = await startAcquirerSimulator(options);
  return { ...callsTo(running.url), running, [Symbol.asyncDispose]: () => running.close() };
}

export function callsTo(url: string) {
  const control = async () => (await (await fetch(`${url}/control`)).json()) as Members;
  const send = (method: string, path: string, body: object, key?: string) =>
    fetch(url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    });
  const message = (path: string) => (body: { reference: string }) =>
    send('POST', path, body, body.reference);
  return {
    url,
    authorise: message('/authorisations'),
    capture: message('/captures'),
    void: message('/voids'),
    refund: message('/refunds'),
    reverse: message('/reversals'),
    inquire: (reference: string) => fetch(`${url}/transactions/${reference}`),
    ledger: async () => (await (await fetch(`${url}/ledger`)).json()) as Members[],
    control,
    order: (method: string, path: string, body: object = {}) =>
      send(method, `/control${path}`, body),
    /** Until so many calls wait for their decision. */
    untilInProgress: async (count: number): Promise<void> => {
      for (let attempt = 0; attempt < 500; attempt += 1) {
        if ((await control())['inProgress'] === count) return;
      }
      throw new Error(`there were never ${count} calls in progress`);
    },
  };
}
