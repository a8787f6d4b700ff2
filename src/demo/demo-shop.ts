import { randomUUID } from 'node:crypto';
import { type DemoSandbox } from './demo-sandbox.ts';
import { type Answer, call, show } from './wire.ts';

/** The shop: calls the adapter with the sandbox merchant's credentials and shows each exchange. */
export interface DemoShop {
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
}

export async function openShop(sandbox: DemoSandbox): Promise<DemoShop> {
  const subscription = { 'Ocp-Apim-Subscription-Key': sandbox.subscriptionKey };
  const token = await call('POST', `${sandbox.publicUrl}/accesstoken/get`, {
    headers: { ...subscription, client_id: sandbox.clientId, client_secret: sandbox.clientSecret },
  });
  show({
    from: 'shop',
    to: 'adapter',
    line: 'POST /accesstoken/get, credentials in the headers',
    status: token.status,
    received: token.body,
  });
  const { access_token: accessToken } = token.body as { access_token: string };

  return {
    call: async (method, path, body) => {
      const answer = await call(method, `${sandbox.publicUrl}${path}`, {
        headers: {
          ...subscription,
          Authorization: `Bearer ${accessToken}`,
          'Merchant-Serial-Number': sandbox.merchantSerialNumber,
          ...(method === 'POST' ? { 'Idempotency-Key': randomUUID() } : {}),
        },
        ...(body === undefined ? {} : { body }),
      });
      show({
        from: 'shop',
        to: 'adapter',
        line: `${method} ${path}`,
        status: answer.status,
        received: answer.body,
        ...(body === undefined ? {} : { sent: body }),
      });
      return answer;
    },
  };
}
