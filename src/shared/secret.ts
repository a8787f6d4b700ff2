import { hash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const mask = '[secret]';

/**
 * A value that must never be printed: card numbers, cryptograms, tokens, keys.
 *
 * Every way in which a value usually leaks into a log (JSON, a template string, `util.inspect`)
 * answers `[secret]`. The only way to the value is `expose()`, which is easy to find in a review.
 */
export class Secret<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The value itself. Call it where the value leaves for its destination and nowhere else. */
  expose(): Value {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}

/** Compares two texts in time that does not depend on where they differ, nor on their lengths. */
export function equalInConstantTime(left: string, right: string): boolean {
  return timingSafeEqual(sha256(left), sha256(right));
}

/** SHA-256, for values that have enough entropy of their own: tokens that we made. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
