import { once } from 'node:events';
import { createServer, request, type ClientRequest } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { type Express } from 'express';
import { rails } from '../../src/payments/rail.ts';
import { type APayment } from './a-payment.ts';
import { encryptCard } from './vipps-callback.ts';

/** An app on a real port, for callers that behave as no client library would. */
export interface ListeningApp extends AsyncDisposable {
  readonly port: number;
  /** A connection on which a test writes bytes of its own. */
  connect(): Promise<Socket>;
  /** Resolves when the server has noticed that the newest connection is closed. */
  newestIsClosed(): Promise<unknown>;
}

export async function listenTo(app: Express): Promise<ListeningApp> {
  const server = createServer(app);
  let closed: Promise<unknown> = Promise.resolve();
  server.on('connection', (socket) => {
    closed = new Promise((resolve) => socket.on('close', resolve));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connect: async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    },
    newestIsClosed: () => closed,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A good call whose caller may hang up; errors of the connection are its own business. */
export function callAndHangUpLater(
  { port }: ListeningApp,
  payment: APayment,
  {
    path = rails['psp-v2'].makePaymentPath,
    body = goodCall(payment),
  }: { readonly path?: string; readonly body?: object } = {},
): ClientRequest {
  const call = request({
    port,
    host: '127.0.0.1',
    path,
    method: 'POST',
    agent: false,
    headers: { authorization: payment.token, 'content-type': 'application/json' },
  });
  call.on('error', () => undefined);
  call.end(JSON.stringify(body));
  return call;
}

function goodCall(payment: APayment): object {
  return {
    pspTransactionId: payment.pspTransactionId,
    merchantSerialNumber: payment.msn,
    confirmed: 'YES',
    cardData: encryptCard(),
  };
}

/** Writes the bytes and reads until the server closes, or `enough` is read. */
export async function exchange(
  app: ListeningApp,
  bytes: string | Buffer,
  enough?: RegExp,
): Promise<string> {
  const socket = await app.connect();
  let read = '';
  const over = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      read += chunk.toString('latin1');
      if (enough?.test(read)) resolve();
    });
    socket.on('close', () => {
      resolve();
    });
    socket.on('error', () => undefined);
  });
  socket.write(bytes);
  await over;
  socket.destroy();
  return read;
}
