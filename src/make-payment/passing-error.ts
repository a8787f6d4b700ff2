/**
 * Whether an error of the database may pass by itself: the connection or the server is away or busy.
 * What blames the statement or its data (SQLSTATE, PostgreSQL's appendix of error codes) stays.
 */
export function isPassing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  const isSqlState = typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code);
  return !isSqlState || /^(?:08|25|40|53|55|57|58)/.test(code);
}
