import { invariant } from '../shared/errors.ts';
import { type Secret } from '../shared/secret.ts';

/** What stands in a message, before it becomes bytes, where the secret is to come. */
export function placeFor(secret: Secret<Buffer>): string {
  return '*'.repeat(secret.expose().length);
}

/**
 * Copies the secret into a JSON message, to the place that the member of that name holds for it: so
 * it never becomes a string, which nobody could wipe.
 */
export function putSecret(message: Buffer, member: string, secret: Secret<Buffer>): void {
  // Only a member's name stands between quotes that are not escaped, so it is found for certain.
  const before = `"${member}":"`;
  const at = message.indexOf(before);
  invariant(at >= 0, 'The place of the secret is in the message');
  secret.expose().copy(message, at + before.length);
}
