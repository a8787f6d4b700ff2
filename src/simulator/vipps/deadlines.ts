/** When each payment's user has run out of time. Payments are added in the order they fall due. */
export interface Deadlines {
  add(pspTransactionId: string, dueAtMs: number): void;
  /** Those that are due, each told once. */
  takeDue(nowMs: number): readonly string[];
  clear(): void;
}

const doneBeforeCompacting = 1_000;

export function createDeadlines(): Deadlines {
  let waiting: { readonly id: string; readonly dueAtMs: number }[] = [];
  let next = 0;
  return {
    add: (id, dueAtMs) => {
      waiting.push({ id, dueAtMs });
    },
    takeDue: (nowMs) => {
      const due: string[] = [];
      for (let first = waiting[next]; first && first.dueAtMs <= nowMs; first = waiting[next]) {
        due.push(first.id);
        next += 1;
      }
      if (next >= doneBeforeCompacting) {
        waiting = waiting.slice(next);
        next = 0;
      }
      return due;
    },
    clear: () => {
      waiting = [];
      next = 0;
    },
  };
}
