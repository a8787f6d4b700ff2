// What the bench and its programs say to each other. Types only: to import a program is to run it.

export interface AdapterProgramSettings {
  readonly databaseUrl: string;
  readonly acquirerUrl: string;
  readonly keysDirectory: string;
}

/** What the adapter answers to every word; `reset` empties the meter of the loop before. */
export interface AdapterFigures {
  readonly residentMb: number;
  readonly loopP999Ms: number;
  readonly loopMaxMs: number;
}

export interface FloorSettings {
  readonly databaseUrl: string;
  readonly acquirerUrl: string;
  readonly keyFile: string;
}

export interface VippsProgramSettings {
  readonly msns: readonly string[];
}

/** What the simulated Vipps answers to every word. */
export interface VippsFigures {
  readonly requests: number;
  /** Of requests that took effect. */
  readonly lines: number;
  readonly differentLines: number;
}

export interface SenderProgramSettings {
  readonly databaseUrl: string;
  readonly vippsUrl: string;
}

/** What the sender answers to every word. */
export interface SenderFigures {
  readonly residentMb: number;
}
