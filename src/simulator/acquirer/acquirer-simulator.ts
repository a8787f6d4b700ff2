import { randomBytes } from 'node:crypto';
import express from 'express';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { type Log, silentLog } from '../../shared/log.ts';
import { createAcquirerState } from './acquirer-state.ts';
import { type LedgerEntry } from './books.ts';
import { controlRoutes } from './control-routes.ts';
import { type Control } from './control.ts';
import { errorHandler } from './error-handler.ts';
import { ledgerPage, ledgerPagePolicy } from './ledger-page.ts';
import { openLedger } from './ledger.ts';
import { Refusal } from './refusal.ts';
import { acquirerRoutes } from './routes.ts';

export type AcquirerSimulatorOptions = {
  /** JSON lines; absent: the books end with the process. */
  readonly ledgerFile?: string | undefined;
  readonly forgetfulReversals?: boolean;
  readonly clockOffsetMs?: number;
  /** What the delays of the special amounts are multiplied with; 0.1 makes 20 s into 2 s. */
  readonly delayScale?: number;
  readonly clock?: Clock;
  readonly log?: Log;
};

export interface AcquirerSimulator extends Disposable {
  readonly app: express.Express;
  readonly control: Control;
  /** What `GET /ledger` answers, oldest first. */
  ledger(): readonly LedgerEntry[];
  /** Empty books, no call in progress, and the settings of the start. */
  reset(): void;
}

/** The simulated acquirer as an Express app. Dispose it to give up waits and to close the file. */
export function createAcquirerSimulator(options: AcquirerSimulatorOptions = {}): AcquirerSimulator {
  const { clock = systemClock, log = silentLog } = options;
  const ledger = openLedger({
    file: options.ledgerFile,
    fingerprintKey: randomBytes(32).toString('base64'),
  });
  const state = createAcquirerState({
    ledger,
    clock,
    log,
    settings: {
      forgetfulReversals: options.forgetfulReversals ?? false,
      clockOffsetMs: options.clockOffsetMs ?? 0,
      delayScale: options.delayScale ?? 1,
    },
  });

  const app = express().disable('x-powered-by').disable('etag');
  app.use(acquirerRoutes(state));
  app.get('/ledger', (_request, response) => {
    response.json(ledger.entries());
  });
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', name: 'acquirer', pid: process.pid });
  });
  app.get('/', (_request, response) => {
    response
      .set({ 'content-security-policy': ledgerPagePolicy, 'x-content-type-options': 'nosniff' })
      .set({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
      .type('html')
      .send(ledgerPage(ledger.entries()));
  });
  app.use('/control', controlRoutes(state));
  app.use(() => {
    throw new Refusal(404, 'not_found', 'There is nothing at this address.');
  });
  app.use(errorHandler(log));

  return {
    app,
    control: state.control,
    ledger: () => ledger.entries(),
    reset: () => {
      state.reset();
    },
    [Symbol.dispose]: () => {
      state.abandonCalls();
      ledger[Symbol.dispose]();
    },
  };
}
