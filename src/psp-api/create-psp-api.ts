import { createCircuit, type Circuit, type CircuitOptions } from '../http/circuit.ts';
import { createHttpClient, type HttpClientOptions } from '../http/http-client.ts';
import { type RetryOptions } from '../http/with-retries.ts';
import { type Clock } from '../shared/clock.ts';
import { invariant } from '../shared/errors.ts';
import { createAccessTokens } from './access-tokens.ts';
import { type Credentials } from './credentials.ts';
import { readDetailsAnswer } from './details.ts';
import { initBody, initFailure, readInitAnswer } from './init.ts';
import { type CallContext, type PspApi, type PspOperation, type PspVersion } from './psp-api.ts';
import { type SendDependencies } from './send-with-token.ts';
import { readUpdateStatusAnswer, updateStatusBody } from './update-status.ts';
import { callVipps } from './vipps-call.ts';

export interface PspApiOptions {
  /** Of the API's host, for example https://apitest.vipps.no. May have a path prefix. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly clock: Clock;
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

/**
 * A client of Vipps' PSP API. Its connections and its access token serve both versions; each
 * operation of each version has a breaker of its own, since Vipps may take the one away and keep
 * the other.
 */
export function createPspApi(options: PspApiOptions): PspApi {
  const { clock, circuit } = options;
  const circuitsOfVersion = (): Circuits => ({
    init: createCircuit(clock, circuit),
    updateStatus: createCircuit(clock, circuit),
    details: createCircuit(clock, circuit),
    forceApprove: createCircuit(clock, circuit),
  });
  const parts: Parts = {
    dependencies: dependenciesOf(options),
    retries: { retriesMax: 2, firstDelayMs: 150, delayMsMax: 1_000, ...options.retries },
    circuits: { v2: circuitsOfVersion(), v3: circuitsOfVersion() },
  };

  return {
    init: initWith(parts),
    updateStatus: updateStatusWith(parts),
    details: detailsWith(parts),
    forceApprove: forceApproveWith(parts),
    circuits: () => ({
      v2: positionsOf(parts.circuits.v2),
      v3: positionsOf(parts.circuits.v3),
    }),
    close: () => parts.dependencies.http.close(),
  };
}

type Circuits = Readonly<Record<PspOperation, Circuit>>;

interface Parts {
  readonly dependencies: SendDependencies;
  readonly retries: RetryOptions;
  readonly circuits: Readonly<Record<PspVersion, Circuits>>;
}

function positionsOf({ init, updateStatus, details, forceApprove }: Circuits) {
  return {
    init: init.position(),
    updateStatus: updateStatus.position(),
    details: details.position(),
    forceApprove: forceApprove.position(),
  };
}

/** What every path of the version begins with. */
const rootOf = ({ version }: CallContext): string => `/psp/${version}/psppayments`;

function initWith({ dependencies, retries, circuits }: Parts): PspApi['init'] {
  return async (context, request) => {
    const called = await callVipps(dependencies, {
      method: 'POST',
      path: `${rootOf(context)}/init`,
      body: initBody(context.version, request),
      secrets: [request.makePaymentToken],
      contentType: 'application/json;charset=UTF-8',
      context,
      circuit: circuits[context.version].init,
      retries,
      read: (answer) => readInitAnswer(answer, request),
    });
    return 'success' in called ? called.success : initFailure(called.failure);
  };
}

function updateStatusWith({ dependencies, circuits }: Parts): PspApi['updateStatus'] {
  return async (context, transactions) => {
    invariant(transactions.length > 0, 'A status update reports at least one operation');
    const called = await callVipps(dependencies, {
      method: 'POST',
      path: `${rootOf(context)}/updatestatus`,
      body: updateStatusBody(transactions),
      contentType: 'application/json',
      context,
      circuit: circuits[context.version].updateStatus,
      retries: onceOnly,
      read: readUpdateStatusAnswer,
    });
    return 'success' in called ? called.success : called.failure;
  };
}

function detailsWith({ dependencies, retries, circuits }: Parts): PspApi['details'] {
  return async (context, pspTransactionId) => {
    const called = await callVipps(dependencies, {
      method: 'GET',
      path: `${rootOf(context)}/${encodeURIComponent(pspTransactionId)}/details`,
      context,
      circuit: circuits[context.version].details,
      retries,
      read: readDetailsAnswer,
    });
    if ('success' in called) return { kind: 'FOUND', details: called.success };
    const { failure } = called;
    if (failure.kind === 'REFUSED' && failure.httpStatus === 404) return { kind: 'NOT_FOUND' };
    return failure;
  };
}

/** Source: Vipps PSP API v3, ForceApproveRequest. The answer has no body. */
function forceApproveWith({ dependencies, circuits }: Parts): PspApi['forceApprove'] {
  return async (context, { pspTransactionId, customerPhoneNumber, token }) => {
    invariant(context.version === 'v3', 'v2 has no such call');
    const called = await callVipps(dependencies, {
      method: 'POST',
      path: `/psp/v3/integration-test/psppayments/${encodeURIComponent(pspTransactionId)}/approve`,
      body: { customerPhoneNumber, token },
      contentType: 'application/json;charset=UTF-8',
      context,
      circuit: circuits.v3.forceApprove,
      retries: onceOnly,
      read: () => ({ kind: 'APPROVED' }) as const,
    });
    return 'success' in called ? called.success : called.failure;
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
