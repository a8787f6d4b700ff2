/** What takes back the changes of the transaction that is open, in the order in which they were made. */
export type Undo = (() => void)[];

/** What PostgreSQL would say, with its code. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** Rows by their key, in the order in which they came. Rows never change: they are replaced. */
export class Table<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #name: string;
  readonly #keyOf: (row: Row) => string;
  readonly #check: ((row: Row) => boolean) | undefined;
  readonly #undo: Undo;

  constructor(options: {
    readonly name: string;
    readonly keyOf: (row: Row) => string;
    /** The table's constraints. */
    readonly check: ((row: Row) => boolean) | undefined;
    readonly undo: Undo;
  }) {
    this.#name = options.name;
    this.#keyOf = options.keyOf;
    this.#check = options.check;
    this.#undo = options.undo;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  all(): readonly Row[] {
    return [...this.#rows.values()];
  }

  where(condition: (row: Row) => boolean): readonly Row[] {
    const found: Row[] = [];
    for (const row of this.#rows.values()) if (condition(row)) found.push(row);
    return found;
  }

  has(condition: (row: Row) => boolean): boolean {
    for (const row of this.#rows.values()) if (condition(row)) return true;
    return false;
  }

  /** @throws {StatementRefused} with the code of a unique violation when there is such a row. */
  add(row: Row): void {
    if (this.#rows.has(this.#keyOf(row)))
      throw new StatementRefused(`duplicate key in ${this.#name}`, '23505');
    this.put(row);
  }

  /** Puts the row in the place of the one that has its key. */
  put(row: Row): void {
    if (this.#check?.(row) === false)
      throw new StatementRefused(`a constraint of ${this.#name} does not hold`, '23514');
    const key = this.#keyOf(row);
    const before = this.#rows.get(key);
    this.#undo.push(() => {
      if (before === undefined) this.#rows.delete(key);
      else this.#rows.set(key, before);
    });
    this.#rows.set(key, row);
  }

  remove(key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    this.#undo.push(() => this.#rows.set(key, before));
    this.#rows.delete(key);
  }
}
