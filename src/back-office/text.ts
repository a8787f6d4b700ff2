import { z } from 'zod';
import { holdsCardNumber } from '../card-data/card-number-in-text.ts';

/**
 * A text that is kept. The database takes no NUL and no half of a surrogate pair, and we no card
 * numbers: nobody would look for one there.
 */
export function keptText(charactersMax: number, charactersMin = 0) {
  return z
    .string()
    .min(charactersMin)
    .max(charactersMax)
    .refine((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text))
    .refine((text) => !holdsCardNumber(text), 'holds what looks like a card number');
}
