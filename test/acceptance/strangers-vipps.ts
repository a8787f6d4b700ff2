/**
 * A Vipps written from the published descriptions of the PSP API v2 and v3 alone. It shares nothing with
 * the adapter or with the simulated Vipps, so that a misunderstanding of theirs shows.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo } from 'node:net';
import { parsed } from './merchant.ts';

export interface Init {
  readonly pspTransactionId: string;
  readonly merchantOrderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly pspRedirectUrl: string;
  readonly makePaymentUrl: string;
  readonly makePaymentToken: string;
  readonly paymentText: string;
  readonly [name: string]: unknown;
}

export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Callback {
  readonly confirmed?: string;
  readonly cardData?: unknown;
  readonly merchantSerialNumber?: string;
  /** Null leaves the header out. */
  readonly authorization?: string | null;
  /** Sent in place of everything. */
  readonly rawBody?: string;
  /** The caller hangs up after so long. */
  readonly hangUpAfterMs?: number;
}

export interface CallbackAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
  readonly body: unknown;
  readonly elapsedMs: number;
}

/** As it is, or made of what was asked. */
export type AnswerBody = string | ((call: ReceivedCall) => string);

export interface StrangersVipps {
  readonly url: string;
  readonly accessTokens: readonly string[];
  readonly calls: readonly ReceivedCall[];
  readonly inits: readonly Init[];
  /** What is asked of it next is answered so, once. */
  answerNext(status: number, body: AnswerBody): void;
  /** The same for who asks for an access token. */
  answerTokenNext(status: number, body: AnswerBody): void;
  /** Undefined where the caller hung up first. */
  makePayment(init: Init, callback: Callback): Promise<CallbackAnswer | undefined>;
  readonly close: () => Promise<void>;
}

export async function startStrangersVipps(msn: string): Promise<StrangersVipps> {
  const accessTokens: string[] = [];
  const calls: ReceivedCall[] = [];
  const inits: Init[] = [];
  const ordered: { status: number; body: AnswerBody }[] = [];
  const orderedTokens: { status: number; body: AnswerBody }[] = [];

  const server = createServer((req, res) => {
    void readAll(req).then((text) => {
      const call = { path: req.url ?? '', headers: req.headers, body: parsed(text) };
      calls.push(call);
      const [status, body] = answer(call);
      res.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8' }).end(body);
    });
  });

  function answer(call: ReceivedCall): readonly [number, string] {
    const { path, headers, body } = call;
    const isToken = path === '/accesstoken/get';
    if (!isToken && !isAuthorised(headers)) return [401, ''];
    const next = (isToken ? orderedTokens : ordered).shift();
    if (next) return [next.status, typeof next.body === 'string' ? next.body : next.body(call)];
    if (isToken) return issueToken(headers);
    if (/^\/psp\/v[23]\/psppayments\/init$/.test(path)) return initiate(body as Init);
    if (/^\/psp\/v[23]\/psppayments\/updatestatus$/.test(path)) {
      return [200, '{"responseInfo":{"responseCode":"9000","responseMessage":"SUCCESS"}}'];
    }
    return [404, ''];
  }

  function issueToken(headers: IncomingMessage['headers']): readonly [number, string] {
    const needed = ['client_id', 'client_secret', 'ocp-apim-subscription-key'];
    if (needed.some((name) => typeof headers[name] !== 'string')) return [401, ''];
    const token = randomBytes(96).toString('base64url');
    accessTokens.push(token);
    const expires = '3599';
    return [
      200,
      JSON.stringify({ token_type: 'Bearer', expires_in: expires, access_token: token }),
    ];
  }

  function isAuthorised(headers: IncomingMessage['headers']): boolean {
    const named = ['ocp-apim-subscription-key', 'psp-id', 'merchant-serial-number'];
    const [scheme, token = ''] = (headers.authorization ?? '').split(' ');
    return (
      scheme === 'Bearer' &&
      accessTokens.includes(token) &&
      named.every((name) => typeof headers[name] === 'string' && headers[name] !== '')
    );
  }

  function initiate(init: Init): readonly [number, string] {
    inits.push(init);
    const { pspTransactionId, merchantOrderId } = init;
    const vippsRedirectUrl = `https://vipps.example/landing?token=${pspTransactionId}&x=%2F`;
    return [200, JSON.stringify({ pspTransactionId, merchantOrderId, vippsRedirectUrl })];
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    accessTokens,
    calls,
    inits,
    answerNext: (status, body) => {
      ordered.push({ status, body });
    },
    answerTokenNext: (status, body) => {
      orderedTokens.push({ status, body });
    },
    makePayment: (init, callback) => makePayment(msn, init, callback),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function makePayment(
  msn: string,
  init: Init,
  callback: Callback,
): Promise<CallbackAnswer | undefined> {
  const { confirmed = 'YES', cardData, merchantSerialNumber = msn } = callback;
  const { pspTransactionId } = init;
  const members = { pspTransactionId, merchantSerialNumber, confirmed, cardData };
  const body = callback.rawBody ?? JSON.stringify(members);
  const authorization =
    callback.authorization === undefined ? init.makePaymentToken : callback.authorization;
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      init.makePaymentUrl,
      {
        method: 'POST',
        agent: false,
        headers: {
          'Content-Type': 'application/json;charset=UTF-8',
          'Content-Length': Buffer.byteLength(body),
          ...(authorization === null ? {} : { Authorization: authorization }),
        },
      },
      (res) => {
        void readAll(res).then((text) => {
          resolve({
            status: res.statusCode ?? 0,
            contentType: res.headers['content-type'],
            text,
            body: parsed(text),
            elapsedMs: performance.now() - startedAtMs,
          });
        });
      },
    );
    outgoing.on('error', (error) => {
      if (callback.hangUpAfterMs === undefined) reject(error);
      else resolve(undefined);
    });
    if (callback.hangUpAfterMs !== undefined) {
      setTimeout(() => outgoing.destroy(), callback.hangUpAfterMs);
    }
    outgoing.end(body);
  });
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
