import { Pool } from 'undici';
import { NeverSent } from './call-errors.ts';
import { exchange, type HttpAnswer, type HttpCall } from './exchange.ts';

export interface HttpClientOptions {
  /** Scheme, host, port; a path prefix is put before the path of every call. */
  readonly baseUrl: string;
  /** Connections kept open at most; calls beyond wait for a free one. */
  readonly connectionsMax?: number;
  /** Calls under way and waiting, together; the next one is refused at once as never sent. */
  readonly callsMax?: number;
  readonly connectTimeoutMs?: number;
  /** From the last byte of the request to the answer's headers. */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of the answer's body. */
  readonly bodyTimeoutMs?: number;
  readonly responseBytesMax?: number;
}

export interface HttpClient {
  /**
   * Sends once and reads the whole answer, whatever its status; follows no redirect.
   *
   * @throws NeverSent when the request certainly never left
   * @throws NoAnswer when it may have left and no whole answer came
   */
  send(call: HttpCall): Promise<HttpAnswer>;
  /** Lets calls under way finish, then closes every connection. */
  close(): Promise<void>;
}

/** An HTTP/1.1 client for one party, which tells "never sent" from "sent without an answer". */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { origin, pathname } = new URL(options.baseUrl);
  const prefix = pathname.replace(/\/+$/, '');
  const limits = { callsMax: 1_024, responseBytesMax: 1_048_576, ...options };
  const pool = poolFor(origin, options);
  let calls = 0;

  return {
    async send(call) {
      if (calls >= limits.callsMax) throw new NeverSent('Too many calls are under way');
      calls += 1;
      try {
        const path = `${prefix}${call.path}`;
        return await exchange(pool, { ...call, path }, limits.responseBytesMax);
      } finally {
        calls -= 1;
      }
    },
    close: () => pool.close(),
  };
}

function poolFor(origin: string, options: HttpClientOptions): Pool {
  return new Pool(origin, {
    connections: options.connectionsMax ?? 64,
    connect: { timeout: options.connectTimeoutMs ?? 2_000 },
    headersTimeout: options.headersTimeoutMs ?? 15_000,
    bodyTimeout: options.bodyTimeoutMs ?? 5_000,
    // One request at a time on a connection: an answer can belong to no other request.
    pipelining: 1,
  });
}
