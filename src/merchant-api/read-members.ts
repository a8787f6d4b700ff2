import { type IncomingMessage } from 'node:http';
import { drainBody } from '../http/drain-body.ts';
import { readBody } from '../http/read-body.ts';
import { canonicalJson, jsonDepthMax } from '../shared/canonical-json.ts';
import { plainProblem, type Problem } from './problem.ts';

export type Members = Readonly<Record<string, unknown>>;

/** The body of a request, as far as it could be read. */
export type BodyRead =
  | { readonly kind: 'MEMBERS'; readonly members: Members; readonly canonical: string }
  /** Nothing was sent. */
  | { readonly kind: 'NONE' }
  | { readonly kind: 'REFUSED'; readonly problem: Problem }
  /** The caller left: there is nobody to answer. */
  | { readonly kind: 'CUT' };

const bodyBytesMax = 256 * 1024;
const bodyWithinMs = 5_000;
const drainBytesMax = 8 * 1024 * 1024;
const drainWithinMs = 2_000;

/** Reads a JSON object. Whatever a caller sends, the result is a value. */
export async function readMembers(req: IncomingMessage): Promise<BodyRead> {
  const read = await readBody(req, { bytesMax: bodyBytesMax, withinMs: bodyWithinMs });
  switch (read.kind) {
    case 'TOO_LARGE':
      await drainBody(req, { bytesMax: drainBytesMax, withinMs: drainWithinMs });
      return refused(413, `The body is longer than ${bodyBytesMax} bytes`);
    case 'TOO_SLOW':
      return refused(408, `The body took longer than ${bodyWithinMs} ms`);
    case 'CUT':
      return { kind: 'CUT' };
    case 'COMPLETE':
      return read.body.length === 0 ? { kind: 'NONE' } : membersOf(req, read.body);
  }
}

function membersOf(req: IncomingMessage, body: Buffer): BodyRead {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return refused(415, 'The body must not be compressed');
  if (!isJson(req.headers['content-type'])) {
    return refused(415, 'The Content-Type must be application/json');
  }
  const json = parse(body);
  if (json === undefined) return refused(400, 'The body is not valid JSON in UTF-8');
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused(400, 'The body must be a JSON object');
  }
  const canonical = canonicalJson(value);
  if (canonical === undefined) {
    return refused(400, `The body is nested more than ${jsonDepthMax} levels deep`);
  }
  return { kind: 'MEMBERS', members: value as Members, canonical };
}

function isJson(contentType: string | undefined): boolean {
  return /^\s*application\/json\s*(;|$)/i.test(contentType ?? '');
}

function parse(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown };
  } catch {
    return undefined;
  }
}

function refused(status: number, detail: string): BodyRead {
  return { kind: 'REFUSED', problem: plainProblem(status, detail) };
}
