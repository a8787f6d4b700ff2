import { type HttpAnswer } from '../http/exchange.ts';
import { readJson } from '../http/read-json.ts';
import { type Explained } from './call-failure.ts';
import { type DuplicateId } from './psp-api.ts';

const messageCharactersMax = 300;

/**
 * Reads an error answer in any of the shapes in which Vipps has been seen to send one: an array
 * of ErrorDetails or of ErrorMessage, one of them alone, the gateway's `responseInfo` envelope,
 * the gateway's own `{statusCode, message}`, nothing, or no JSON at all.
 *
 * Source: Vipps PSP API v2 and v3, error codes; gateway envelopes as met by implementers.
 */
export function explain(answer: HttpAnswer): Explained {
  const found = membersOf(readJson(answer.body));
  const explained = {
    httpStatus: answer.status,
    code: found.code ?? String(answer.status),
    message: (found.message ?? plainText(answer) ?? `Vipps answered ${answer.status}`).slice(
      0,
      messageCharactersMax,
    ),
  };
  return found.contextId === undefined ? explained : { ...explained, contextId: found.contextId };
}

/** Which id Vipps knows already: 44 since 2022, 99 with a text that tells before. */
export function duplicateIdOf({ code, message }: Explained): DuplicateId | undefined {
  if (code === '44') return 'TRANSACTION';
  if (code !== '99') return undefined;
  if (/transaction/i.test(message)) return 'TRANSACTION';
  return /order\s*id/i.test(message) ? 'ORDER' : undefined;
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
