import { sha256 } from '../shared/secret.ts';
import { type ModificationKind } from './modification.ts';

const letters = { CAPTURE: 'c', CANCEL: 'v', REFUND: 'r' } as const satisfies Record<
  ModificationKind,
  string
>;

const hashCharacters = 20;

/**
 * Names an operation on its payment, as a pure function of the request: should a failover of the
 * database lose that it was begun, the same request again is the same message to the acquirer. A
 * cancel without a key is told apart by how many came before it.
 */
export function operationIdOf(
  kind: ModificationKind,
  idempotencyKey: string | null,
  ordinal: number,
): string {
  if (idempotencyKey === null) return `${letters[kind]}${ordinal + 1}`;
  return `${letters[kind]}-${sha256(idempotencyKey).toString('hex').slice(0, hashCharacters)}`;
}
