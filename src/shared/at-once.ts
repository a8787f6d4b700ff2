/** Runs work, at most so many pieces at a time; the others wait their turn. */
export type AtOnce = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function atOnce(piecesMax: number): AtOnce {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running >= piecesMax) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody slips in before.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
