import { randomUUID } from 'node:crypto';
import { type Access } from './adapter.ts';
import { type Answer, call, isFinal, untilFinal } from './http.ts';

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
}

/** A key or a reference that is still in use is free, or answered, soon. */
const isAnswered = (answer: Answer): boolean => isFinal(answer) && answer.status !== 409;

export function createMerchant(
  { publicUrl }: { readonly publicUrl: string },
  access: Access,
): Merchant {
  const done: Done[] = [];
  const subscription = { 'Ocp-Apim-Subscription-Key': access.subscriptionKey };
  let token: string | undefined;

  const accessToken = async (): Promise<string> => {
    if (token !== undefined) return token;
    const answer = await untilFinal(() =>
      call('POST', `${publicUrl}/accesstoken/get`, {
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
    return untilFinal(
      () =>
        call('POST', `${publicUrl}${path}`, {
          headers,
          ...(body === undefined ? {} : { body }),
        }),
      isAnswered,
    );
  };

  return {
    done,
    get: async (path) => call('GET', `${publicUrl}${path}`, { headers: await headersFor(null) }),
    post: async (path, body, { key = randomUUID() } = {}) => {
      const answer = await send(path, body, key);
      if (key !== null && isAnswered(answer)) done.push({ path, key, body, answer });
      return answer;
    },
    again: ({ path, body, key }) => send(path, body, key),
  };
}
