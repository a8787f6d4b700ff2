import { type IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, type Pool } from 'undici';
import { NeverSent, NoAnswer, type CallError } from './call-errors.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpCall {
  readonly method: HttpMethod;
  /** Begins with a slash; what comes from outside in it is encoded by the caller. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal;
  /** For the whole call: waiting for a connection, connecting, sending, and reading the answer. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One request and its answer on a connection of the pool.
 *
 * @throws NeverSent, NoAnswer
 */
export function exchange(
  pool: Pool,
  call: HttpCall,
  responseBytesMax: number,
): Promise<HttpAnswer> {
  if (call.signal?.aborted) return Promise.reject(new NeverSent('The caller no longer waits'));

  return new Promise((resolve, reject) => {
    const conversation = converse(responseBytesMax, (outcome) => {
      stopWaiting();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    });
    const stopWaiting = waitAsLongAs(call, conversation.giveUp);
    pool.dispatch(requestOf(call), conversation.handler);
  });
}

interface Conversation {
  readonly handler: Dispatcher.DispatchHandler;
  readonly giveUp: (why: string) => void;
}

/**
 * The dispatcher's callbacks are used rather than its promise, because only `onRequestStart`
 * tells the moment from which bytes may be on their way; before it nothing was sent.
 */
function converse(
  responseBytesMax: number,
  end: (outcome: HttpAnswer | CallError) => void,
): Conversation {
  let sending: Dispatcher.DispatchController | undefined;
  let ended = false;
  let head: Omit<HttpAnswer, 'body'> | undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;

  function endWith(outcome: HttpAnswer | CallError): void {
    if (ended) return;
    ended = true;
    end(outcome);
  }

  function giveUp(why: string): void {
    const error = sending === undefined ? new NeverSent(why) : new NoAnswer(why);
    endWith(error);
    sending?.abort(error);
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      // Given up while it waited for a connection, or about to be sent a second time by the
      // pool itself: either way no byte may leave. A throw here keeps the request from being
      // written, and spares the connection, which an abort would close.
      if (ended || sending !== undefined) throw new NoAnswer('Not to be sent');
      sending = controller;
    },
    onResponseStart(_controller, status, headers) {
      if (status >= 200) head = { status, headers };
    },
    onResponseData(_controller, chunk) {
      bytes += chunk.length;
      if (bytes > responseBytesMax) giveUp(`The answer is longer than ${responseBytesMax} bytes`);
      else chunks.push(chunk);
    },
    onResponseEnd() {
      endWith(head ? { ...head, body: Buffer.concat(chunks) } : new NoAnswer('No status came'));
    },
    onResponseError(_controller, error) {
      giveUp(reasonOf(error));
    },
  };
  return { handler, giveUp };
}

/** Gives up when the time is over or the caller leaves; the function it returns ends the wait. */
function waitAsLongAs(call: HttpCall, giveUp: (why: string) => void): () => void {
  const onAbort = (): void => {
    giveUp('The caller no longer waits');
  };
  const timer = setTimeout(() => {
    giveUp(`No answer within ${call.timeoutMs} ms`);
  }, call.timeoutMs);
  call.signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', onAbort);
  };
}

function requestOf(call: HttpCall): Dispatcher.DispatchOptions {
  return {
    method: call.method,
    path: call.path,
    headers: call.headers ?? {},
    body: call.body ?? null,
    // Never repeated by the pool on its own, whatever the method.
    idempotent: false,
  };
}

/** The code alone: an error of the parser carries what was received, which is not for a log. */
function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
