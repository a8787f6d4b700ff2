import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import request, { type Test } from 'supertest';
import { defaultCredentials } from '../../../src/simulator/vipps/settings.ts';
import { type VippsSimulator } from '../../../src/simulator/vipps/simulator.ts';

/** A key pair of the PSP, made for this run. */
export const pspKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const pspPublicKeyPem = pspKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

export function decrypted(cardData: string, hash = 'sha256'): string {
  const scheme = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
  return privateDecrypt(
    { key: pspKeys.privateKey, ...scheme },
    Buffer.from(cardData, 'base64'),
  ).toString();
}

let made = 0;

export function anInit(members: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  made += 1;
  return {
    pspTransactionId: `tx${made}`,
    merchantOrderId: `order${made}`,
    amount: 1200,
    currency: 'NOK',
    pspRedirectUrl: 'https://shop.no/done',
    makePaymentUrl: 'https://psp.no/make-payment',
    makePaymentToken: 'the-token-of-the-payment',
    ...members,
  };
}

export async function accessToken(simulator: Pick<VippsSimulator, 'app'>): Promise<string> {
  const response = await request(simulator.app)
    .post('/accesstoken/get')
    .set('client_id', defaultCredentials.clientId)
    .set('client_secret', defaultCredentials.clientSecret)
    .set('Ocp-Apim-Subscription-Key', defaultCredentials.subscriptionKey);
  return (response.body as { access_token: string }).access_token;
}

/** All headers that a PSP call needs, with some left out or replaced. */
export function pspHeaders(
  token: string,
  replaced: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const headers: Record<string, string> = {
    Authorization: `Bearer ${token}`,
    'Ocp-Apim-Subscription-Key': defaultCredentials.subscriptionKey,
    'Psp-Id': defaultCredentials.pspId,
    'Merchant-Serial-Number': defaultCredentials.merchantSerialNumber,
  };
  for (const [name, value] of Object.entries(replaced)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- leaving a header out is the point
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  return headers;
}

export function postInit(
  simulator: Pick<VippsSimulator, 'app'>,
  token: string,
  body: unknown,
  headers: Readonly<Record<string, string | undefined>> = {},
): Test {
  return initOf('v2', simulator, pspHeaders(token, headers)).send(
    typeof body === 'string' ? body : JSON.stringify(body),
  );
}

export function postInitV3(
  simulator: Pick<VippsSimulator, 'app'>,
  token: string,
  body: object,
  headers: Readonly<Record<string, string | undefined>> = {},
): Test {
  return initOf('v3', simulator, pspHeaders(token, headers)).send(JSON.stringify(body));
}

function initOf(
  version: 'v2' | 'v3',
  simulator: Pick<VippsSimulator, 'app'>,
  headers: Record<string, string>,
): Test {
  return request(simulator.app)
    .post(`/psp/${version}/psppayments/init`)
    .set('Content-Type', 'application/json')
    .set(headers);
}

export type ReceivedCall = {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
};

export type PspReply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** The PSP's end of makePayment: remembers what came, answers as told, or (undefined) never. */
export async function startPsp(reply: (call: ReceivedCall) => PspReply | undefined): Promise<{
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** Resolves when a call was given up by its sender. */
  readonly cut: Promise<void>;
  readonly close: () => Promise<void>;
}> {
  const calls: ReceivedCall[] = [];
  let wasCut: () => void = () => undefined;
  const cut = new Promise<void>((resolve) => {
    wasCut = resolve;
  });
  const server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) wasCut();
    });
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const call = { headers: incoming.headers, body: readable(text) };
      calls.push(call);
      const answer = reply(call);
      if (!answer) return;
      outgoing.writeHead(answer.status ?? 200, {
        'Content-Type': 'application/json',
        ...answer.headers,
      });
      outgoing.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/make-payment`,
    calls,
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function readable(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export function ok(call: ReceivedCall): PspReply {
  return {
    body: { paymentInfo: { pspTransactionId: call.body['pspTransactionId'], status: 'OK' } },
  };
}

export function fail(call: ReceivedCall, errorId: number, errorText: string): PspReply {
  const { pspTransactionId } = call.body;
  const paymentInfo = { pspTransactionId, status: 'FAIL' };
  return { body: { errorMessage: { errorId, errorText }, paymentInfo } };
}
