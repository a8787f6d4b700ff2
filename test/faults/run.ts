import { type Adapter, type AdapterOptions, pause, startAdapter } from './adapter.ts';
import { startBalancer } from './balancer.ts';
import { type Answer } from './http.ts';
import { createMerchant, type Merchant } from './merchant.ts';
import { createOffice, type Office } from './office.ts';
import { createReader, type Reader, rowsOf } from './settle.ts';
import { type SimulatedVipps } from './simulators.ts';
import { type Stage } from './stage.ts';

/** A merchant, customers and a back office of an adapter, and the payments that they make. */
export interface Run {
  readonly venue: Venue;
  readonly stage: Stage;
  /** The references of its payments begin with it. */
  readonly name: string;
  readonly databaseUrl: string;
  readonly vipps: SimulatedVipps;
  /** The first copy. */
  readonly adapter: Adapter;
  readonly merchant: Merchant;
  readonly office: Office;
  /** How many more times Vipps makes each makePayment call, at the same time. */
  readonly duplicates: number;
  /** How often a copy had been killed before it began. */
  readonly killsBefore: number;
  readonly reader: Reader;
  /** Creates a payment; undefined when that was refused for good. */
  create(amount: number): Promise<RunPayment | undefined>;
  approve(payment: RunPayment, order?: object): Promise<void>;
  cancelInApp(payment: RunPayment): Promise<void>;
  /** The way through the pages of a step-up, and the call after it; nothing where none was asked for. */
  authenticate(payment: RunPayment, order?: object): Promise<void>;
  /** What the merchant sees once the payment is no longer under way. */
  untilDecided(payment: RunPayment): Promise<string>;
}

export interface RunPayment {
  readonly id: string;
  readonly reference: string;
  readonly path: string;
  readonly pspTransactionId: string;
}

/** One adapter, or several copies of it, on a database of its own. Runs follow each other on it. */
export interface Venue extends AsyncDisposable {
  readonly stage: Stage;
  readonly databaseUrl: string;
  readonly vipps: SimulatedVipps;
  readonly adapter: Adapter;
  readonly copies: readonly Adapter[];
  readonly reader: Reader;
  readonly publicUrl: string;
  kills(): number;
}

export type VenueRail = 'psp-v2' | 'psp-v3';

export interface VenueOptions {
  readonly name: string;
  /** Of its merchant. */
  readonly rail?: VenueRail;
  /** The adapter takes orders for its crash points. */
  readonly armed?: boolean;
  readonly patient?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** A simulated Vipps of its own, to misbehave to this adapter alone. */
  readonly ownVipps?: boolean;
  /** Several copies stand behind one address. */
  readonly copies?: number;
}

const decidedWithinMs = 40_000;
/** What a crash left is finished by then; a payment that is still open has nothing under way. */
const recoveredWithinMs = 8_000;

export async function openVenue(stage: Stage, options: VenueOptions): Promise<Venue> {
  const { name } = options;
  const databaseUrl = await stage.createDatabase(name);
  if (options.rail) await rowsOf(databaseUrl, 'update merchant set rail = $1', [options.rail]);
  const vipps = options.ownVipps === true ? await stage.startVipps(`${name}-vipps`) : stage.vipps;
  const balancer = options.copies === undefined ? undefined : await startBalancer();
  const env = {
    ...stage.environment(databaseUrl, vipps),
    ...(balancer && { PUBLIC_URL: balancer.url }),
    ...options.env,
  };
  const copies = await startCopies(stage, options, env);
  const [adapter] = copies;
  balancer?.use(() => copies.filter(serves).map((copy) => copy.publicUrl));
  const reader = createReader(databaseUrl);
  return {
    stage,
    databaseUrl,
    vipps,
    adapter,
    copies,
    reader,
    publicUrl: balancer?.url ?? adapter.publicUrl,
    kills: () => copies.reduce((sum, copy) => sum + copy.kills, 0),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(copies.map((copy) => copy.stop()));
      await reader.close();
      await balancer?.[Symbol.asyncDispose]();
      if (vipps !== stage.vipps) await vipps[Symbol.asyncDispose]();
      await stage.dropDatabase(name);
    },
  };
}

/** It was ready, and has not ended since. */
export function serves({ lives }: Adapter): boolean {
  return lives.at(-1)?.endedAtMs === Infinity;
}

export function startRun(venue: Venue, name: string, { duplicates = 0 } = {}): Run {
  const { stage, vipps, adapter, reader, publicUrl } = venue;
  const urls = { publicUrl, internalUrl: adapter.internalUrl };
  const merchant = createMerchant(urls, stage.access);
  let numbers = 0;

  const killsBefore = venue.kills();
  /** After a crash, since this run began, of one of the copies. */
  const hasRecovered = (): boolean =>
    venue.kills() > killsBefore &&
    venue.copies.every(
      (copy) =>
        serves(copy) && Date.now() - (copy.lives.at(-1)?.readyAtMs ?? 0) > recoveredWithinMs,
    );

  const idsOf = async (reference: string) => {
    const rows = await reader.untilRead<{ id: string; psp: string }>(
      'select id, psp_transaction_id as psp from payment where reference = $1',
      [reference],
    );
    return { id: rows[0]?.id ?? '', pspTransactionId: rows[0]?.psp ?? '' };
  };

  return {
    venue,
    stage,
    name,
    databaseUrl: venue.databaseUrl,
    vipps,
    adapter,
    merchant,
    office: createOffice(urls, stage.access),
    duplicates,
    killsBefore,
    reader,
    create: async (amount) => {
      numbers += 1;
      const reference = `${name}-${String(numbers).padStart(6, '0')}`;
      const answer = await merchant.post('/epayment/v1/payments', orderOf(reference, amount));
      if (answer.status !== 201) return undefined;
      const path = `/epayment/v1/payments/${reference}`;
      return { reference, path, ...(await idsOf(reference)) };
    },
    approve: async ({ pspTransactionId }, order = {}) => {
      await vipps.act(pspTransactionId, 'approve', { duplicates, concurrent: true, ...order });
    },
    cancelInApp: async ({ pspTransactionId }) => {
      await vipps.act(pspTransactionId, 'cancel', { duplicates, concurrent: true });
    },
    authenticate: async ({ pspTransactionId }, order = {}) => {
      await vipps.act(pspTransactionId, 'authenticate', { duplicates, concurrent: true, ...order });
    },
    untilDecided: async ({ path }) => {
      const untilMs = performance.now() + decidedWithinMs;
      for (;;) {
        const state = stateIn(await merchant.get(path));
        if (state !== 'CREATED' || performance.now() > untilMs || hasRecovered()) return state;
        await pause(60);
      }
    },
  };
}

/** Each is ready before the next one starts. */
async function startCopies(
  { directory }: Stage,
  { name, copies = 1, armed = false, patient = false }: VenueOptions,
  env: AdapterOptions['env'],
): Promise<readonly [Adapter, ...Adapter[]]> {
  const start = async (number: number): Promise<Adapter> => {
    const copyName = number === 1 ? name : `${name}-${number}`;
    const copy = await startAdapter({ directory, name: copyName, env, armed, patient });
    await copy.untilReady();
    return copy;
  };
  const first = await start(1);
  const others: Adapter[] = [];
  for (let number = 2; number <= copies; number += 1) others.push(await start(number));
  return [first, ...others];
}

/** A crash in the middle of looking is no state: it is looked at again. */
function stateIn({ status, body }: Answer): string {
  return status === 200 ? String((body as { state?: unknown }).state) : 'CREATED';
}

export function orderOf(reference: string, amount: number) {
  return {
    reference,
    amount: { currency: 'NOK', value: amount },
    paymentMethod: { type: 'WALLET' },
    userFlow: 'WEB_REDIRECT',
    returnUrl: 'https://shop.example.com/return',
    paymentDescription: 'A pair of socks',
  };
}
