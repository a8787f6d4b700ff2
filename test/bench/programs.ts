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
