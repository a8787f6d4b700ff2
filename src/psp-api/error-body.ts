import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';
import { type HttpAnswer } from '../http/exchange.ts';
import { readJson } from '../http/read-json.ts';
import { type Explained } from './call-failure.ts';
import { type DuplicateId } from './psp-api.ts';

const messageCharactersMax = 300;
const codeCharactersMax = 100;

/**
 * Reads an error answer in any of the shapes in which Vipps has been seen to send one: an array
 * of ErrorDetails or of ErrorMessage, one of them alone, the gateway's `responseInfo` envelope,
 * the gateway's own `{statusCode, message}`, nothing, or no JSON at all.
 *
 * Source: Vipps PSP API v2 and v3, error codes; gateway envelopes as met by implementers.
 */
export function explain(answer: HttpAnswer): Explained {
  const found = membersOf(readJson(answer.body));
  const message = found.message ?? plainText(answer) ?? `Vipps answered ${answer.status}`;
  const explained = {
    httpStatus: answer.status,
    code: tellable(found.code ?? String(answer.status), codeCharactersMax),
    message: tellable(message, messageCharactersMax),
  };
  const { contextId } = found;
  if (contextId === undefined) return explained;
  return { ...explained, contextId: tellable(contextId, codeCharactersMax) };
}

/** Which id Vipps knows already: 44 since 2022, 99 with a text that tells before. */
export function duplicateIdOf({ code, message }: Explained): DuplicateId | undefined {
  if (code === '44') return 'TRANSACTION';
  if (code !== '99') return undefined;
  if (/transaction/i.test(message)) return 'TRANSACTION';
  return /order\s*id/i.test(message) ? 'ORDER' : undefined;
}

/** These words are stored, logged and told to the merchant. */
function tellable(text: string, charactersMax: number): string {
  return withoutCardNumbers(text).slice(0, charactersMax);
}

interface Members {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly contextId?: string | undefined;
}

function membersOf(json: unknown): Members {
  const error = recordOf(Array.isArray(json) ? (json as unknown[])[0] : json);
  const envelope = recordOf(error['responseInfo'] ?? error['error']);
  const result = recordOf(error['result']);
  return {
    code: firstText([
      error['errorCode'],
      error['errorId'],
      envelope['responseCode'],
      envelope['code'],
      error['statusCode'],
    ]),
    message: firstText([
      error['errorMessage'],
      error['errorText'],
      envelope['responseMessage'],
      envelope['message'],
      error['message'],
      result['message'],
    ]),
    contextId: firstText([error['contextId']]),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function firstText(candidates: readonly unknown[]): string | undefined {
  for (const candidate of candidates) {
    if (typeof candidate === 'number') return String(candidate);
    if (typeof candidate === 'string' && candidate !== '') return candidate;
  }
  return undefined;
}

/** A short plain text is an explanation; a page of HTML is not. */
function plainText(answer: HttpAnswer): string | undefined {
  const text = answer.body.subarray(0, messageCharactersMax).toString('utf8').trim();
  return text === '' || /[<{[]/.test(text) ? undefined : text;
}
