import { type ApiCall, header } from '../answer.ts';
import { type ErrorDetails, invalidRequest } from './error-details.ts';

export type Members = Readonly<Record<string, unknown>>;
export type ReadBody = { readonly members: Members } | { readonly errors: readonly ErrorDetails[] };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body as a JSON object. An amount written as a fraction (`100.0`, `1e2`) is no integer. */
export function readBody(call: ApiCall): ReadBody {
  const contentType = (header(call, 'content-type') ?? '').toLowerCase();
  if (!/^application\/json\s*(;|$)/.test(contentType)) {
    return { errors: [invalidRequest('Content-Type', 'must be application/json')] };
  }
  const text = decoded(call.body);
  const value = text === undefined ? undefined : parsed(text);
  if (text === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { errors: [invalidRequest('body', 'must be a JSON object')] };
  }
  if (/"amount"\s*:\s*-?\d+[.eE]/.test(text)) {
    return { errors: [invalidRequest('amount', 'must be an integer')] };
  }
  return { members: value as Members };
}

function decoded(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const int32Max = 2_147_483_647;
