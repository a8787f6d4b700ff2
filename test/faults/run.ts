import { type Adapter, type AdapterOptions, pause, startAdapter } from './adapter.ts';
import { startBalancer } from './balancer.ts';
import { type Answer } from './http.ts';
import { createMerchant, type Merchant } from './merchant.ts';
import { createReader } from './settle.ts';
import { type SimulatedVipps } from './simulators.ts';
import { type Stage } from './stage.ts';

/** One adapter on a database of its own, with a merchant, a customer and a back office. */
export interface Run extends AsyncDisposable {
  readonly stage: Stage;
  readonly name: string;
  readonly databaseUrl: string;
  readonly vipps: SimulatedVipps;
  /** The first copy. */
  readonly adapter: Adapter;
  readonly copies: readonly Adapter[];
  readonly merchant: Merchant;
  /** How many more times Vipps makes each makePayment call, at the same time. */
  readonly duplicates: number;
  /** Creates a payment; undefined when that was refused for good. */
  create(amount: number): Promise<RunPayment | undefined>;
  approve(payment: RunPayment, order?: object): Promise<void>;
  cancelInApp(payment: RunPayment): Promise<void>;
  /** What the merchant sees once the payment is no longer under way. */
  untilDecided(payment: RunPayment): Promise<string>;
}

export interface RunPayment {
  readonly reference: string;
  readonly path: string;
  readonly pspTransactionId: string;
}

export interface RunOptions {
  readonly name: string;
  readonly crashAt?: readonly (string | undefined)[];
  readonly restMs?: readonly number[];
  readonly duplicates?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A simulated Vipps of its own, to misbehave to this run alone. */
  readonly ownVipps?: boolean;
  /** Several copies stand behind one address. */
  readonly copies?: number;
}

const decidedWithinMs = 20_000;

export async function startRun(stage: Stage, options: RunOptions): Promise<Run> {
  const { name, duplicates = 0 } = options;
  const databaseUrl = await stage.createDatabase(name);
  const vipps = options.ownVipps === true ? await stage.startVipps(`${name}-vipps`) : stage.vipps;
  const balancer = options.copies === undefined ? undefined : await startBalancer();
  const env = {
    ...stage.environment(databaseUrl, vipps),
    ...(balancer && { PUBLIC_URL: balancer.url }),
    ...options.env,
  };
  const copies = await startCopies(stage, options, env);
  const [adapter] = copies;
  balancer?.use(copies.map(({ publicUrl }) => publicUrl));
  const { internalUrl } = adapter;
  const publicUrl = balancer?.url ?? adapter.publicUrl;
  const merchant = createMerchant(() => ({ publicUrl, internalUrl }), stage.access);
  let numbers = 0;

  const reader = createReader(databaseUrl);
  const idOf = async (reference: string): Promise<string> => {
    const rows = await reader.untilRead<{ id: string }>(
      'select psp_transaction_id as id from payment where reference = $1',
      [reference],
    );
    return rows[0]?.id ?? '';
  };

  return {
    stage,
    name,
    databaseUrl,
    vipps,
    adapter,
    copies,
    merchant,
    duplicates,
    create: async (amount) => {
      numbers += 1;
      const reference = `${name}-${numbers}`.padStart(8, '0');
      const answer = await merchant.post('/epayment/v1/payments', orderOf(reference, amount));
      if (answer.status !== 201) return undefined;
      const path = `/epayment/v1/payments/${reference}`;
      return { reference, path, pspTransactionId: await idOf(reference) };
    },
    approve: async ({ pspTransactionId }, order = {}) => {
      await vipps.act(pspTransactionId, 'approve', { duplicates, concurrent: true, ...order });
    },
    cancelInApp: async ({ pspTransactionId }) => {
      await vipps.act(pspTransactionId, 'cancel', { duplicates, concurrent: true });
    },
    untilDecided: async ({ path }) => {
      const untilMs = performance.now() + decidedWithinMs;
      for (;;) {
        const state = stateIn(await merchant.get(path));
        if (state !== 'CREATED' || performance.now() > untilMs) return state;
        await pause(30);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(copies.map((copy) => copy.stop()));
      await reader.close();
      await balancer?.[Symbol.asyncDispose]();
      if (vipps !== stage.vipps) await vipps[Symbol.asyncDispose]();
      await stage.dropDatabase(name);
    },
  };
}

/** Each is ready before the next one starts. */
async function startCopies(
  { directory }: Stage,
  { name, copies = 1, crashAt, restMs }: RunOptions,
  env: AdapterOptions['env'],
): Promise<readonly [Adapter, ...Adapter[]]> {
  const start = async (number: number): Promise<Adapter> => {
    const copy = await startAdapter({
      directory,
      name: number === 1 ? name : `${name}-${number}`,
      env,
      ...(crashAt && { crashAt }),
      ...(restMs && { restMs }),
    });
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
