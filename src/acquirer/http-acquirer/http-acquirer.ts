import { createCircuit, type CircuitOptions, type CircuitPosition } from '../../http/circuit.ts';
import { createHttpClient, type HttpClientOptions } from '../../http/http-client.ts';
import { type RetryOptions } from '../../http/with-retries.ts';
import { type Clock } from '../../shared/clock.ts';
import { type Acquirer } from '../acquirer.ts';
import { declined, responseCodes, type CodeTable } from '../response-codes.ts';
import { authoriseThrough } from './authorise.ts';
import { type Connection } from './connection.ts';
import { modifyThrough } from './modify.ts';
import { inquireThrough, reverseThrough } from './reverse-and-inquire.ts';

export interface HttpAcquirerOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly connections?: Omit<HttpClientOptions, 'baseUrl'>;
  /** For an authorisation whose connection was never made; nothing else is ever repeated here. */
  readonly connectRetries?: Partial<RetryOptions>;
  readonly circuit?: CircuitOptions;
  /** For one message; the caller's signal usually comes first. */
  readonly timeoutMs?: number;
}

export interface HttpAcquirer extends Acquirer {
  /** The circuit breaker of each guarded operation, for metrics and readiness. */
  circuits(): Readonly<Record<'authorise' | 'capture' | 'void' | 'refund', CircuitPosition>>;
  /** Lets messages under way finish and closes the connections. */
  close(): Promise<void>;
}

/** This acquirer's own reading of a code: the card is a credit card, and the merchant takes none. */
const ownCodes: CodeTable = { '58': declined('CREDIT_NOT_ALLOWED') };

/**
 * An acquirer with an HTTP interface in ISO 8583 terms: the one that the simulated acquirer
 * offers. ACQUIRERS.md describes its contract.
 */
export function createHttpAcquirer(options: HttpAcquirerOptions): HttpAcquirer {
  const { clock, baseUrl } = options;
  const connection: Connection = {
    http: createHttpClient({ connectionsMax: 512, ...options.connections, baseUrl }),
    codes: responseCodes(ownCodes),
    clock,
    connectRetries: {
      retriesMax: 2,
      firstDelayMs: 50,
      delayMsMax: 250,
      ...options.connectRetries,
    },
    timeoutMs: options.timeoutMs ?? 15_000,
  };
  const circuits = {
    authorise: createCircuit(clock, options.circuit),
    capture: createCircuit(clock, options.circuit),
    void: createCircuit(clock, options.circuit),
    refund: createCircuit(clock, options.circuit),
  };

  return {
    authorise: authoriseThrough(connection, circuits.authorise),
    capture: modifyThrough(connection, '/captures', circuits.capture),
    void: modifyThrough(connection, '/voids', circuits.void),
    refund: modifyThrough(connection, '/refunds', circuits.refund),
    reverse: reverseThrough(connection),
    inquire: inquireThrough(connection),
    circuits: () => ({
      authorise: circuits.authorise.position(),
      capture: circuits.capture.position(),
      void: circuits.void.position(),
      refund: circuits.refund.position(),
    }),
    close: () => connection.http.close(),
  };
}
