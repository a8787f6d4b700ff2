import { type Random } from '../../src/shared/random.ts';
import { randomFrom } from '../faults/random.ts';

/** All chance of a run, from its seed alone. */
export interface Dice {
  /** From 0 up to 1. */
  roll(): number;
  chance(probability: number): boolean;
  between(from: number, to: number): number;
  integer(from: number, to: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** What stands beside a weight, the more often the greater the weight. */
  weighted<Item>(items: readonly (readonly [weight: number, item: Item])[]): Item;
}

export function createDice(seed: number): Dice {
  // Neighbouring seeds are not to have neighbouring numbers.
  const roll = randomFrom(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  const between = (from: number, to: number): number => from + (to - from) * roll();
  const integer = (from: number, to: number): number => Math.floor(between(from, to + 1));
  return {
    roll,
    chance: (probability) => roll() < probability,
    between,
    integer,
    pick: (items) => {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new Error('There is nothing to pick from');
      return item;
    },
    weighted: (items) => {
      let rest = roll() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of items) {
        rest -= weight;
        if (rest < 0) return item;
      }
      const last = items.at(-1);
      if (last === undefined) throw new Error('There is nothing to pick from');
      return last[1];
    },
  };
}

/** Randomness for the adapter, which it can neither foresee nor tell from the real one. */
export function randomOf(dice: Dice): Random {
  const bytes = (count: number): Buffer =>
    Buffer.from(Array.from({ length: count }, () => dice.integer(0, 255)));
  return {
    bytes,
    uuid: () => {
      const hex = bytes(16).toString('hex');
      const [a, b, c, d] = [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(13, 16),
        hex.slice(17, 20),
      ];
      return `${a}-${b}-4${c}-8${d}-${hex.slice(20)}`;
    },
  };
}
