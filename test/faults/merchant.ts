import { randomUUID } from 'node:crypto';
import { type Access, pause } from './adapter.ts';
import { type Answer, call } from './http.ts';

/** A call of the merchant that had a final answer. */
export interface Done {
  readonly path: string;
  readonly key: string;
  readonly body: unknown;
  readonly answer: Answer;
}

/** A merchant that does not give up: it repeats each call under its key until it has a final answer. */
export interface Merchant {
  readonly done: readonly Done[];
  /** One try. */
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, options?: { readonly key?: string | null }): Promise<Answer>;
  /** The same call once more, as it was. */
  again(done: Done): Promise<Answer>;
  /** Back office: as persistent, and idempotent by its lines. */
  report(lines: readonly object[]): Promise<Answer>;
}

const patienceMs = 45_000;
const betweenTriesMs = 100;

/** Answers that say: ask again. A key or a reference that is still in use is free, or answered, soon. */
const passing = new Set([0, 409, 423, 429]);

function isFinal({ status }: Answer): boolean {
  return !passing.has(status) && status < 500;
}

export function createMerchant(
  urls: () => { readonly publicUrl: string; readonly internalUrl: string },
  access: Access,
): Merchant {
  const done: Done[] = [];
  const subscription = { 'Ocp-Apim-Subscription-Key': access.subscriptionKey };
  let token: string | undefined;

  const untilFinal = async (once: () => Promise<Answer>): Promise<Answer> => {
    const untilMs = performance.now() + patienceMs;
    for (;;) {
      const answer = await once();
      if (isFinal(answer) || performance.now() > untilMs) return answer;
      await pause(betweenTriesMs);
    }
  };

  const accessToken = async (): Promise<string> => {
    if (token !== undefined) return token;
    const answer = await untilFinal(() =>
      call('POST', `${urls().publicUrl}/accesstoken/get`, {
        headers: {
          ...subscription,
          client_id: access.clientId,
          client_secret: access.clientSecret,
        },
      }),
    );
    token = String((answer.body as { access_token?: unknown }).access_token);
    return token;
  };

  const headersFor = async (key: string | null): Promise<Record<string, string>> => ({
    ...subscription,
    Authorization: `Bearer ${await accessToken()}`,
    'Merchant-Serial-Number': access.merchantSerialNumber,
    ...(key === null ? {} : { 'Idempotency-Key': key }),
  });

  const send = async (path: string, body: unknown, key: string | null): Promise<Answer> => {
    const headers = await headersFor(key);
    return untilFinal(() =>
      call('POST', `${urls().publicUrl}${path}`, {
        headers,
        ...(body === undefined ? {} : { body }),
      }),
    );
  };

  return {
    done,
    get: async (path) =>
      call('GET', `${urls().publicUrl}${path}`, { headers: await headersFor(null) }),
    post: async (path, body, { key = randomUUID() } = {}) => {
      const answer = await send(path, body, key);
      if (key !== null && isFinal(answer)) done.push({ path, key, body, answer });
      return answer;
    },
    again: ({ path, body, key }) => send(path, body, key),
    report: (lines) =>
      untilFinal(() =>
        call('POST', `${urls().internalUrl}/back-office/v1/status-updates`, {
          headers: { Authorization: `Bearer ${access.backOfficeToken}` },
          body: { transactions: lines },
        }),
      ),
  };
}
