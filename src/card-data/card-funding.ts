/** Whether a card spends its holder's money or the bank's. */
export type Funding = 'DEBIT' | 'CREDIT' | 'UNKNOWN';

/** Tells a card's funding by its first six digits. Asked within a payment: it must not wait for anybody. */
export type CardFunding = (bin: string) => Funding;

/** For a deployment without a table: no card is known to be a credit card. */
export const unknownFunding: CardFunding = () => 'UNKNOWN';

export interface FundingRange {
  /** First digits, at most six; of both ends as many. */
  readonly from: string;
  readonly to: string;
  readonly funding: Exclude<Funding, 'UNKNOWN'>;
}

const binDigits = 6;
/** By their numbers in the table; what the table says nothing of is the first. */
const fundings: readonly Funding[] = ['UNKNOWN', 'DEBIT', 'CREDIT'];

/**
 * A table of ranges of first digits, both ends included. Ranges may lie within one another: the
 * narrowest that holds the card counts. What no range holds is unknown.
 */
export function cardFundingOf(ranges: readonly FundingRange[]): CardFunding {
  // A byte for each number of six digits: asked within a payment, however long the table.
  const table = new Uint8Array(10 ** binDigits);
  const widestFirst = ranges.map(toSpan).sort((left, right) => right.width - left.width);
  for (const { first, last, funding } of widestFirst) {
    table.fill(fundings.indexOf(funding), first, last + 1);
  }
  return (bin) => fundings[table[Number(bin)] ?? 0] ?? 'UNKNOWN';
}

function toSpan({ from, to, funding }: FundingRange) {
  const first = Number(from.padEnd(binDigits, '0'));
  const last = Number(to.padEnd(binDigits, '9'));
  return { first, last, width: last - first, funding };
}
