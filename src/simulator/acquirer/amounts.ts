import { type Behaviour, plainBehaviour } from './behaviour.ts';
import { type Scheme } from './test-cards.ts';

type Circumstances = { readonly scheme: Scheme; readonly hasThreeDs: boolean };

type SpecialAmount = {
  /** In minor units, both ends included. */
  readonly from: number;
  readonly to: number;
  readonly meaning: string;
  readonly behave: (amount: number, circumstances: Circumstances) => Partial<Behaviour>;
};

const softDecline = ({ scheme }: Circumstances): Partial<Behaviour> => ({
  responseCode: scheme === 'VISA' ? '1A' : '65',
});

const one = (
  amount: number,
  meaning: string,
  behaviour: Partial<Behaviour> | SpecialAmount['behave'],
): SpecialAmount => ({
  from: amount,
  to: amount,
  meaning,
  behave: typeof behaviour === 'function' ? behaviour : () => behaviour,
});

const declines = (amount: number, responseCode: string, meaning: string): SpecialAmount =>
  one(amount, `declines with ${responseCode}, ${meaning}`, { responseCode });

/** The amounts by which an authorisation is declined, slow, silent or broken. */
export const specialAmounts: readonly SpecialAmount[] = [
  declines(151, '51', 'insufficient funds'),
  {
    from: 160,
    to: 179,
    meaning: 'approves after 0 to 19 seconds (amount minus 160)',
    behave: (amount) => ({ delayMs: (amount - 160) * 1000 }),
  },
  declines(181, '15', 'no such issuer'),
  declines(182, '05', 'do not honour'),
  declines(183, '59', 'suspected fraud'),
  declines(184, '61', 'exceeds the withdrawal limit'),
  one(185, 'approves after 20 seconds', { delayMs: 20_000 }),
  declines(186, '54', 'expired card'),
  declines(187, '14', 'invalid card number'),
  declines(188, '58', 'not permitted to this terminal'),
  declines(189, '51', 'insufficient funds'),
  declines(190, 'X9', 'a code that no table lists'),
  one(191, 'answers HTTP 500, undecided', { fate: 'ERROR', status: 500 }),
  one(192, 'cuts the connection before deciding', { fate: 'CUT' }),
  one(193, 'approves, then cuts the connection', { delivery: 'CUT' }),
  one(194, 'never answers and never decides', { fate: 'SILENCE' }),
  one(195, 'approves, then sends half an answer', { delivery: 'HALF' }),
  one(196, 'approves half the amount with 10', { responseCode: '10' }),
  one(
    201,
    'soft decline, 1A at Visa and 65 at Mastercard; approves with threeDs',
    (_, circumstances) => (circumstances.hasThreeDs ? {} : softDecline(circumstances)),
  ),
  one(202, 'soft decline, 1A at Visa and 65 at Mastercard; with threeDs too', (_, circumstances) =>
    softDecline(circumstances),
  ),
];

const specialAmountOf = new Map(
  specialAmounts.flatMap((special) =>
    Array.from({ length: special.to - special.from + 1 }, (_, offset) => [
      special.from + offset,
      special,
    ]),
  ),
);

/** What an authorisation of the amount does, once the card itself has been accepted. */
export function behaviourOfAmount(amount: number, circumstances: Circumstances): Behaviour {
  const special = specialAmountOf.get(amount);
  return special ? { ...plainBehaviour, ...special.behave(amount, circumstances) } : plainBehaviour;
}
