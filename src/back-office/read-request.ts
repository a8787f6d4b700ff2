import { type IncomingMessage } from 'node:http';
import { type z } from 'zod';
import { drainBody } from '../http/drain-body.ts';
import { readBody } from '../http/read-body.ts';
import { faultsOf, type Problem } from './problem.ts';

/** What was asked, or why it cannot be. */
export type Read<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem };

const bodyWithinMs = 30_000;
const drain = { bytesMax: 64 * 1024 * 1024, withinMs: 5_000 } as const;

/**
 * Reads the body as JSON, whatever its content type is said to be. Undefined when the caller left:
 * there is nobody to answer.
 */
export async function readJsonBody(
  req: IncomingMessage,
  bytesMax: number,
): Promise<Read<unknown> | undefined> {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return refused('BODY_COMPRESSED', 'Send it as it is.');
  const read = await readBody(req, { bytesMax, withinMs: bodyWithinMs });
  switch (read.kind) {
    case 'TOO_LARGE':
      await drainBody(req, drain);
      return refused('BODY_TOO_LARGE', `It may have ${bytesMax} bytes.`);
    case 'TOO_SLOW':
      return refused('BODY_TOO_SLOW', `It has ${bodyWithinMs} ms.`);
    case 'CUT':
      return undefined;
    case 'COMPLETE':
      return parse(read.body);
  }
}

function parse(body: Buffer): Read<unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return refused('BODY_INVALID', 'It is not valid JSON in UTF-8.');
  }
}

/** A small body, read by its schema, no body as `{}`; undefined when the caller left. */
export async function readBodyAs<Schema extends z.ZodType>(
  req: IncomingMessage,
  schema: Schema,
): Promise<Read<z.output<Schema>> | undefined> {
  const json = hasBody(req) ? await readJsonBody(req, smallBodyBytesMax) : emptyBody;
  if (!json?.ok) return json;
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return invalid('BODY_INVALID', 'See errors for what is wrong.', parsed.error);
}

const smallBodyBytesMax = 64 * 1024;
const emptyBody = { ok: true, value: {} } as const;

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Query or path parameters, read by their schema. One that is given empty counts as absent. */
export function readParameters<Schema extends z.ZodType>(
  parameters: Readonly<Record<string, unknown>>,
  schema: Schema,
): Read<z.output<Schema>> {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return { ok: true, value: parsed.data };
  return invalid('PARAMETER_INVALID', 'See errors for what is wrong.', parsed.error);
}

function refused(code: Problem['code'], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}

function invalid(code: Problem['code'], detail: string, error: z.ZodError): Read<never> {
  const errors = faultsOf(error);
  return { ok: false, problem: { code, detail, ...(errors && { errors }) } };
}
