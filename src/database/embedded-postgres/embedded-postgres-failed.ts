import { AdapterError } from '../../shared/errors.ts';

/** The embedded PostgreSQL cannot be had here. Always names the way out: a server of one's own. */
export class EmbeddedPostgresFailed extends AdapterError {
  override readonly name = 'EmbeddedPostgresFailed';
  readonly code = 'EMBEDDED_POSTGRES_FAILED';

  constructor(what: string, options?: ErrorOptions) {
    super(`${what.trimEnd()} Or set DATABASE_URL to a PostgreSQL server of your own.`, options);
  }
}
