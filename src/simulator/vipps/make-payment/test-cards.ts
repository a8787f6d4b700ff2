/** A card of the simulated app. `expiry` is year first: YYMM, as in cardData. */
export type TestCard = {
  readonly id: string;
  readonly label: string;
  readonly pan: string;
  readonly expiry: string;
};

/** The cards that the app offers unless the configuration lists others. None of them is real. */
export const defaultTestCards: readonly TestCard[] = [
  { id: 'visa-credit', label: 'Visa credit', pan: '4111111111111111', expiry: '3012' },
  { id: 'visa-debit', label: 'Visa debit', pan: '4925000000000004', expiry: '3012' },
  {
    id: 'visa-debit-19',
    label: 'Visa debit, 19 digits',
    pan: '4925000000000000012',
    expiry: '3012',
  },
  { id: 'mastercard-credit', label: 'Mastercard credit', pan: '5413330000000019', expiry: '3012' },
  { id: 'mastercard-debit', label: 'Mastercard debit', pan: '5167320000000018', expiry: '3012' },
  {
    id: 'bad-check-digit',
    label: 'Visa, wrong check digit',
    pan: '4111111111111112',
    expiry: '3012',
  },
  { id: 'expired', label: 'Visa, expired', pan: '4111111111111111', expiry: '2001' },
  { id: 'unknown-issuer', label: 'Unknown issuer', pan: '9111000000000015', expiry: '3012' },
];

/** The last four digits, for people and for records. */
export function maskedPan(pan: string): string {
  return `•••• ${pan.slice(-4)}`;
}
