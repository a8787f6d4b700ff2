import { connect, type Socket } from 'node:net';

/** What is written to a connection, piece by piece; a number is a pause in ms. */
export type Piece = string | Buffer | number;

export interface RawOptions {
  /** The near end is closed, half-way, after the last piece. */
  readonly halfClose?: boolean;
  /** The connection is cut after the last piece, without a word. */
  readonly cut?: boolean;
  /** What has not come by then is not waited for. */
  readonly withinMs?: number;
}

export interface RawAnswer {
  /** Everything that came back, byte by byte. */
  readonly text: string;
  /** Of each response in it. */
  readonly statuses: readonly number[];
  /** The other side closed the connection. */
  readonly closed: boolean;
}

const connectWithinMs = 5_000;

/**
 * Writes bytes to a port and reads what comes back, until the other side closes or the time is up.
 * What no HTTP client would send can be sent so. Never throws for what the other side does.
 */
export async function sendRaw(
  url: string,
  pieces: readonly Piece[],
  options: RawOptions = {},
): Promise<RawAnswer> {
  const { withinMs = 8_000 } = options;
  const socket = await openSocket(url);
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Its end alone will do: ours is kept open, to see what happens when it is not closed.
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      closed = true;
      resolve();
    };
    socket.once('end', end).once('close', end);
  });
  for (const piece of pieces) {
    if (typeof piece === 'number') await Promise.race([over, wait(piece)]);
    else if (socket.writable) socket.write(piece);
  }
  if (options.cut) socket.destroy();
  else if (options.halfClose) socket.end();
  await Promise.race([over, wait(withinMs)]);
  socket.destroy();
  const text = Buffer.concat(chunks).toString('latin1');
  return { text, statuses: statusesIn(text), closed };
}

/** A connection that swallows what goes wrong with it. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => undefined);
  const connected = new Promise((resolve) =>
    socket.once('connect', resolve).once('close', resolve),
  );
  await Promise.race([connected, wait(connectWithinMs)]);
  return socket;
}

function statusesIn(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
}

/** Does not keep the process alive. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request as it goes over the wire, with the length that its body has. The connection is not kept. */
export function rawRequest({ method = 'POST', path, headers = {}, body }: RawRequest): Buffer {
  const content = Buffer.from(body ?? '');
  const all = { Host: 'adapter', Connection: 'close', ...headers };
  const length = body === undefined ? {} : { 'Content-Length': String(content.length) };
  const lines = Object.entries({ ...length, ...all }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    content,
  ]);
}
