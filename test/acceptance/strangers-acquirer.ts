/**
 * An acquirer written from the HTTP contract in ACQUIRERS.md alone, with books of its own. How it
 * behaves is ordered by amount, which stands for itself in the tests.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { parsed } from './merchant.ts';
import { pause } from './programs.ts';

export interface Message {
  readonly path: string;
  readonly idempotencyKey: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface StrangersAcquirer {
  readonly url: string;
  readonly messages: readonly Message[];
  /** Approved and not reversed since, by the acquirer's own books. */
  liveReferences(): readonly string[];
  /** How it answers authorisations of the amount; what is not ordered it approves. */
  behave(amount: number, how: Behaviour): void;
  /** Members of its answers to everything but authorisations, from now on. */
  sayBesides(members: Readonly<Record<string, unknown>>): void;
  readonly close: () => Promise<void>;
}

/** Whatever can go wrong between two computers, and what the answer says. */
export type Behaviour =
  | { readonly kind: 'ANSWER'; readonly members: Readonly<Record<string, unknown>> }
  | { readonly kind: 'TEXT'; readonly status: number; readonly text: string }
  | { readonly kind: 'APPROVE_LATE'; readonly afterMs: number }
  | { readonly kind: 'APPROVE_AND_CUT' }
  | { readonly kind: 'SILENT' };

export async function startStrangersAcquirer(): Promise<StrangersAcquirer> {
  const messages: Message[] = [];
  const approved = new Set<string>();
  const reversed = new Set<string>();
  const behaviours = new Map<number, Behaviour>();
  let besides: Readonly<Record<string, unknown>> = {};

  const server = createServer((req, res) => {
    void readAll(req).then((text) => {
      const body = (parsed(text) ?? {}) as Message['body'];
      const key = req.headers['idempotency-key'];
      const message = { path: req.url ?? '', idempotencyKey: String(key), body };
      messages.push(message);
      return answer(message, res);
    });
  });

  async function answer({ path, body }: Message, res: ServerResponse): Promise<void> {
    if (path === '/authorisations') return authorise(body, res);
    const original = String(body['originalReference']);
    const { reference } = body;
    if (path === '/reversals') {
      const found = approved.has(original);
      reversed.add(original);
      json(res, { reference, acknowledged: true, found, ...besides });
      return;
    }
    json(res, { ...plain(body), approved: true, responseCode: '00', ...besides });
  }

  async function authorise(body: Message['body'], res: ServerResponse): Promise<void> {
    const how = behaviours.get(Number(body['amount'])) ?? { kind: 'ANSWER', members: {} };
    const yes = { ...plain(body), approved: true, responseCode: '00', authorisationCode: 'A1B2C3' };
    switch (how.kind) {
      case 'ANSWER': {
        const says = { ...yes, ...how.members };
        if (says.approved) book(body);
        json(res, says);
        return;
      }
      case 'TEXT':
        res.writeHead(how.status, { 'Content-Type': 'application/json' }).end(how.text);
        return;
      case 'APPROVE_LATE':
        await pause(how.afterMs);
        book(body);
        json(res, yes);
        return;
      case 'APPROVE_AND_CUT':
        book(body);
        res.destroy();
        return;
      case 'SILENT':
        return;
    }
  }

  /** What was reversed before it was decided stays reversed. */
  function book(body: Message['body']): void {
    approved.add(String(body['reference']));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    messages,
    liveReferences: () => [...approved].filter((reference) => !reversed.has(reference)),
    behave: (amount, how) => behaviours.set(amount, how),
    sayBesides: (members) => {
      besides = members;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function plain({ reference, amount, currency }: Message['body']) {
  return { reference, amount, currency };
}

function json(res: ServerResponse, body: unknown): void {
  res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
