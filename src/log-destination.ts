import { pino } from 'pino';

/** What waits to be written while nobody takes it; lines beyond that are dropped. */
const waitingBytesMax = 4 * 1024 * 1024;

export type LogDestination = ReturnType<typeof pino.destination>;

/**
 * A file descriptor as a place for the log that never harms who writes to it: payments go on when its
 * reader has left or its disk is full, and it goes on when there is room again.
 */
export function logDestination(fd: number): LogDestination {
  // At least a byte: with 0, `flush` does nothing.
  const destination = pino.destination({ dest: fd, minLength: 1, maxLength: waitingBytesMax });
  let isFailing = false;
  destination.on('error', () => {
    isFailing = true;
  });
  destination.on('write', () => {
    isFailing = false;
  });
  // A line that is kept makes the next attempt by itself.
  destination.on('drop', () => {
    destination.flush();
  });
  // At the end of the process it would be tried for ever.
  const flushSync = destination.flushSync.bind(destination);
  destination.flushSync = () => {
    if (!isFailing) flushSync();
  };
  return destination;
}
