import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness as an argument: a simulation puts numbers in its place that it can repeat. */
export interface Random {
  /** So many bytes that nobody can guess. */
  bytes(count: number): Buffer;
  uuid(): string;
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  uuid: () => randomUUID(),
};
