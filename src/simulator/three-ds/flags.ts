import { parseArgs } from 'node:util';
import { z } from 'zod';

export const usage = `The simulated 3-D Secure server. For tests only.

  --port <number>               where to listen; 0 takes a free port (9082)
  --host <address>              127.0.0.1
  --challenge-seconds <number>  how long a challenge waits for its customer (300)
  --log-level <level>           trace, debug, info, warn, error, fatal or silent (info); to standard error
  --help                        this text
`;

const flags = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(9082),
  host: z.string().min(1).default('127.0.0.1'),
  'challenge-seconds': z.coerce.number().int().min(1).max(3_600).default(300),
  'log-level': z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info'),
  help: z.boolean().default(false),
});

export type Flags = {
  readonly port: number;
  readonly host: string;
  readonly challengeSeconds: number;
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
      'challenge-seconds': { type: 'string' },
      'log-level': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const result = flags.safeParse(values);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
  }
  const { port, host, help } = result.data;
  const challengeSeconds = result.data['challenge-seconds'];
  return { port, host, challengeSeconds, logLevel: result.data['log-level'], help };
}
