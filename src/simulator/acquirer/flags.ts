import { parseArgs } from 'node:util';
import { z } from 'zod';

export const usage = `The simulated acquirer. For tests only.

  --port <number>          where to listen; 0 takes a free port (9081)
  --host <address>         127.0.0.1
  --ledger-file <path>     keeps the books in a file of JSON lines
  --delay-scale <number>   what the delays of the special amounts are multiplied with (1)
  --forgetful-reversals    does not remember reversals that found nothing
  --log-level <level>      trace, debug, info, warn, error, fatal or silent (info); to standard error
  --help                   this text
`;

const flags = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(9081),
  host: z.string().min(1).default('127.0.0.1'),
  'ledger-file': z.string().min(1).optional(),
  'delay-scale': z.coerce.number().min(0).max(10).default(1),
  'forgetful-reversals': z.boolean().default(false),
  'log-level': z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info'),
  help: z.boolean().default(false),
});

export type Flags = {
  readonly port: number;
  readonly host: string;
  readonly ledgerFile: string | undefined;
  readonly delayScale: number;
  readonly forgetfulReversals: boolean;
  readonly logLevel: string;
  readonly help: boolean;
};

/** Reads the command line. Throws an error that names the flag and what is expected. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      'ledger-file': { type: 'string' },
      'delay-scale': { type: 'string' },
      'forgetful-reversals': { type: 'boolean' },
      'log-level': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const result = flags.safeParse(values);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
  }
  const read = result.data;
  return {
    port: read.port,
    host: read.host,
    ledgerFile: read['ledger-file'],
    delayScale: read['delay-scale'],
    forgetfulReversals: read['forgetful-reversals'],
    logLevel: read['log-level'],
    help: read.help,
  };
}
