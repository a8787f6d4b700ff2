/**
 * The floor: what a payment cannot do without, and nothing else. Bare node:http, one decryption
 * with a key that is read already, one committed insert, one call to the acquirer. No
 * authentication, no states, no safety: a bound, not a rival.
 */
import { constants, createPrivateKey, privateDecrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { Pool } from 'undici';
import { listenFor, settingsFromParent, stopWithParent } from './parent.ts';
import { type FloorSettings } from './programs.ts';

interface Call {
  readonly pspTransactionId: string;
  readonly cardData: string;
}

const { databaseUrl, acquirerUrl, keyFile } = settingsFromParent() as FloorSettings;
const key = createPrivateKey(await readFile(keyFile));
const database = new pg.Pool({ connectionString: databaseUrl, max: 10 });
const acquirer = new Pool(acquirerUrl, { connections: 64, pipelining: 1 });

const insertSql = 'insert into floor_payment (psp_transaction_id, masked_pan) values ($1, $2)';

async function makePayment(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const { pspTransactionId, cardData } = JSON.parse(Buffer.concat(chunks).toString()) as Call;
  const [pan = '', expiry = ''] = privateDecrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(cardData, 'base64'),
  )
    .toString()
    .split(',');
  const maskedPan = `${pan.slice(0, 6)}******${pan.slice(-4)}`;
  await database.query({
    name: 'floor-insert',
    text: insertSql,
    values: [pspTransactionId, maskedPan],
  });
  const reference = `${pspTransactionId}-a1`;
  const { body } = await acquirer.request({
    method: 'POST',
    path: '/authorisations',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': reference },
    body: JSON.stringify({ reference, amount: 4_900, currency: 'NOK', card: { pan, expiry } }),
  });
  const { approved } = (await body.json()) as { approved: boolean };
  return JSON.stringify({ paymentInfo: { pspTransactionId, status: approved ? 'OK' : 'FAIL' } });
}

const server = createServer((req, res) => {
  makePayment(req).then(
    (body) => {
      res
        .writeHead(200, {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        })
        .end(body);
    },
    () => {
      res.writeHead(500).end();
    },
  );
});

stopWithParent(async () => {
  await database.end();
});
await listenFor(server);
