import { z } from 'zod';
import { createHttpClient } from '../../http/http-client.ts';
import { readJson } from '../../http/read-json.ts';
import { AdapterError } from '../../shared/errors.ts';
import { type AcquirerLedger } from '../acquirer-ledger.ts';

/** The acquirer's ledger could not be had. */
export class LedgerUnavailable extends AdapterError {
  override readonly name = 'LedgerUnavailable';
  readonly code = 'LEDGER_UNAVAILABLE';
}

const ledgerBytesMax = 512 * 1024 * 1024;
const timeoutMs = 120_000;

const ledger = z.array(
  z.object({
    type: z.enum(['AUTHORISATION', 'CAPTURE', 'VOID', 'REFUND', 'REVERSAL']),
    approved: z.boolean(),
    amount: z.int().nonnegative(),
    currency: z.string(),
    reference: z.string(),
    originalReference: z.string().nullable(),
    pspTransactionId: z.string(),
  }),
);

/** The ledger of the acquirer with the HTTP interface: `GET /ledger`, a bare array. */
export function createHttpLedger(baseUrl: string): AcquirerLedger {
  return {
    entries: async (signal) => {
      const http = createHttpClient({
        baseUrl,
        responseBytesMax: ledgerBytesMax,
        headersTimeoutMs: timeoutMs,
      });
      try {
        const answer = await http.send({ method: 'GET', path: '/ledger', signal, timeoutMs });
        const parsed = ledger.safeParse(readJson(answer.body));
        if (answer.status !== 200 || !parsed.success) {
          throw new LedgerUnavailable(
            `The acquirer's ledger cannot be read (HTTP ${answer.status})`,
          );
        }
        return parsed.data.map(({ amount, ...entry }) => ({
          ...entry,
          amountMinor: BigInt(amount),
        }));
      } finally {
        await http.close();
      }
    },
  };
}
