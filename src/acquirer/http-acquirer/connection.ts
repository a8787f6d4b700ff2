import { type HttpClient } from '../../http/http-client.ts';
import { type RetryOptions } from '../../http/with-retries.ts';
import { type Clock } from '../../shared/clock.ts';
import { type ResponseCodes } from '../response-codes.ts';

/** What every message to the acquirer needs. */
export interface Connection {
  readonly http: HttpClient;
  readonly codes: ResponseCodes;
  readonly clock: Clock;
  /** For an authorisation whose connection was never made. */
  readonly connectRetries: RetryOptions;
  /** For one message; the caller's signal usually comes first. */
  readonly timeoutMs: number;
}
