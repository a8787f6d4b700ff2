/**
 * `npm run bench`: measures makePayment side by side with a floor of its own.
 *
 *   --json         the figures as one JSON object, on the last line
 *   --quick        short runs, for development; the figures mean little
 *   --rounds N     instead of three; one with --quick
 *   --stored N     with N finished payments in the tables to begin with
 *   --only LIST    only these parts: 1, 16, 64 (callers), peak, loop, drain (the outbox),
 *                  stored-payments (an operation's cost with ten thousand and with a million)
 *   --node-flag F  a flag of node for the adapter's process, such as --cpu-prof
 */
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { drainAsText, measureDrain } from './drain.ts';
import { measure } from './measure.ts';
import { asJson, asTable } from './report.ts';
import { setStage } from './stage.ts';
import { measureStored, storedAsText } from './stored.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    stored: { type: 'string', default: '0' },
    only: { type: 'string', default: '1,16,64,peak,loop,drain,stored-payments' },
    'node-flag': { type: 'string', multiple: true, default: [] },
  },
});

async function main(): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted.abort(new Error(`Stopped by ${signal}`));
    });
  }
  tell(`load average at the start: ${loadAverage()}`);
  const parts = new Set(options.only.split(','));
  if (parts.delete('drain')) await drain(interrupted.signal);
  if (parts.delete('stored-payments')) await storedPayments(interrupted.signal);
  if (parts.size > 0) await makePayment(parts, interrupted.signal);
}

async function makePayment(parts: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const { flags, environment } = await howItStarts();
  const stage = await setStage({
    stored: Number(options.stored),
    adapterFlags: [...flags, ...options['node-flag']],
    adapterEnvironment: environment,
  });
  try {
    const { figures, failures } = await measure(stage, {
      timing: options.quick
        ? { warmUpMs: 3_000, measureMs: 5_000 }
        : { warmUpMs: 3_000, measureMs: 10_000 },
      rounds: Number(options.rounds ?? (options.quick ? 1 : 3)),
      parts,
      tell,
      signal,
    });
    if (failures.length > 0) await tellOfFailures(failures, stage.logFile);
    console.log(asTable(figures));
    console.log(`load average at the end: ${loadAverage()}`);
    if (options.json) console.log(asJson(figures));
  } finally {
    await stage[Symbol.asyncDispose]();
  }
}

interface Start {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** With what `npm start` runs the adapter. */
async function howItStarts(): Promise<Start> {
  const description = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  const words = description.scripts.start.split(' ');
  const settings = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('='));
  return {
    flags: words.filter((word) => word.startsWith('--')),
    environment: Object.fromEntries(settings) as Record<string, string>,
  };
}

/** Before the rest and by itself, so that neither disturbs the other. */
async function drain(signal: AbortSignal): Promise<void> {
  const updates = options.quick ? 20_000 : 100_000;
  const outbox = { updates, merchants: 500, accepted: 0 };
  console.log(drainAsText(await measureDrain(outbox, { tell, signal })));
}

async function storedPayments(signal: AbortSignal): Promise<void> {
  const sizes = options.quick
    ? { few: 10_000, many: 100_000, runs: 3 }
    : { few: 10_000, many: 1_000_000, runs: 5 };
  console.log(storedAsText(sizes, await measureStored(sizes, { tell, signal })));
}

/** Progress is for a person who waits: it goes where it disturbs no reader of figures. */
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

function loadAverage(): string {
  return loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');
}

async function tellOfFailures(failures: readonly string[], logFile: string): Promise<void> {
  tell(
    `\n!!! ${failures.length} CALLS WERE NOT ANSWERED OK: THE FIGURES ARE WORTHLESS. The first:`,
  );
  for (const failure of failures.slice(0, 3)) tell(`    ${failure}`);
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  const warnings = lines.filter((line) => /"level":[456]0/.test(line));
  tell(`and ${warnings.length} warnings and errors in the log. The first:`);
  for (const line of warnings.slice(0, 10)) tell(`    ${line}`);
}

await main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
