import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AdapterError, messageOf } from '../shared/errors.ts';
import { type FundingRange } from './card-funding.ts';

export class FundingTableInvalid extends AdapterError {
  override readonly name = 'FundingTableInvalid';
  readonly code = 'FUNDING_TABLE_INVALID';
}

const firstDigits = z.string().regex(/^\d{1,6}$/);
const range = z
  .strictObject({ from: firstDigits, to: firstDigits, funding: z.enum(['DEBIT', 'CREDIT']) })
  .refine(({ from, to }) => from.length === to.length && from <= to);
const table = z.array(range).max(1_000_000);

/**
 * Reads the file that CARD_FUNDING_FILE names.
 *
 * @throws {FundingTableInvalid}
 */
export async function readFundingTable(file: string): Promise<readonly FundingRange[]> {
  try {
    return table.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'its form is another' : messageOf(error);
    throw new FundingTableInvalid(
      `CARD_FUNDING_FILE must name a file with JSON such as [{"from":"4571","to":"4571","funding":"DEBIT"}]: ${why}`,
    );
  }
}
