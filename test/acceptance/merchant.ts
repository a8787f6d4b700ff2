import { randomBytes, randomUUID } from 'node:crypto';
import { type SandboxFile } from './programs.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON, or undefined. */
  readonly body: unknown;
}

export async function send(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const answer = await fetch(url, { redirect: 'manual', ...init });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A shop that knows the ePayment API from its documentation, and nothing of the adapter. */
export interface Merchant {
  readonly accessToken: string;
  readonly headers: Readonly<Record<string, string>>;
  create(more?: Readonly<Record<string, unknown>>): Promise<HttpAnswer & { reference: string }>;
  post(path: string, body: unknown, more?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  payment(reference: string): Promise<{ readonly state: string; readonly [name: string]: unknown }>;
  eventNames(reference: string): Promise<readonly string[]>;
}

export function newReference(): string {
  return `order-${randomBytes(8).toString('hex')}`;
}

export async function openMerchant(sandbox: SandboxFile): Promise<Merchant> {
  const token = await send(`${sandbox.publicUrl}/accesstoken/get`, {
    method: 'POST',
    headers: {
      client_id: sandbox.clientId,
      client_secret: sandbox.clientSecret,
      'Ocp-Apim-Subscription-Key': sandbox.subscriptionKey,
    },
  });
  if (token.status !== 200) throw new Error(`No access token: ${token.status} ${token.text}`);
  const accessToken = (token.body as { access_token: string }).access_token;
  const headers = {
    Authorization: `Bearer ${accessToken}`,
    'Ocp-Apim-Subscription-Key': sandbox.subscriptionKey,
    'Merchant-Serial-Number': sandbox.merchantSerialNumber,
    'Content-Type': 'application/json',
  };
  const payments = `${sandbox.publicUrl}/epayment/v1/payments`;
  const post: Merchant['post'] = (path, body, more) =>
    send(`${payments}${path}`, {
      method: 'POST',
      headers: { ...headers, 'Idempotency-Key': randomUUID(), ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    accessToken,
    headers,
    post,
    create: async (more = {}) => {
      const order = { ...anOrder(), ...more };
      return { ...(await post('', order)), reference: order.reference };
    },
    payment: async (reference) =>
      (await send(`${payments}/${reference}`, { headers })).body as { state: string },
    eventNames: async (reference) => {
      const { body } = await send(`${payments}/${reference}/events`, { headers });
      return (body as { name: string }[]).map(({ name }) => name);
    },
  };
}

export function anOrder() {
  return {
    amount: { currency: 'NOK', value: 49_900 },
    paymentMethod: { type: 'WALLET' },
    customer: { phoneNumber: '4791234567' },
    reference: newReference(),
    userFlow: 'WEB_REDIRECT',
    returnUrl: 'https://shop.vippsadapter.no/back?order=1',
    paymentDescription: 'Two pairs of woollen socks',
  };
}
