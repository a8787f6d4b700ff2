import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { type SimulatorClock } from '../simulator-clock.ts';

export type IssuedToken = {
  readonly token: string;
  readonly notBefore: number;
  readonly expiresOn: number;
};

/** The access tokens that are out. Several are good at the same time. */
export interface TokenBook {
  issue(): IssuedToken;
  isGood(token: string): boolean;
  /** Every token that is out stops working at once. */
  expireAll(): void;
}

const tokensBeforePruning = 1_000;

/** Tokens look like the real ones: a JWT of over a thousand characters whose `exp` is true. */
export function createTokenBook(clock: SimulatorClock, lifetimeSeconds: number): TokenBook {
  const key = randomBytes(32);
  const expiries = new Map<string, number>();

  function prune(nowMs: number): void {
    if (expiries.size < tokensBeforePruning) return;
    for (const [token, expiresAtMs] of expiries) {
      if (expiresAtMs <= nowMs) expiries.delete(token);
    }
  }

  return {
    issue: () => {
      const nowMs = clock.nowMs();
      prune(nowMs);
      const notBefore = Math.floor(nowMs / 1_000);
      const expiresOn = notBefore + lifetimeSeconds;
      const token = jwt({ iat: notBefore, nbf: notBefore, exp: expiresOn }, key);
      expiries.set(token, nowMs + lifetimeSeconds * 1_000);
      return { token, notBefore, expiresOn };
    },
    isGood: (token) => (expiries.get(token) ?? 0) > clock.nowMs(),
    expireAll: () => {
      expiries.clear();
    },
  };
}

function jwt(times: Readonly<Record<string, number>>, key: Buffer): string {
  const claims = {
    aud: '00000002-0000-0000-c000-000000000000',
    iss: 'https://simulated-vipps/',
    ...times,
    jti: randomUUID(),
    padding: randomBytes(600).toString('base64url'),
  };
  const unsigned = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}`;
  return `${unsigned}.${createHmac('sha256', key).update(unsigned).digest('base64url')}`;
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
