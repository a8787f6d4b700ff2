import { type Logger, pino } from 'pino';

const lines = { bytesToWriteAt: 4_096, waitMsMax: 25 };

/**
 * The log of this process, on standard output: JSON, a line per event. Lines are written together, a
 * few at a time and at most 25 ms late, because each writing takes a turn of another thread; at a
 * normal end none is missing. A reader that stops reading holds up nobody but itself.
 */
export function openLog(level: string): Logger {
  const destination = pino.destination({
    dest: process.stdout.fd,
    sync: false,
    minLength: lines.bytesToWriteAt,
    periodicFlush: lines.waitMsMax,
  });
  return pino({ level, base: { name: 'vipps-psp-adapter' } }, destination);
}
