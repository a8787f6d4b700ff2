import path from 'node:path';
import { defaultCredentials } from '../../src/simulator/vipps/settings.ts';
import { call, demand } from './http.ts';
import { type Program, startProgram } from './program.ts';

/** One entry of the simulated acquirer's own books. */
export interface LedgerEntry {
  readonly type: 'AUTHORISATION' | 'CAPTURE' | 'VOID' | 'REFUND' | 'REVERSAL';
  readonly approved: boolean;
  readonly amount: number;
  readonly reference: string;
  readonly originalReference: string | null;
  readonly pspTransactionId: string;
  readonly at: string;
}

export interface SimulatedAcquirer extends AsyncDisposable {
  readonly url: string;
  ledger(): Promise<readonly LedgerEntry[]>;
  misbehave(rule: object): Promise<void>;
  /** What somebody else does at the acquirer, such as the PSP's back office. */
  send(path: string, message: Readonly<Record<string, unknown>>): Promise<void>;
}

/** One makePayment call as the simulated Vipps made it. */
export interface Callback {
  readonly confirmed: string;
  readonly sentAt: string;
  readonly durationMs: number;
  readonly outcome: 'ANSWERED' | 'CUT_AFTER_PATIENCE' | 'CONNECTION_FAILED';
  readonly httpStatus?: number;
  readonly answer?: {
    readonly paymentInfo?: { readonly status?: string };
    readonly errorMessage?: { readonly errorId?: number | string };
  };
  readonly verdict: string;
  readonly remarks: readonly string[];
}

export interface VippsPayment {
  readonly pspTransactionId: string;
  readonly state: 'INITIATED' | 'CHALLENGE' | 'RESERVED' | 'FAILED';
  readonly callbacks: readonly Callback[];
}

export interface ReceivedUpdate {
  readonly requestId?: string;
  readonly repeated: boolean;
  readonly transactions: readonly {
    readonly pspTransactionId: string;
    readonly status: 'CAPTURED' | 'CANCELLED' | 'REFUNDED';
    readonly amount: number;
    readonly operationStatus?: string;
  }[];
}

export interface SimulatedVipps extends AsyncDisposable {
  readonly url: string;
  payment(pspTransactionId: string): Promise<VippsPayment | undefined>;
  payments(): Promise<readonly VippsPayment[]>;
  updates(): Promise<readonly ReceivedUpdate[]>;
  /** What the customer does; resolves when every call was answered or cut. */
  act(
    pspTransactionId: string,
    deed: 'approve' | 'cancel' | 'authenticate',
    order?: object,
  ): Promise<readonly Callback[]>;
  misbehave(rule: object): Promise<void>;
  /** Forgets what it was told to do wrong and did not come to do. */
  behave(): Promise<void>;
  usePublicKey(pem: string): Promise<void>;
}

/** What the adapter needs to be this Vipps' PSP. */
export const vippsCredentials = {
  VIPPS_CLIENT_ID: defaultCredentials.clientId,
  VIPPS_CLIENT_SECRET: defaultCredentials.clientSecret,
  VIPPS_SUBSCRIPTION_KEY: defaultCredentials.subscriptionKey,
  VIPPS_PSP_ID: defaultCredentials.pspId,
} as const;

const readyEvent = 'simulator.listening';

async function urlOf(program: Program, what: string): Promise<string> {
  const line = await program.ready;
  if (line === undefined) throw new Error(`${what} did not start`);
  return String(line['url']);
}

async function stop(program: Program): Promise<void> {
  program.signal('SIGTERM');
  await program.ended;
}

export async function startAcquirer(
  directory: string,
  delayScale: number,
): Promise<SimulatedAcquirer> {
  const program = startProgram({
    main: 'simulator/acquirer/main.js',
    args: ['--port', '0', '--delay-scale', String(delayScale), '--log-level', 'warn'],
    readyEvent,
    logFile: path.join(directory, 'acquirer.log'),
  });
  const url = await urlOf(program, 'The simulated acquirer');
  return {
    url,
    ledger: () => demand('GET', `${url}/ledger`),
    misbehave: async (rule) => {
      await demand('POST', `${url}/control/misbehaviours`, rule);
    },
    send: async (to, message) => {
      const headers = { 'Idempotency-Key': String(message['reference']) };
      const answer = await call('POST', `${url}${to}`, { headers, body: message });
      if (answer.status !== 200) throw new Error(`${to}: ${JSON.stringify(answer)}`);
    },
    [Symbol.asyncDispose]: () => stop(program),
  };
}

/** Its address; where the customers' banks are asked. */
export async function startThreeDsServer(
  directory: string,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const program = startProgram({
    main: 'simulator/three-ds/main.js',
    args: ['--port', '0', '--log-level', 'warn'],
    readyEvent,
    logFile: path.join(directory, 'three-ds.log'),
  });
  const url = await urlOf(program, 'The simulated 3-D Secure server');
  return { url, [Symbol.asyncDispose]: () => stop(program) };
}

export async function startVipps(
  directory: string,
  options: { readonly publicKeyPem: string; readonly patienceMs: number },
): Promise<SimulatedVipps> {
  const program = startProgram({
    main: 'simulator/vipps/main.js',
    args: ['--port', '0', '--allow-loopback-callbacks', '--log-level', 'warn'],
    readyEvent,
    logFile: path.join(directory, 'vipps.log'),
  });
  const url = await urlOf(program, 'The simulated Vipps');
  const control = `${url}/control`;
  const usePublicKey = async (pem: string): Promise<void> => {
    await demand('PUT', `${control}/psp-public-key`, pem);
  };
  await usePublicKey(options.publicKeyPem);
  await demand('PUT', `${control}/callback-patience`, { callbackPatienceMs: options.patienceMs });
  return {
    url,
    usePublicKey,
    payment: async (id) => {
      const answer = await call('GET', `${control}/payments/${id}`);
      return answer.status === 200 ? (answer.body as VippsPayment) : undefined;
    },
    payments: () => allOf(`${control}/payments`, 'payments'),
    updates: () => allOf(`${control}/status-updates`, 'requests'),
    act: async (id, deed, order = {}) => {
      const answer = await call('POST', `${control}/payments/${id}/${deed}`, {
        body: order,
        withinMs: 120_000,
      });
      // A Vipps that never heard of the payment has no customer for it.
      if (answer.status === 404) return [];
      return (answer.body as { callbacks?: readonly Callback[] }).callbacks ?? [];
    },
    misbehave: async (rule) => {
      await demand('POST', `${control}/misbehave`, rule);
    },
    behave: async () => {
      await demand('DELETE', `${control}/misbehave`);
    },
    [Symbol.asyncDispose]: () => stop(program),
  };
}

const pageMax = 10_000;

async function allOf<Item>(url: string, member: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (;;) {
    const page = await demand<Record<string, readonly Item[]>>(
      'GET',
      `${url}?offset=${items.length}&limit=${pageMax}`,
    );
    items.push(...(page[member] ?? []));
    if ((page[member] ?? []).length < pageMax) return items;
  }
}
