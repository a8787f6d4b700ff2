import { NeverSent, NoAnswer } from '../http/call-errors.ts';
import { type Circuit } from '../http/circuit.ts';
import { type HttpAnswer, type HttpMethod } from '../http/exchange.ts';
import { type HttpClient } from '../http/http-client.ts';
import { waitAtMost } from '../http/wait-at-most.ts';
import { type RetryOptions } from '../http/with-retries.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Secret } from '../shared/secret.ts';
import { type AccessToken, type AccessTokens } from './access-tokens.ts';
import { type CallFailure } from './call-failure.ts';
import { type Credentials } from './credentials.ts';
import { explain } from './error-body.ts';
import { type CallContext } from './psp-api.ts';
import { withoutSecrets } from './without-secrets.ts';

/** One operation of the PSP API, ready to be sent as often as it needs to be. */
export interface VippsCall<Success> {
  readonly method: HttpMethod;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** What of the body nobody else may see. */
  readonly secrets?: readonly Secret<string>[];
  readonly context: CallContext;
  readonly circuit: Circuit;
  readonly retries: RetryOptions;
  /** The result in an answer of status 200, or undefined where it cannot be read. */
  readonly read: (answer: HttpAnswer) => Success | undefined;
}

/** A result, or what came instead of one. */
export type Called<Success> =
  { readonly success: Success } | { readonly failure: CallFailure; readonly retryAfterMs?: number };

export interface SendDependencies {
  readonly http: HttpClient;
  readonly tokens: AccessTokens;
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** At most 30 characters each, Vipps-System-Name and Vipps-System-Version. */
  readonly systemName: string;
  readonly systemVersion: string;
  /** For one try. */
  readonly tryTimeoutMs: number;
}

/**
 * One try: sends with the access token at hand and, where Vipps refuses that with 401, once more
 * with a fresh one.
 */
export async function sendWithToken<Success>(
  dependencies: SendDependencies,
  call: VippsCall<Success>,
  untilMs: number,
): Promise<Called<Success>> {
  const { clock, tokens } = dependencies;
  const { signal } = call.context;
  const within = (token: Promise<AccessToken | CallFailure>): Promise<AccessToken | CallFailure> =>
    waitAtMost(token, lateToken, {
      ms: untilMs - clock.monotonicMs(),
      ...(signal && { signal }),
    });

  const token = await within(tokens.current());
  if (token.kind !== 'TOKEN') return { failure: token };
  const called = await send(dependencies, call, token, untilMs);
  if (!('failure' in called) || called.failure.kind !== 'UNAUTHORISED') return called;

  const fresh = await within(tokens.insteadOf(token));
  if (fresh.kind !== 'TOKEN') return { failure: fresh };
  return send(dependencies, call, fresh, untilMs);
}

const lateToken: CallFailure = {
  kind: 'NOT_SENT',
  why: 'No access token in time',
  mayHaveTakenEffect: false,
};

async function send<Success>(
  dependencies: SendDependencies,
  call: VippsCall<Success>,
  token: AccessToken,
  untilMs: number,
): Promise<Called<Success>> {
  const { http, clock } = dependencies;
  const { signal, tryTimeoutMs = dependencies.tryTimeoutMs } = call.context;
  try {
    const answer = await http.send({
      method: call.method,
      path: call.path,
      headers: headersOf(dependencies, call, token),
      ...(call.body !== undefined && { body: Buffer.from(JSON.stringify(call.body)) }),
      ...(signal && { signal }),
      timeoutMs: Math.max(1, Math.min(tryTimeoutMs, untilMs - clock.monotonicMs())),
    });
    return readAnswer(call, withoutSecrets(answer, secretsOf(dependencies, call, token)));
  } catch (thrown) {
    return { failure: failureOf(thrown) };
  }
}

function secretsOf(
  { credentials }: SendDependencies,
  { secrets = [] }: VippsCall<unknown>,
  token: AccessToken,
): readonly Secret<string>[] {
  return [token.value, credentials.subscriptionKey, credentials.clientSecret, ...secrets];
}

function headersOf(
  { credentials, systemName, systemVersion }: SendDependencies,
  { context, contentType }: { readonly context: CallContext; readonly contentType?: string },
  token: AccessToken,
): Record<string, string> {
  return {
    // Vipps reads the word Bearer case-sensitively.
    Authorization: `Bearer ${token.value.expose()}`,
    'Ocp-Apim-Subscription-Key': credentials.subscriptionKey.expose(),
    'Psp-Id': credentials.pspId,
    'Merchant-Serial-Number': context.msn,
    'Request-Id': context.requestId,
    'Vipps-System-Name': systemName,
    'Vipps-System-Version': systemVersion,
    ...(contentType !== undefined && { 'Content-Type': contentType }),
  };
}

function readAnswer<Success>(call: VippsCall<Success>, answer: HttpAnswer): Called<Success> {
  const { status } = answer;
  if (status >= 200 && status < 400) {
    const success = status === 200 ? call.read(answer) : undefined;
    if (success !== undefined) return { success };
    return { failure: noAnswer(`An answer of status ${status} that cannot be read`) };
  }
  if (status === 401) return { failure: { kind: 'UNAUTHORISED', mayHaveTakenEffect: false } };
  if (status === 429) {
    const retryAfterMs = retryAfterMsOf(answer);
    const failure = {
      kind: 'FAILED',
      ...explain(answer),
      ...(retryAfterMs > 0 && { retryAfterMs }),
      mayHaveTakenEffect: false,
    } as const;
    return { failure, retryAfterMs };
  }
  if (status >= 500 || status === 408) {
    return { failure: { kind: 'FAILED', ...explain(answer), mayHaveTakenEffect: true } };
  }
  return { failure: { kind: 'REFUSED', ...explain(answer), mayHaveTakenEffect: false } };
}

/** Retry-After in seconds; its date form is not used by the gateway. */
function retryAfterMsOf(answer: HttpAnswer): number {
  const seconds = Number(answer.headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : 0;
}

function failureOf(thrown: unknown): CallFailure {
  if (thrown instanceof NoAnswer) return noAnswer(messageOf(thrown));
  if (thrown instanceof NeverSent) {
    return { kind: 'NOT_SENT', why: messageOf(thrown), mayHaveTakenEffect: false };
  }
  throw thrown;
}

function noAnswer(why: string): CallFailure {
  return { kind: 'NO_ANSWER', why, mayHaveTakenEffect: true };
}
