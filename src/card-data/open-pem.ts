import { createPrivateKey, type KeyObject } from 'node:crypto';
import { type Secret } from '../shared/secret.ts';
import { KeyFileUnusable } from './key-errors.ts';

/**
 * Opens a PEM with one RSA private key: PKCS#8 or PKCS#1, either of them under a passphrase too.
 *
 * @throws {KeyFileUnusable} for anything else, with the remedy.
 */
export function openPem(file: string, pem: string, passphrase?: Secret<string>): KeyObject {
  const label = privateLabelOf(file, pem);
  if (!isEncrypted(label, pem)) return open(file, pem);

  if (!passphrase) {
    throw new KeyFileUnusable(file, 'is protected by a passphrase; set KEYS_PASSPHRASE to it');
  }
  return open(file, pem, passphrase);
}

const otherThings: Readonly<Record<string, string>> = {
  'PUBLIC KEY': 'holds a public key; the private half of the pair is needed here',
  'RSA PUBLIC KEY': 'holds a public key; the private half of the pair is needed here',
  CERTIFICATE: 'holds a certificate; the private key that belongs to it is needed here',
  'EC PRIVATE KEY':
    'holds an elliptic curve key; cardData needs RSA. Make one with `npm run keys:make`',
};

function privateLabelOf(file: string, pem: string): string {
  const labels = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((match) => match[1] ?? '');
  if (labels.includes('OPENSSH PRIVATE KEY')) throw new KeyFileUnusable(file, opensshRemedy(file));

  const privateLabels = labels.filter((label) => label.endsWith('PRIVATE KEY'));
  if (privateLabels.length > 1) {
    throw new KeyFileUnusable(file, 'holds several private keys; put each into a file of its own');
  }
  const label = privateLabels[0] ?? labels[0] ?? '';
  const other = otherThings[label];
  if (other) throw new KeyFileUnusable(file, other);
  if (privateLabels.length === 0) throw new KeyFileUnusable(file, 'holds no private key in PEM');
  return label;
}

function opensshRemedy(file: string): string {
  return (
    'is in the format of OpenSSH, which cannot be used; convert it with ' +
    `\`ssh-keygen -p -m PEM -f '${file}'\` (this rewrites the file: keep a copy)`
  );
}

function isEncrypted(label: string, pem: string): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(pem);
}

function open(file: string, pem: string, passphrase?: Secret<string>): KeyObject {
  try {
    return createPrivateKey({
      key: pem,
      format: 'pem',
      ...(passphrase && { passphrase: passphrase.expose() }),
    });
  } catch {
    // What OpenSSL says of it helps nobody, and differs from version to version.
    throw new KeyFileUnusable(
      file,
      passphrase
        ? 'does not open with KEYS_PASSPHRASE: another passphrase, or the file is damaged'
        : 'is not a readable private key: damaged, or cut short',
    );
  }
}
