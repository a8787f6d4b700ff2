import { createPrivateKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { KeyFileUnusable } from './key-errors.ts';

const member = z.string().min(1);
const privateRsaJwk = z.object({
  kty: z.literal('RSA'),
  n: member,
  e: member,
  d: member,
  p: member,
  q: member,
  dp: member,
  dq: member,
  qi: member,
  kid: z.string().min(1).max(128).optional(),
  use: z.literal('enc').optional(),
});

export interface OpenedJwk {
  readonly privateKey: KeyObject;
  readonly kid?: string;
}

/**
 * Opens a JSON Web Key or a set of them (RFC 7517), in the order of the file.
 *
 * @throws {KeyFileUnusable} when one of them is no RSA private key with all its members.
 */
export function openJwks(file: string, json: string): readonly OpenedJwk[] {
  const content = parseJson(file, json);
  const keys = hasKeys(content) ? content.keys : [content];
  if (keys.length === 0) throw new KeyFileUnusable(file, 'is a JWK set without keys; remove it');
  return keys.map((key, position) => openJwk(file, key, position));
}

function hasKeys(content: unknown): content is { readonly keys: readonly unknown[] } {
  return (
    typeof content === 'object' &&
    content !== null &&
    'keys' in content &&
    Array.isArray(content.keys)
  );
}

function openJwk(file: string, content: unknown, position: number): OpenedJwk {
  const read = privateRsaJwk.safeParse(content);
  if (!read.success) {
    const wrong = [...new Set(read.error.issues.map((issue) => issue.path.join('.')))].join(', ');
    throw new KeyFileUnusable(
      file,
      `key ${position + 1} is not an RSA private key for encryption ` +
        `(wrong or missing: ${wrong || 'the object itself'}); ` +
        'needed are kty "RSA", n, e, d, p, q, dp, dq and qi',
    );
  }
  const { kid } = read.data;
  try {
    const privateKey = createPrivateKey({ key: read.data, format: 'jwk' });
    return kid === undefined ? { privateKey } : { privateKey, kid };
  } catch {
    throw new KeyFileUnusable(
      file,
      `key ${position + 1} cannot be opened: its numbers are damaged`,
    );
  }
}

function parseJson(file: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's message quotes the text, which may be a key.
    throw new KeyFileUnusable(file, 'is not JSON, so not a JWK');
  }
}
