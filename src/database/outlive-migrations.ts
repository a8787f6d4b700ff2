import { type Pool } from 'pg';

/**
 * The statements that a connection has prepared are refused for good (0A000, feature not supported)
 * once a migration has changed the type of a column that they return. They did nothing then, so each
 * is sent once more without its name, which prepares it anew. The pool itself replaces a connection on
 * which a statement failed.
 */
export function outliveMigrations(pool: Pool): Pool {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const patient = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await query(...args);
    } catch (error) {
      const [first, ...others] = args;
      if (!isPrepared(first) || !isOutdated(error)) throw error;
      return query({ ...first, name: undefined }, ...others);
    }
  };
  return Object.assign(pool, { query: patient });
}

function isPrepared(statement: unknown): statement is { readonly name: string } {
  return typeof (statement as { name?: unknown } | undefined)?.name === 'string';
}

function isOutdated(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '0A000';
}
