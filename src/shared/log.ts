import { type Logger } from 'pino';

/** What the modules log to. Events, not prose: `log.info({ event: 'payment.authorised', … })`. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** For tests and tools that have nothing to tell. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
