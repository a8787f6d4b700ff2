import { createHmac } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { isCardNumber } from '../card-data/card-number-in-text.ts';
import { deriveKey } from '../shared/derive-key.ts';
import { type Secret } from '../shared/secret.ts';
import { textOf } from './authenticate.ts';
import { noCardNumber } from './payment-order-form.ts';
import { domainProblem, fieldProblem, type Problem } from './problem.ts';

export type KeyRead =
  | { readonly kind: 'KEY'; readonly key: string }
  | { readonly kind: 'NONE' }
  | { readonly kind: 'REFUSED'; readonly problem: Problem };

const name = 'Idempotency-Key';
const keyCharactersMax = 50;

export function readIdempotencyKey(headers: IncomingHttpHeaders): KeyRead {
  const key = textOf(headers['idempotency-key']);
  if (key === undefined) return { kind: 'NONE' };
  const refused = (reason: string): KeyRead => ({
    kind: 'REFUSED',
    problem: fieldProblem([{ name, reason }]),
  });
  if (key.length > keyCharactersMax) {
    return refused(`The header ${name} has at most ${keyCharactersMax} characters.`);
  }
  return isCardNumber(key) ? refused(noCardNumber(`The header ${name}`)) : { kind: 'KEY', key };
}

export const keyMissing = domainProblem('4140', `The header ${name} is required`);

/** Tells requests under one key apart without keeping what they said. */
export type Fingerprint = (parts: readonly string[]) => Buffer;

export function createFingerprint(accessTokenKey: Secret<string>): Fingerprint {
  const key = deriveKey(accessTokenKey, 'idempotency fingerprint');
  return (parts) =>
    createHmac('sha256', key.expose()).update(JSON.stringify(parts), 'utf8').digest();
}
