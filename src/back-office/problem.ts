import { type ServerResponse } from 'node:http';
import { z } from 'zod';
import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';
import { noteForLog } from '../http/request-log.ts';

/** A response, and what handlers of one request share on it. */
export type BackOfficeResponse = ServerResponse & { readonly locals: Record<string, unknown> };

/** Why a call of the back office is refused as a whole, and its HTTP status. */
export const problems = {
  UNAUTHORISED: [401, 'The back-office token is missing or wrong'],
  PARAMETER_INVALID: [400, 'A parameter is invalid'],
  BODY_INVALID: [400, 'The body is invalid'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  BODY_TOO_SLOW: [408, 'The body did not arrive in time'],
  BODY_COMPRESSED: [415, 'The body must not be compressed'],
  NOT_FOUND: [404, 'There is no such thing'],
  MERCHANT_EXISTS: [409, 'The merchant serial number is taken'],
  NOT_STUCK: [409, 'It is not stuck'],
  IN_DOUBT: [409, 'Whether it took effect is not known yet'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problems;

export const problemBody = z
  .object({
    type: z.string().describe('`about:blank`: the code tells what it is.'),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    requestId: z.string().describe('The id that the log has for the request.'),
    errors: z
      .array(z.object({ name: z.string(), reason: z.string() }))
      .optional()
      .describe('Each parameter or member that is wrong.'),
  })
  .meta({ id: 'Problem', description: 'Why the whole call was refused (RFC 9457).' });

export interface Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: z.output<typeof problemBody>['errors'];
}

export function sendProblem(res: BackOfficeResponse, problem: Problem): void {
  const [status, title] = problems[problem.code];
  noteForLog(res, { code: problem.code });
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
  // What is left of such a body is not read: the connection is of no more use.
  if (status === 413 || status === 408) res.setHeader('Connection', 'close');
  const requestId = String(res.locals['requestId']);
  const body: z.output<typeof problemBody> = {
    type: 'about:blank',
    title,
    status,
    requestId,
    ...problem,
  };
  send(res, status, 'application/problem+json', body);
}

export function sendJson(res: BackOfficeResponse, status: number, value: unknown): void {
  send(res, status, 'application/json', value);
}

function send(res: BackOfficeResponse, status: number, type: string, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  res
    .writeHead(status, {
      'Content-Type': type,
      'Content-Length': String(bytes.length),
      'Cache-Control': 'no-store',
    })
    .end(bytes);
}

/** Every part of a value that its schema refuses, named as a caller would find it. */
export function faultsOf(error: z.ZodError): Problem['errors'] {
  return error.issues.slice(0, faultsMax).flatMap((issue) => {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
    if (unknown.length > 0) {
      return unknown.map((name) => ({ name: nameOf([name]), reason: 'is not known' }));
    }
    return [{ name: nameOf(issue.path), reason: issue.message }];
  });
}

const faultsMax = 20;

/** Names come from the caller: no longer than it takes to find them, and never a card number. */
function nameOf(path: readonly PropertyKey[]): string {
  return withoutCardNumbers(path.map(String).join('.')).slice(0, nameCharactersMax);
}

const nameCharactersMax = 100;
