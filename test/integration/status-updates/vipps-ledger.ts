import { type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { createPspApi, type PspApiOptions } from '../../../src/psp-api/create-psp-api.ts';
import { type PspApi } from '../../../src/psp-api/psp-api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { httpDouble, type SeenRequest } from '../../support/http-double.ts';

export interface ReportedLine {
  readonly pspTransactionId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly paymentText?: string;
  readonly operationStatus?: string;
}

export interface Report {
  readonly path: string;
  readonly msn: string;
  readonly requestId: string;
  readonly body: string;
  readonly lines: readonly ReportedLine[];
}

/** How one request fares. LATE: it takes effect, and is answered when the test says so or much later. */
export type Fate =
  | 'OK'
  | 'CUT_BEFORE'
  | 'CUT_AFTER'
  | { readonly status: number; readonly retryAfter?: number; readonly code?: string }
  | { readonly lateMs: number }
  | { readonly heldUntil: Promise<unknown> };

export interface VippsLedger extends AsyncDisposable {
  readonly api: PspApi;
  readonly url: string;
  /** Every request that arrived, whatever became of it. */
  readonly requests: readonly Report[];
  /** What took effect, in order: a Request-Id counts once. */
  readonly effects: readonly Report[];
  /** Request-Ids that came with two bodies, merchants or both. */
  readonly violations: readonly string[];
  readonly tokens: () => number;
  /** Lines of these payments are refused, and with them the whole request. */
  readonly refused: Set<string>;
  /** All lines that took effect for a payment, in order. */
  linesOf(pspTransactionId: string): readonly string[];
  /** Another client of the same Vipps, as another copy of the service has it. */
  client(): PspApi;
}

/** A Vipps that keeps a ledger of what it was told, and whose answers are what the test wants. */
export async function vippsLedger(
  fateOf: (report: Report, arrival: number) => Fate = () => 'OK',
  options: Partial<PspApiOptions> = {},
): Promise<VippsLedger> {
  const requests: Report[] = [];
  const effects = new Map<string, Report>();
  const violations: string[] = [];
  const refused = new Set<string>();
  let tokens = 0;

  /** 200 when it was taken, now or before; 400 when a line is bad. */
  function take(report: Report): number {
    const known = effects.get(report.requestId);
    if (known && (known.body !== report.body || known.msn !== report.msn))
      violations.push(report.requestId);
    if (known) return 200;
    if (report.lines.some((line) => refused.has(line.pspTransactionId))) return 400;
    effects.set(report.requestId, report);
    return 200;
  }

  async function answer(report: Report, response: ServerResponse): Promise<void> {
    const fate = fateOf(report, requests.length);
    if (fate === 'CUT_BEFORE') response.destroy();
    else if (typeof fate === 'object' && 'status' in fate) refuse(fate, response);
    else await process(take(report), fate, response);
  }

  const double = await httpDouble((request, response) => {
    if (request.path === '/accesstoken/get') {
      tokens += 1;
      response.writeHead(200).end(`{"access_token":"token-${tokens}","expires_in":"3600"}`);
      return undefined;
    }
    const report = reportOf(request);
    requests.push(report);
    return answer(report, response);
  });
  const apis: PspApi[] = [];
  const client = (): PspApi => {
    const api = createPspApi({
      baseUrl: double.url,
      credentials: {
        clientId: 'client-id',
        clientSecret: new Secret('client-secret'),
        subscriptionKey: new Secret('subscription-key'),
        pspId: 'psp-id',
      },
      clock: systemClock,
      circuit: { openMs: 50 },
      ...options,
    });
    apis.push(api);
    return api;
  };

  return {
    api: client(),
    url: double.url,
    client,
    requests,
    get effects() {
      return [...effects.values()];
    },
    violations,
    tokens: () => tokens,
    refused,
    linesOf: (pspTransactionId) =>
      [...effects.values()].flatMap(({ lines }) =>
        lines
          .filter((line) => line.pspTransactionId === pspTransactionId)
          .map(({ status, amount }) => `${status} ${amount}`),
      ),
    async [Symbol.asyncDispose]() {
      const closed = apis.map((api) => api.close());
      await double[Symbol.asyncDispose]();
      await Promise.all(closed);
    },
  };
}

function reportOf({ path, headers, body }: SeenRequest): Report {
  return {
    path,
    msn: String(headers['merchant-serial-number']),
    requestId: String(headers['request-id']),
    body,
    lines: (JSON.parse(body) as { transactions: readonly ReportedLine[] }).transactions,
  };
}

function refuse(
  { status, retryAfter, code }: Extract<Fate, { readonly status: number }>,
  response: ServerResponse,
): void {
  const headers: OutgoingHttpHeaders = {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
  const body = [{ errorCode: code ?? 'x', errorMessage: 'As ordered' }];
  response.writeHead(status, headers).end(JSON.stringify(body));
}

async function process(status: number, fate: Fate, response: ServerResponse): Promise<void> {
  if (fate === 'CUT_AFTER') {
    response.destroy();
    return;
  }
  if (typeof fate === 'object' && 'lateMs' in fate) await pause(fate.lateMs);
  if (typeof fate === 'object' && 'heldUntil' in fate) await fate.heldUntil;
  const body =
    status === 200
      ? { responseInfo: { responseCode: '9000', responseMessage: 'SUCCESS' } }
      : [{ errorCode: '51', errorMessage: 'Invalid request' }];
  response.writeHead(status).end(JSON.stringify(body));
}
