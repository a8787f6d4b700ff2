/**
 * When status updates leave. CONTINUOUS: as they come. DAILY: what has been enqueued by that time
 * of day leaves then, and what comes later waits for the next day.
 */
export type StatusUpdateSchedule =
  { readonly kind: 'CONTINUOUS' } | { readonly kind: 'DAILY'; readonly at: DailyTime };

export interface DailyTime {
  /** HH:MM. */
  readonly time: string;
  /** A name of the IANA time zone database. */
  readonly zone: string;
}

/**
 * Reads `continuous`, `HH:MM` (UTC) or `HH:MM Area/City`; undefined for anything else. A time that
 * a change of the clocks leaves out happens an hour later on that day, one that it repeats only once.
 */
export function parseSchedule(text: string): StatusUpdateSchedule | undefined {
  if (text === 'continuous') return { kind: 'CONTINUOUS' };
  const [, time, zone = 'UTC'] =
    /^((?:[01]\d|2[0-3]):[0-5]\d)(?: ([A-Za-z_]+(?:\/[A-Za-z_+-]+)*))?$/.exec(text) ?? [];
  if (time === undefined || !isTimeZone(zone)) return undefined;
  return { kind: 'DAILY', at: { time, zone } };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
