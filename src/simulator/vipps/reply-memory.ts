import { createHash } from 'node:crypto';
import { type Answer } from './answer.ts';
import { type VersionName } from './payment.ts';

/**
 * Answers by Request-Id: the same id with the same body gets the same answer again and has no
 * further effect (Vipps PSP API, idempotency). Only accepted requests are remembered.
 */
export interface ReplyMemory {
  find(request: RememberedRequest): { readonly answer: Answer } | 'OTHER_BODY' | undefined;
  keep(request: RememberedRequest, answer: Answer): void;
  clear(): void;
}

export type RememberedRequest = {
  readonly operation: 'init' | 'updatestatus';
  readonly version: VersionName;
  readonly msn: string;
  readonly requestId: string | undefined;
  readonly bodyHash: string;
};

export function createReplyMemory(): ReplyMemory {
  const replies = new Map<string, { readonly bodyHash: string; readonly answer: Answer }>();
  const keyOf = (request: RememberedRequest): string =>
    `${request.operation} ${request.version} ${request.msn} ${request.requestId ?? ''}`;
  return {
    find: (request) => {
      if (request.requestId === undefined) return undefined;
      const known = replies.get(keyOf(request));
      if (!known) return undefined;
      return known.bodyHash === request.bodyHash ? { answer: known.answer } : 'OTHER_BODY';
    },
    keep: (request, answer) => {
      if (request.requestId === undefined) return;
      replies.set(keyOf(request), { bodyHash: request.bodyHash, answer });
    },
    clear: () => {
      replies.clear();
    },
  };
}

export function hashOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
