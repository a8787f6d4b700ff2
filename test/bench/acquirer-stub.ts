/**
 * An acquirer that approves everything at once, over the HTTP contract of the simulated one. It
 * keeps no ledger: it must cost as little as possible.
 */
import { createServer } from 'node:http';
import { listenFor, stopWithParent } from './parent.ts';

interface Message {
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
}

function answerTo({ reference, amount, currency }: Message): string {
  return JSON.stringify({
    reference,
    approved: true,
    responseCode: '00',
    amount,
    currency,
    authorisationCode: '123456',
    rrn: '000000000001',
  });
}

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body = answerTo(JSON.parse(Buffer.concat(chunks).toString()) as Message);
    res
      .writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      })
      .end(body);
  });
});

stopWithParent(() => Promise.resolve());
await listenFor(server);
