import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { loadKeyRing } from '../../src/card-data/key-ring.ts';
import { composeAdapter } from '../../src/composition/compose-adapter.ts';
import { connectDatabase, type Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { listen } from '../../src/http/listener.ts';
import { createMerchant } from '../../src/merchants/create-merchant.ts';
import { createMerchantRepository } from '../../src/merchants/merchant-repository.ts';
import { type InitRequest, type PspApi } from '../../src/psp-api/psp-api.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { silentLog } from '../../src/shared/log.ts';
import { scriptedAcquirer } from '../support/scripted-acquirer.ts';
import { onServer } from '../support/test-database.ts';
import { testSettings, unusedPspApi } from '../support/test-settings.ts';
import { fillDatabase } from './fill-database.ts';
import { makeBenchKey } from './keys.ts';

export const subjectMsn = '200001';

/** An adapter on a database with so many stored payments, and what one needs to use it. */
export interface Subject extends AsyncDisposable {
  readonly stored: number;
  readonly database: Database;
  readonly pspApi: PspApi;
  readonly cardData: readonly string[];
  /** Every init that Vipps was sent, the latest last. */
  readonly inits: readonly InitRequest[];
  readonly merchantHeaders: Readonly<Record<string, string>>;
  /** Sends a request and reads the answer, which has to be a success. */
  readonly call: (listener: 'public' | 'internal', request: SubjectRequest) => Promise<string>;
}

export interface SubjectRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A database of the given server, filled, with the whole adapter on it; Vipps and the acquirer agree at once. */
export async function startSubject(server: string, stored: number): Promise<Subject> {
  const name = `stored_${stored}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrate(url.href);
  await fillDatabase(url.href, stored);

  const directory = await mkdtemp(path.join(tmpdir(), 'vipps-psp-adapter-stored-'));
  const key = await makeBenchKey(path.join(directory, 'keys'), 2048);
  const database = connectDatabase({ url: url.href, log: silentLog });
  const inits: InitRequest[] = [];
  const pspApi = agreeingVipps(inits);
  const adapter = await composeAdapter({
    database,
    acquirer: scriptedAcquirer(),
    keyRing: await loadKeyRing({
      directory: key.directory,
      oaepHash: 'sha256',
      requirePrivateFiles: true,
    }),
    clock: systemClock,
    log: silentLog,
    pspApi,
    // Reports wait for the day's end, so that the outbox is emptied only where that is measured.
    settings: { ...testSettings, deadlineScale: 1, statusUpdateSchedule: onceADay },
  });
  const listeners = await Promise.all([openListener(), openListener()]);
  listeners[0].listener.serve(adapter.publicApp);
  listeners[1].listener.serve(adapter.internalApp);
  const call: Subject['call'] = (listener, request) =>
    send(listeners[listener === 'public' ? 0 : 1].pool, request);

  return {
    stored,
    database,
    pspApi,
    cardData: key.cardData,
    inits,
    merchantHeaders: await headersOfAMerchant(database, call),
    call,
    [Symbol.asyncDispose]: async () => {
      for (const { listener, pool } of listeners) {
        await pool.close();
        await listener.close(0);
      }
      await adapter[Symbol.asyncDispose]();
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Twelve hours away, whenever the bench runs. */
const onceADay = {
  kind: 'DAILY',
  at: {
    time: new Date(Date.now() + 12 * 3_600_000).toISOString().slice(11, 16),
    zone: 'UTC',
  },
} as const;

function agreeingVipps(inits: InitRequest[]): PspApi {
  return {
    ...unusedPspApi(),
    init: (_call, request) => {
      inits.push(request);
      const vippsRedirectUrl = `https://api.vipps.example/${request.pspTransactionId}`;
      return Promise.resolve({ kind: 'INITIATED', vippsRedirectUrl });
    },
    updateStatus: () => Promise.resolve({ kind: 'ACCEPTED' }),
  };
}

async function openListener() {
  const listener = await listen({ host: '127.0.0.1', port: 0, portVariable: 'PORT' });
  return { listener, pool: new Pool(listener.url, { connections: 1 }) };
}

async function send(pool: Pool, { method = 'GET', ...request }: SubjectRequest): Promise<string> {
  const { statusCode, body } = await pool.request({
    method,
    path: request.path,
    headers: { 'Content-Type': 'application/json', ...request.headers },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${request.path}: ${statusCode} ${text}`);
  return text;
}

async function headersOfAMerchant(database: Database, call: Subject['call']) {
  const merchants = createMerchantRepository(database.hot);
  const { clientId, clientSecret, subscriptionKey } = await createMerchant(merchants, {
    msn: subjectMsn,
    name: 'The shop that is measured',
  });
  const subscription = { 'Ocp-Apim-Subscription-Key': subscriptionKey.expose() };
  const answer = await call('public', {
    method: 'POST',
    path: '/accesstoken/get',
    headers: { ...subscription, client_id: clientId, client_secret: clientSecret.expose() },
  });
  const { access_token: token } = JSON.parse(answer) as { access_token: string };
  return {
    ...subscription,
    Authorization: `Bearer ${token}`,
    'Merchant-Serial-Number': subjectMsn,
  };
}
