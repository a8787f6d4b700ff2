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
  { id: 'visa-debit', label: 'Visa debit', pan: '4000056655665556', expiry: '3012' },
  { id: 'mastercard-credit', label: 'Mastercard credit', pan: '5555555555554444', expiry: '3012' },
  { id: 'mastercard-debit', label: 'Mastercard debit', pan: '5200828282828210', expiry: '3012' },
  {
    id: 'bad-check-digit',
    label: 'Visa, wrong check digit',
    pan: '4111111111111112',
    expiry: '3012',
  },
  { id: 'expired', label: 'Visa, expired', pan: '4111111111111111', expiry: '2001' },
  { id: 'unknown-issuer', label: 'Unknown issuer', pan: '9999999999999995', expiry: '3012' },
];

/** The last four digits, for people and for records. */
export function maskedPan(pan: string): string {
  return `•••• ${pan.slice(-4)}`;
}
