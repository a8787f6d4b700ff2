import { type Circuit, type CircuitOptions, createCircuit } from '../../http/circuit.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../http/http-client.ts';
import { type Clock } from '../../shared/clock.ts';
import { messageOf } from '../../shared/errors.ts';
import {
  type BeginOutcome,
  type ChallengeRequest,
  type ChallengeResult,
  type ThreeDsServer,
} from '../three-ds-server.ts';
import { readBegin, readResult } from './answers.ts';
import { authenticationBody } from './messages.ts';

export interface HttpThreeDsOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly connections?: Omit<HttpClientOptions, 'baseUrl'>;
  readonly circuit?: CircuitOptions;
  /** For one message; the caller's signal usually comes first. */
  readonly timeoutMs?: number;
}

export interface HttpThreeDsServer extends ThreeDsServer {
  /** Lets messages under way finish and closes the connections. */
  close(): Promise<void>;
}

/**
 * A 3-D Secure server with an HTTP interface: the one that the simulated server offers, and whose
 * contract its README describes. A message is sent once and never again by itself: the customer of a
 * soft decline waits within one call of Vipps. With the breaker open nothing is begun, so that a
 * server that hangs costs no call its time.
 */
export function createHttpThreeDsServer(options: HttpThreeDsOptions): HttpThreeDsServer {
  const { baseUrl, clock, timeoutMs = 10_000 } = options;
  const http = createHttpClient({ connectionsMax: 256, ...options.connections, baseUrl });
  const circuit = createCircuit(clock, options.circuit);

  return {
    begin: (request, signal) => begin({ http, circuit, timeoutMs }, request, signal),
    result: (serverReference, signal) => result(http, serverReference, { signal, timeoutMs }),
    close: () => http.close(),
  };
}

interface Connection {
  readonly http: HttpClient;
  readonly circuit: Circuit;
  readonly timeoutMs: number;
}

async function begin(
  { http, circuit, timeoutMs }: Connection,
  request: ChallengeRequest,
  signal: AbortSignal,
): Promise<BeginOutcome> {
  const { reference } = request;
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': reference };
  const outcome = await circuit.run<BeginOutcome>(async () => {
    let body: Buffer | undefined;
    try {
      body = authenticationBody(request);
      const message = { method: 'POST', path: '/authentications', headers, body } as const;
      return readBegin(await http.send({ ...message, signal, timeoutMs }), reference);
    } catch (thrown) {
      return { kind: 'UNAVAILABLE', why: messageOf(thrown) };
    } finally {
      body?.fill(0);
    }
  }, isOutage);
  return outcome.kind === 'BREAKER_OPEN'
    ? { kind: 'UNAVAILABLE', why: 'The circuit breaker is open' }
    : outcome;
}

function isOutage({ kind }: BeginOutcome): boolean {
  return kind === 'UNAVAILABLE';
}

async function result(
  http: HttpClient,
  serverReference: string,
  waiting: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ChallengeResult> {
  const path = `/authentications/${encodeURIComponent(serverReference)}`;
  try {
    return readResult(await http.send({ method: 'GET', path, ...waiting }), serverReference);
  } catch (thrown) {
    return { kind: 'UNKNOWN', why: messageOf(thrown) };
  }
}
