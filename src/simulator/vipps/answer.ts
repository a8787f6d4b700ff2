import { type IncomingHttpHeaders } from 'node:http';
import { type VersionName } from './payment.ts';

/** A request to Vipps' API, read whole before anything is done about it. */
export type ApiCall = {
  /** Of the path; v2 for the access token, which has none. */
  readonly version: VersionName;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly pspTransactionId: string;
};

export type Answer = {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  /** What was wrong with the call in more words than the answer has, for whoever asks the control API. */
  readonly problems?: readonly string[];
};

export function json(status: number, body: unknown): Answer {
  return { status, contentType: 'application/json;charset=UTF-8', body: JSON.stringify(body) };
}

/** One header as text; a header sent twice is what node joined it to. */
export function header(call: ApiCall, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Azure API Management, for subscription keys (seen by implementers; not configurable by Vipps). */
export function gatewayError(status: number, message: string): Answer {
  return json(status, { statusCode: status, message });
}

/** The envelope of Vipps' own gateway: a numeric code and a `result` (seen by implementers). */
export function envelopeError(status: number, responseMessage: string, message: string): Answer {
  return json(status, {
    responseInfo: { responseCode: status, responseMessage },
    result: { message },
  });
}
