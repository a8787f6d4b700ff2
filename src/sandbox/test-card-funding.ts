import { cardFundingOf } from '../card-data/card-funding.ts';

/** What kind of cards the documented test cards are. Says nothing about cards of the world outside. */
export const testCardFunding = cardFundingOf([
  { from: '4000', to: '4999', funding: 'CREDIT' },
  { from: '4571', to: '4571', funding: 'DEBIT' },
  { from: '4920', to: '4929', funding: 'DEBIT' },
  { from: '5100', to: '5599', funding: 'CREDIT' },
  { from: '5160', to: '5169', funding: 'DEBIT' },
  { from: '2221', to: '2720', funding: 'CREDIT' },
  { from: '5018', to: '5038', funding: 'DEBIT' },
  { from: '6759', to: '6763', funding: 'DEBIT' },
]);
