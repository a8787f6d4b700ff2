/** So many at a time of those who share them. Whoever finds none is called when one is free, first come first served. */
export interface Slots {
  /** False when none is free: `whenFree` is called once, later, and may take it then. */
  take(whenFree: () => void): boolean;
  giveBack(): void;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  return {
    take: (whenFree) => {
      if (free === 0) {
        waiting.add(whenFree);
        return false;
      }
      free -= 1;
      return true;
    },
    giveBack: () => {
      free += 1;
      for (const whenFree of waiting) {
        waiting.delete(whenFree);
        whenFree();
        if (free === 0) return;
      }
    },
  };
}
