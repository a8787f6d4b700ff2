/**
 * A 3-D Secure server written from the contract in the README of the simulated one alone. Every
 * challenge is begun; what it says of one is ordered, and nothing of it is checked here.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { parsed } from './merchant.ts';

export interface StrangersThreeDs {
  readonly url: string;
  /** How challenges stand from now on: members of the answer, or the text of a 500. */
  say(result: Readonly<Record<string, unknown>> | string): void;
  /** Further members of the answer that begins a challenge. */
  sayAtFirst(members: Readonly<Record<string, unknown>>): void;
  readonly close: () => Promise<void>;
}

export async function startStrangersThreeDs(): Promise<StrangersThreeDs> {
  let result: Readonly<Record<string, unknown>> | string = { status: 'PENDING' };
  let first: Readonly<Record<string, unknown>> = {};

  const server = createServer((req, res) => {
    void readAll(req).then((text) => {
      res.setHeader('Content-Type', 'application/json');
      if (req.method === 'POST') {
        const { reference } = parsed(text) as { reference: string };
        const authenticationId = randomBytes(8).toString('hex');
        const challengeUrl = `https://acs.example.com/${authenticationId}`;
        const begun = { authenticationId, reference, status: 'CHALLENGE', challengeUrl, ...first };
        res.writeHead(201).end(JSON.stringify(begun));
        return;
      }
      if (typeof result === 'string') {
        res.writeHead(500).end(result);
        return;
      }
      const authenticationId = req.url?.split('/').at(-1);
      res.end(JSON.stringify({ authenticationId, ...result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    say: (said) => {
      result = said;
    },
    sayAtFirst: (members) => {
      first = members;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
