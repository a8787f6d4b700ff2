import { randomUUID } from 'node:crypto';
import { type Express } from 'express';
import request, { type Response } from 'supertest';
import { type Acquirer } from '../../../src/acquirer/acquirer.ts';
import { createApp } from '../../../src/http/create-app.ts';
import { idempotencyRepository } from '../../../src/idempotency/idempotency-repository.ts';
import { createForceApprovalRepository } from '../../../src/initiate-payment/force-approval-repository.ts';
import { createForceApprove } from '../../../src/initiate-payment/force-approve.ts';
import { createInitiatePayment } from '../../../src/initiate-payment/initiate-payment.ts';
import { initiationRepository } from '../../../src/initiate-payment/initiation-repository.ts';
import { createPaymentTokens } from '../../../src/initiate-payment/payment-tokens.ts';
import { createMerchantApi } from '../../../src/merchant-api/routes.ts';
import { createMerchant } from '../../../src/merchants/create-merchant.ts';
import { type MerchantCredentials } from '../../../src/merchants/credentials.ts';
import { createMerchantRepository } from '../../../src/merchants/merchant-repository.ts';
import { modificationTiming } from '../../../src/modifications/ask-acquirer.ts';
import { modificationStore } from '../../../src/modifications/modification-store.ts';
import { createModifyPayment } from '../../../src/modifications/modify-payment.ts';
import { createPaymentRepository } from '../../../src/payments/payment-repository.ts';
import {
  type CallContext,
  type InitOutcome,
  type InitRequest,
  type PspApi,
} from '../../../src/psp-api/psp-api.ts';
import { returnPageUrl } from '../../../src/return-page/return-page-url.ts';
import { createReturnRepository } from '../../../src/return-page/return-repository.ts';
import { returnRoutes } from '../../../src/return-page/return-routes.ts';
import { type Clock, systemClock } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { systemRandom } from '../../../src/shared/random.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

export type Init = { readonly context: CallContext; readonly request: InitRequest };
type Behaviour = (init: Init) => InitOutcome | Promise<InitOutcome>;

/** Stands in for Vipps: remembers every init, and answers as it was last told to. */
export interface VippsStub {
  readonly inits: Init[];
  behaviour: Behaviour;
}

export interface Harness extends AsyncDisposable {
  readonly app: Express;
  readonly database: TestDatabase['database'];
  readonly url: string;
  readonly vipps: VippsStub;
  readonly merchant: TestMerchant;
  aMerchant(options?: { readonly useReturnPage?: boolean }): Promise<TestMerchant>;
}

export interface TestMerchant {
  readonly msn: string;
  readonly credentials: MerchantCredentials;
  /** Everything that a call needs, with a fresh access token. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface HarnessOptions {
  readonly rateLimits?: {
    readonly writesPerMinute: number | undefined;
    readonly readsPerMinute: number | undefined;
  };
  readonly expirySeconds?: number;
  /** Where Vipps is told to call makePayment. */
  readonly calledAt?: string;
  readonly clock?: Clock;
  readonly acquirer?: Acquirer;
  /** In the place of the stub. */
  readonly pspApi?: Pick<PspApi, 'init'> & Partial<Pick<PspApi, 'forceApprove'>>;
}

export const publicUrl = 'https://psp.vippsadapter.no';
export const accessTokenKey = new Secret('an access token key for tests, long enough');

export const initiated: Behaviour = ({ request: { pspTransactionId } }) => ({
  kind: 'INITIATED',
  vippsRedirectUrl: `https://landing.vipps.no/?token=${pspTransactionId}`,
});

export async function startMerchantApi(options: HarnessOptions = {}): Promise<Harness> {
  const testDatabase = await createTestDatabase();
  const { database } = testDatabase;
  const instanceId = randomUUID();
  // A copy that lives as long as the tests run, whatever their heartbeat.
  await database.hot.query(
    `insert into instance (id, heartbeat_at) values ($1, now() + interval '1 hour')`,
    [instanceId],
  );
  const vipps: VippsStub = { inits: [], behaviour: initiated };
  const stub: Pick<PspApi, 'init'> = {
    init: async (context, initRequest) => {
      const init = { context, request: initRequest };
      vipps.inits.push(init);
      return vipps.behaviour(init);
    },
  };
  const app = compose(testDatabase, instanceId, { pspApi: stub, ...options });
  const merchants = createMerchantRepository(database.hot);
  let made = 0;

  async function aMerchant(terms: { readonly useReturnPage?: boolean } = {}) {
    made += 1;
    const msn = String(100_000 + made);
    const credentials = await createMerchant(merchants, { msn, name: `Shop ${made}`, ...terms });
    return { msn, credentials, headers: await headersOf(app, msn, credentials) };
  }

  return {
    app,
    database,
    url: testDatabase.url,
    vipps,
    merchant: await aMerchant(),
    aMerchant,
    [Symbol.asyncDispose]: () => testDatabase.drop(),
  };
}

function compose(
  { database }: TestDatabase,
  instanceId: string,
  options: HarnessOptions & { readonly pspApi: NonNullable<HarnessOptions['pspApi']> },
): Express {
  const clock = options.clock ?? systemClock;
  const log = silentLog;
  const idempotency = { database, repository: idempotencyRepository, instanceId, clock };
  const initiatePayment = createInitiatePayment({
    database,
    idempotency,
    initiations: initiationRepository,
    pspApi: options.pspApi,
    tokens: createPaymentTokens(accessTokenKey),
    makePaymentUrlOf: (rail) =>
      `${options.calledAt ?? publicUrl}/vipps/psp/${rail.slice(-2)}/makePayment`,
    returnPageUrlOf: (token) => returnPageUrl(publicUrl, token),
    expirySeconds: options.expirySeconds ?? 660,
    clock,
    random: systemRandom,
    log,
  });
  const { forceApprove } = options.pspApi;
  const merchantApi = createMerchantApi({
    ...(forceApprove && {
      forceApprove: createForceApprove({
        payments: createForceApprovalRepository(database.hot),
        pspApi: { forceApprove },
      }),
    }),
    merchants: createMerchantRepository(database.hot),
    payments: createPaymentRepository(database.hot),
    modifyPayment: createModifyPayment({
      idempotency,
      store: modificationStore,
      acquirer: options.acquirer ?? scriptedAcquirer(),
      timing: modificationTiming,
      log,
    }),
    initiatePayment,
    idempotency,
    accessTokenKey,
    amountMinimum: 100n,
    rateLimits: options.rateLimits ?? { writesPerMinute: undefined, readsPerMinute: undefined },
    clock,
    log,
  });
  const returns = returnRoutes({ returns: createReturnRepository(database.hot) });
  return createApp({ routers: [merchantApi, returns], clock, log });
}

export function askForToken(
  app: Express,
  credentials: MerchantCredentials,
  replaced: Readonly<Record<string, string>> = {},
): request.Test {
  return request(app)
    .post('/accesstoken/get')
    .set({
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret.expose(),
      'Ocp-Apim-Subscription-Key': credentials.subscriptionKey.expose(),
      ...replaced,
    });
}

async function headersOf(app: Express, msn: string, credentials: MerchantCredentials) {
  const { body } = (await askForToken(app, credentials)) as { body: { access_token: string } };
  return {
    Authorization: `Bearer ${body.access_token}`,
    'Ocp-Apim-Subscription-Key': credentials.subscriptionKey.expose(),
    'Merchant-Serial-Number': msn,
  };
}

let references = 0;

export function aReference(): string {
  references += 1;
  return `order-${String(references).padStart(6, '0')}`;
}

/** A body that is accepted, with members replaced, or left out where undefined. */
export function anOrder(replaced: Readonly<Record<string, unknown>> = {}) {
  return {
    amount: { currency: 'NOK', value: 49_900 },
    paymentMethod: { type: 'WALLET' },
    reference: aReference(),
    userFlow: 'WEB_REDIRECT',
    returnUrl: 'https://shop.vippsadapter.no/back?ref=1',
    ...replaced,
  };
}

export function create(
  { app, merchant }: Pick<Harness, 'app' | 'merchant'>,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): request.Test {
  return request(app)
    .post('/epayment/v1/payments')
    .set({ ...merchant.headers, 'Idempotency-Key': randomUUID(), ...headers })
    .set('Content-Type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));
}

export function get(
  { app, merchant }: Pick<Harness, 'app' | 'merchant'>,
  path: string,
): request.Test {
  return request(app).get(`/epayment/v1/payments/${path}`).set(merchant.headers);
}

export function cancel(
  { app, merchant }: Pick<Harness, 'app' | 'merchant'>,
  reference: string,
  headers: Readonly<Record<string, string>> = {},
): request.Test {
  return request(app)
    .post(`/epayment/v1/payments/${reference}/cancel`)
    .set({ ...merchant.headers, ...headers });
}

type Detail = { readonly name: string; readonly reason: string };

/** The domain's code in a problem, or undefined where it has none. */
export function codeOf(response: Response): string | undefined {
  const { extraDetails } = response.body as { extraDetails?: readonly Detail[] };
  return extraDetails?.find(({ name }) => name === 'ErrorCode')?.reason;
}

/** The fields that a validation problem names. */
export function fieldsOf(response: Response): readonly string[] {
  const { extraDetails } = response.body as { extraDetails: readonly Detail[] };
  return extraDetails.map(({ name }) => name);
}

export async function countOf(
  { database }: Pick<Harness, 'database'>,
  table: string,
): Promise<number> {
  const { rows } = await database.hot.query<{ n: bigint }>(`select count(*) as n from ${table}`);
  return Number(rows[0]?.n);
}
