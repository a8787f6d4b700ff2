import { AdapterError } from '../shared/errors.ts';

/** A key file cannot be used. The message names the file, says what is wrong and what to do. */
export class KeyFileUnusable extends AdapterError {
  override readonly name = 'KeyFileUnusable';
  readonly code = 'KEY_FILE_UNUSABLE';
  readonly file: string;

  constructor(file: string, what: string) {
    super(`${file}: ${what}`);
    this.file = file;
  }
}

/** The directory of the keys is missing, cannot be read, or holds no key or too many. */
export class KeyDirectoryUnusable extends AdapterError {
  override readonly name = 'KeyDirectoryUnusable';
  readonly code = 'KEY_DIRECTORY_UNUSABLE';
}

/** More callbacks wait for a decryption than can be answered in time: our fault, not the card's. */
export class DecryptionOverloaded extends AdapterError {
  override readonly name = 'DecryptionOverloaded';
  readonly code = 'DECRYPTION_OVERLOADED';
}
