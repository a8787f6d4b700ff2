import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Merchant } from '../merchants/merchant.ts';
import { type Clock } from '../shared/clock.ts';
import { deriveKey } from '../shared/derive-key.ts';
import { type Secret } from '../shared/secret.ts';

export interface IssuedToken {
  readonly jwt: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export interface AccessTokens {
  issue(merchant: Pick<Merchant, 'msn' | 'clientId'>): IssuedToken;
  /** Whom the token was issued to, or undefined where it is not ours, or no longer valid. */
  holderOf(jwt: string): { readonly msn: string; readonly clientId: string } | undefined;
}

const lifetimeSeconds = 3_600;
const jwtCharactersMax = 2_000;

/**
 * JSON Web Tokens signed with HS256 (RFC 7519), valid on every copy of the service that has the same
 * secret. Any other algorithm is refused: the header is compared as a whole.
 */
export function createAccessTokens(
  accessTokenKey: Secret<string>,
  clock: Pick<Clock, 'now'>,
): AccessTokens {
  const key = deriveKey(accessTokenKey, 'merchant access token');
  const header = encode({ alg: 'HS256', typ: 'JWT' });
  const sign = (text: string): Buffer =>
    createHmac('sha256', key.expose()).update(text, 'utf8').digest();
  const nowSeconds = (): number => Math.floor(clock.now().getTime() / 1_000);

  return {
    issue: ({ msn, clientId }) => {
      const issuedAtSeconds = nowSeconds();
      const expiresAtSeconds = issuedAtSeconds + lifetimeSeconds;
      const claims = { sub: clientId, msn, iat: issuedAtSeconds, nbf: issuedAtSeconds };
      const text = `${header}.${encode({ ...claims, exp: expiresAtSeconds })}`;
      const jwt = `${text}.${sign(text).toString('base64url')}`;
      return { jwt, issuedAtSeconds, expiresAtSeconds };
    },
    holderOf: (jwt) => {
      if (jwt.length > jwtCharactersMax) return undefined;
      const [first, second, signature, ...more] = jwt.split('.');
      if (first !== header || !second || !signature || more.length > 0) return undefined;
      const given = Buffer.from(signature, 'base64url');
      const wanted = sign(`${first}.${second}`);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
      const claims = claimsOf(second);
      if (claims === undefined || claims.exp <= nowSeconds()) return undefined;
      return { msn: claims.msn, clientId: claims.sub };
    },
  };
}

const claimsForm = z.object({ sub: z.string(), msn: z.string(), exp: z.number() });

function claimsOf(part: string): z.output<typeof claimsForm> | undefined {
  try {
    return claimsForm.parse(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
