import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf } from '../../../shared/errors.ts';

export type OutgoingCallback = {
  readonly url: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
};

export type Sent =
  | {
      readonly outcome: 'ANSWERED';
      readonly httpStatus: number;
      readonly contentType: string | undefined;
      readonly body: Buffer;
    }
  | { readonly outcome: 'CUT_AFTER_PATIENCE' | 'CONNECTION_FAILED'; readonly problem: string };

const answerBytesMax = 64 * 1_024;

/**
 * Sends one call on a connection of its own and waits for the whole answer, for so long and no
 * longer; then the connection is cut. Redirects are answers like any other: not followed.
 */
export function sendCallback(
  callback: OutgoingCallback,
  patienceMs: number,
  stopping: AbortSignal,
): Promise<Sent> {
  return new Promise((resolve) => {
    const send = callback.url.startsWith('https:') ? requestHttps : requestHttp;
    const patience = new AbortController();
    const timer = setTimeout(() => {
      patience.abort();
    }, patienceMs);
    const settle = (sent: Sent): void => {
      clearTimeout(timer);
      resolve(sent);
    };
    const fail = (thrown: unknown): void => {
      settle(
        patience.signal.aborted
          ? { outcome: 'CUT_AFTER_PATIENCE', problem: `no answer within ${patienceMs} ms` }
          : { outcome: 'CONNECTION_FAILED', problem: messageOf(thrown) },
      );
    };
    try {
      const { method, headers, body } = callback;
      const options = {
        method,
        headers: { ...headers, 'Content-Length': body.length },
        agent: false as const,
        signal: AbortSignal.any([patience.signal, stopping]),
      };
      const outgoing = send(callback.url, options, (answer) => {
        readAnswer(answer).then(settle, fail);
      });
      outgoing.on('error', fail);
      outgoing.end(body);
    } catch (thrown) {
      fail(thrown);
    }
  });
}

async function readAnswer(answer: IncomingMessage): Promise<Sent> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`the answer is over ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return {
    outcome: 'ANSWERED',
    httpStatus: answer.statusCode ?? 0,
    contentType: answer.headers['content-type'],
    body: Buffer.concat(chunks),
  };
}
