import { type IncomingMessage } from 'node:http';
import { keyMissing, readIdempotencyKey } from './idempotency-key.ts';
import { plainProblem, type Problem } from './problem.ts';
import { type Members, readMembers } from './read-members.ts';

/** A request that changes something: its key and its body, as far as both are there. */
export type IdempotentRequest =
  | {
      readonly kind: 'READY';
      readonly key: string | null;
      readonly members: Members;
      /** Equal for equal bodies; empty where there was none. */
      readonly canonicalBody: string;
    }
  | { readonly kind: 'REFUSED'; readonly problem: Problem }
  /** The caller left: there is nobody to answer. */
  | { readonly kind: 'CUT' };

export async function readIdempotentRequest(
  req: IncomingMessage,
  needs: { readonly key: boolean; readonly body: boolean },
): Promise<IdempotentRequest> {
  const key = readIdempotencyKey(req.headers);
  if (key.kind === 'REFUSED') return key;
  if (key.kind === 'NONE' && needs.key) return { kind: 'REFUSED', problem: keyMissing };

  const body = await readMembers(req);
  if (body.kind === 'CUT' || body.kind === 'REFUSED') return body;
  const given = key.kind === 'KEY' ? key.key : null;
  if (body.kind === 'MEMBERS') {
    return { kind: 'READY', key: given, members: body.members, canonicalBody: body.canonical };
  }
  return needs.body
    ? { kind: 'REFUSED', problem: plainProblem(400, 'There is no body') }
    : { kind: 'READY', key: given, members: {}, canonicalBody: '' };
}
