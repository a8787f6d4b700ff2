import { request } from 'undici';
import { type SandboxSettings } from './sandbox-settings-repository.ts';

/** What the adapter answered the merchant. */
export interface MerchantAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Calls the adapter as the sandbox's merchant would, over HTTP and with the merchant's own
 * credentials: what the page shows is what a shop would see.
 */
export interface SandboxMerchantClient {
  call(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    idempotencyKey?: string,
  ): Promise<MerchantAnswer>;
}

export function createSandboxMerchantClient(options: {
  readonly publicUrl: string;
  readonly merchant: SandboxSettings;
}): SandboxMerchantClient {
  const { publicUrl, merchant } = options;
  const subscription = { 'Ocp-Apim-Subscription-Key': merchant.subscriptionKey };

  async function accessToken(): Promise<string> {
    const { body } = await send('POST', '/accesstoken/get', {
      headers: {
        ...subscription,
        client_id: merchant.clientId,
        client_secret: merchant.clientSecret,
      },
    });
    return String((body as { access_token?: unknown }).access_token);
  }

  async function send(
    method: 'GET' | 'POST',
    path: string,
    more: { headers: Record<string, string>; body?: string },
  ): Promise<MerchantAnswer> {
    const answer = await request(`${publicUrl}${path}`, { method, ...more });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  return {
    call: async (method, path, body, idempotencyKey) =>
      send(method, path, {
        headers: {
          ...subscription,
          Authorization: `Bearer ${await accessToken()}`,
          'Merchant-Serial-Number': merchant.merchantSerialNumber,
          'Content-Type': 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}
