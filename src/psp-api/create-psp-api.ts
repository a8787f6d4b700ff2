import { createCircuit, type Circuit, type CircuitOptions } from '../http/circuit.ts';
import { createHttpClient, type HttpClientOptions } from '../http/http-client.ts';
import { type RetryOptions } from '../http/with-retries.ts';
import { type Clock } from '../shared/clock.ts';
import { invariant } from '../shared/errors.ts';
import { createAccessTokens } from './access-tokens.ts';
import { type Credentials } from './credentials.ts';
import { readDetailsAnswer } from './details.ts';
import { initBody, initFailure, readInitAnswer } from './init.ts';
import { type PspApi, type PspOperation } from './psp-api.ts';
import { type SendDependencies } from './send-with-token.ts';
import { readUpdateStatusAnswer, updateStatusBody } from './update-status.ts';
import { callVipps } from './vipps-call.ts';

export interface PspApiOptions {
  /** Of the API's host, for example https://apitest.vipps.no. May have a path prefix. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** The path segment of the version. */
  readonly version?: 'v2' | 'v3';
  readonly systemName?: string;
  readonly systemVersion?: string;
  /** One try of one call; a call's budget is the caller's. */
  readonly tryTimeoutMs?: number;
  readonly tokenTimeoutMs?: number;
  readonly retries?: Partial<RetryOptions>;
  readonly circuit?: CircuitOptions;
  readonly connections?: Omit<HttpClientOptions, 'baseUrl'>;
}

const onceOnly: RetryOptions = { retriesMax: 0, firstDelayMs: 1, delayMsMax: 1 };
const systemTextCharactersMax = 30;

/** A client of Vipps' PSP API that keeps its connections, its access token and its breakers. */
export function createPspApi(options: PspApiOptions): PspApi {
  const { clock, circuit } = options;
  const parts: Parts = {
    dependencies: dependenciesOf(options),
    root: `/psp/${options.version ?? 'v2'}/psppayments`,
    retries: { retriesMax: 2, firstDelayMs: 150, delayMsMax: 1_000, ...options.retries },
    circuits: {
      init: createCircuit(clock, circuit),
      updateStatus: createCircuit(clock, circuit),
      details: createCircuit(clock, circuit),
    },
  };
  const { init, updateStatus, details } = parts.circuits;

  return {
    init: initWith(parts),
    updateStatus: updateStatusWith(parts),
    details: detailsWith(parts),
    circuits: () => ({
      init: init.position(),
      updateStatus: updateStatus.position(),
      details: details.position(),
    }),
    close: () => parts.dependencies.http.close(),
  };
}

interface Parts {
  readonly dependencies: SendDependencies;
  /** Of every path of this version. */
  readonly root: string;
  readonly retries: RetryOptions;
  readonly circuits: Readonly<Record<PspOperation, Circuit>>;
}

function initWith({ dependencies, root, retries, circuits }: Parts): PspApi['init'] {
  return async (context, request) => {
    const called = await callVipps(dependencies, {
      method: 'POST',
      path: `${root}/init`,
      body: initBody(request),
      contentType: 'application/json;charset=UTF-8',
      context,
      circuit: circuits.init,
      retries,
      read: (answer) => readInitAnswer(answer, request),
    });
    return 'success' in called ? called.success : initFailure(called.failure);
  };
}

function updateStatusWith({ dependencies, root, circuits }: Parts): PspApi['updateStatus'] {
  return async (context, transactions) => {
    invariant(transactions.length > 0, 'A status update reports at least one operation');
    const called = await callVipps(dependencies, {
      method: 'POST',
      path: `${root}/updatestatus`,
      body: updateStatusBody(transactions),
      contentType: 'application/json',
      context,
      circuit: circuits.updateStatus,
      retries: onceOnly,
      read: readUpdateStatusAnswer,
    });
    return 'success' in called ? called.success : called.failure;
  };
}

function detailsWith({ dependencies, root, retries, circuits }: Parts): PspApi['details'] {
  return async (context, pspTransactionId) => {
    const called = await callVipps(dependencies, {
      method: 'GET',
      path: `${root}/${encodeURIComponent(pspTransactionId)}/details`,
      context,
      circuit: circuits.details,
      retries,
      read: readDetailsAnswer,
    });
    if ('success' in called) return { kind: 'FOUND', details: called.success };
    const { failure } = called;
    if (failure.kind === 'REFUSED' && failure.httpStatus === 404) return { kind: 'NOT_FOUND' };
    return failure;
  };
}

function dependenciesOf(options: PspApiOptions): SendDependencies {
  const { clock, credentials } = options;
  const http = createHttpClient({ ...options.connections, baseUrl: options.baseUrl });
  return {
    http,
    tokens: createAccessTokens({
      http,
      credentials,
      clock,
      timeoutMs: options.tokenTimeoutMs ?? 5_000,
    }),
    credentials,
    clock,
    systemName: (options.systemName ?? 'vipps-psp-adapter').slice(0, systemTextCharactersMax),
    systemVersion: (options.systemVersion ?? '0').slice(0, systemTextCharactersMax),
    tryTimeoutMs: options.tryTimeoutMs ?? 5_000,
  };
}
