import { AdapterError } from '../shared/errors.ts';

/** The database and the migrations do not fit together; nothing was changed. */
export class MigrationRefused extends AdapterError {
  override readonly name = 'MigrationRefused';
  readonly code = 'MIGRATION_REFUSED';
}
