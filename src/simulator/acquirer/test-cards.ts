/** Mastercard's Maestro cards count as MASTERCARD, and Visa/Dankort cards as VISA. */
export type Scheme = 'VISA' | 'MASTERCARD';
export type Funding = 'CREDIT' | 'DEBIT';

export type Issuer = {
  readonly name: string;
  readonly scheme: Scheme;
  readonly funding: Funding;
  /** The first four digits of its cards, both ends included. */
  readonly from: number;
  readonly to: number;
};

/** Ranges may overlap: the first one that holds the card is its issuer. */
export const issuers: readonly Issuer[] = [
  { name: 'Visa/Dankort', scheme: 'VISA', funding: 'DEBIT', from: 4571, to: 4571 },
  { name: 'Visa debit', scheme: 'VISA', funding: 'DEBIT', from: 4920, to: 4929 },
  { name: 'Visa credit', scheme: 'VISA', funding: 'CREDIT', from: 4000, to: 4999 },
  { name: 'Mastercard debit', scheme: 'MASTERCARD', funding: 'DEBIT', from: 5160, to: 5169 },
  { name: 'Mastercard credit', scheme: 'MASTERCARD', funding: 'CREDIT', from: 5100, to: 5599 },
  { name: 'Mastercard credit', scheme: 'MASTERCARD', funding: 'CREDIT', from: 2221, to: 2720 },
  { name: 'Maestro', scheme: 'MASTERCARD', funding: 'DEBIT', from: 5018, to: 5038 },
  { name: 'Maestro', scheme: 'MASTERCARD', funding: 'DEBIT', from: 6759, to: 6763 },
];

/** The issuer of a card or network token number, or undefined where no issuer here has it. */
export function issuerOf(number: string): Issuer | undefined {
  const prefix = Number(number.slice(0, 4));
  return issuers.find((issuer) => issuer.from <= prefix && prefix <= issuer.to);
}

export type TestCard = {
  readonly number: string;
  /** YYMM, as in card data. */
  readonly expiry: string;
  readonly scheme: Scheme | null;
  readonly funding: Funding | null;
  /** `BY_AMOUNT`: the amount decides. Otherwise the response code, whatever the amount. */
  readonly answers: 'BY_AMOUNT' | '14' | '15' | '54';
  readonly note: string;
};

type Outcome = Pick<TestCard, 'answers' | 'note'>;

function testCard(number: string, expiry: string, outcome: Outcome): TestCard {
  const issuer = issuerOf(number);
  const scheme = issuer?.scheme ?? null;
  return { number, expiry, scheme, funding: issuer?.funding ?? null, ...outcome };
}

const byAmount = (note: string): Outcome => ({ answers: 'BY_AMOUNT', note });

/** Invented numbers, worthless elsewhere. Any other number of an issuer above works as well. */
export const testCards: readonly TestCard[] = [
  testCard('4111111111111111', '3012', byAmount('Visa credit, 16 digits')),
  testCard('4815990000000000017', '3012', byAmount('Visa credit, 19 digits')),
  testCard('4925000000000004', '3012', byAmount('Visa debit, 16 digits')),
  testCard('4925000000000000012', '3012', byAmount('Visa debit, 19 digits')),
  testCard('4571990000000011', '3012', byAmount('Visa/Dankort debit, 16 digits')),
  testCard('5413330000000019', '3012', byAmount('Mastercard credit, 16 digits')),
  testCard('2223000000000015', '3012', byAmount('Mastercard credit of the 2-series, 16 digits')),
  testCard('5167320000000018', '3012', byAmount('Mastercard debit, 16 digits')),
  testCard('6759000000000018', '3012', byAmount('Maestro debit, 16 digits')),
  testCard('6759000000000000013', '3012', byAmount('Maestro debit, 19 digits')),
  testCard('9111000000000015', '3012', { answers: '15', note: 'no such issuer' }),
  testCard('3550000000000016', '3012', { answers: '15', note: 'a scheme that is not served' }),
  testCard('4111111111111112', '3012', { answers: '14', note: 'Visa, bad check digit' }),
  testCard('5413330000000010', '3012', { answers: '14', note: 'Mastercard, bad check digit' }),
  testCard('4111111111111111', '2001', { answers: '54', note: 'Visa, expired' }),
  testCard('5413330000000019', '2001', { answers: '54', note: 'Mastercard, expired' }),
];

/**
 * The network tokens that Vipps' test environment hands out by amount (Vipps PSP API v3 guide,
 * "Test amounts"), as number and YYMM. Several of the printed expiries have passed while the
 * environment goes on giving them out: these very pairs are therefore taken as unexpired.
 */
export const publishedTestTokens: readonly { readonly number: string; readonly expiry: string }[] =
  [
    { number: '5226603115488031', expiry: '2505' },
    { number: '4111111111111111', expiry: '3003' },
    { number: '4895370013193500', expiry: '3003' },
    { number: '5226603115488031', expiry: '3003' },
    { number: '4895370012792682', expiry: '2212' },
    { number: '4268270087302871', expiry: '2409' },
    { number: '5413330089010442', expiry: '2512' },
    { number: '4895370013193500', expiry: '2505' },
  ];
