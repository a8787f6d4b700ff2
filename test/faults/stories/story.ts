import { pause } from '../adapter.ts';
import { type Run, type RunPayment, type VenueRail } from '../run.ts';

/** A story in which effects happen; each point is passed in the first story that comes by it. */
export interface Story {
  readonly name: string;
  /** The adapter is started with it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of its merchant; version 2 otherwise. */
  readonly rail?: VenueRail;
  /** A crash before the one at the point: the story is then about the recovery. */
  readonly firstCrashAt?: string;
  /** It takes half a minute where others take seconds: it is begun before them. */
  readonly isLong?: boolean;
  /** A copy is stopped in the middle of a call, and cannot answer it. */
  readonly mayMissAnswer?: boolean;
  /** Rejects with {@link StoryCutShort} where a crash may have kept it from its end. */
  play(run: Run): Promise<void>;
}

/** What comes next cannot be told any more. After a crash that is no fault. */
export class StoryCutShort extends Error {
  override readonly name = 'StoryCutShort';
}

/** For how long the process stays dead: it is then believed dead when it looks for what it left. */
export const deadForMs = 3_200;

export const nok = (value: number) => ({ modificationAmount: { currency: 'NOK', value } });

export async function created(run: Run, amount = 10_000): Promise<RunPayment> {
  const payment = await run.create(amount);
  if (!payment) throw new StoryCutShort('The payment was not created');
  return payment;
}

export async function authorised(run: Run, amount = 10_000): Promise<RunPayment> {
  const payment = await created(run, amount);
  await run.approve(payment);
  const state = await run.untilDecided(payment);
  if (state !== 'AUTHORIZED') throw new StoryCutShort(`The payment is ${state}`);
  return payment;
}

/** Approved in the app, whatever comes of it. */
export async function approved(run: Run, amount = 10_000): Promise<void> {
  const payment = await created(run, amount);
  await run.approve(payment);
  await run.untilDecided(payment);
}

/** A machine may be slow. */
const untilMsMax = 120_000;

/** Looks until there is something; rejects when it takes too long. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const endMs = performance.now() + untilMsMax;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`Waited in vain for ${what}`);
    await pause(100);
  }
}

/** Until there is such a row; there must be one, whatever happened. */
export async function untilRow(
  { reader }: Run,
  sql: string,
  values: readonly unknown[],
): Promise<Readonly<Record<string, unknown>>> {
  return until(sql.trim(), async () => {
    const rows = await reader.untilRead<Readonly<Record<string, unknown>>>(sql, values);
    return rows[0];
  });
}

/** Stopped in good order, and started again. */
export async function restarted({ adapter }: Run): Promise<void> {
  const before = adapter.lives.length;
  adapter.kill('SIGTERM');
  await until('a new life', () => Promise.resolve(adapter.lives.at(before)));
  await adapter.untilReady();
}
