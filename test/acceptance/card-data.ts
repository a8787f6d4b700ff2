import { spawn, spawnSync } from 'node:child_process';
import { constants, publicEncrypt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot, startProgram, type Variables } from './programs.ts';

/** Numbers that no bank has issued. */
export const cards = {
  visa: { number: '4111111111111111', expiry: '3012' },
  visaOf19: { number: '4925000000000000012', expiry: '3012' },
  mastercard: { number: '5413330000000019', expiry: '3012' },
  unknownIssuer: { number: '9111000000000015', expiry: '3012' },
  badCheckDigit: { number: '4111111111111112', expiry: '3012' },
  expired: { number: '4111111111111111', expiry: '2001' },
} as const;

export type Card = { readonly number: string; readonly expiry: string };

export const sessionId = '3854ba014e184e0d8ba259253f4advfa';

export function plaintextOf({ number, expiry }: Card): string {
  return `${number},${expiry},${sessionId}`;
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** For a test that shows something of openssl itself. */
export const needsOpenssl = { skip: hasOpenssl ? false : 'there is no openssl on this machine' };

/** What the PSP mails to Vipps: its public key, by the command that the README names. */
export async function readPublicKey(keysDirectory: string, more: Variables = {}): Promise<string> {
  const program = startProgram(['npm', 'run', '--silent', 'keys:public'], {
    KEYS_DIR: keysDirectory,
    npm_config_update_notifier: 'false',
    ...more,
  });
  const { code } = await program.ended;
  if (code !== 0) throw new Error(`keys:public ended with ${String(code)}: ${program.stderr()}`);
  return program.stdout();
}

/** Encrypts as the token service provider does. */
export interface CardEncryption {
  /** Base64. By default with OAEP, SHA-256 for label and mask alike. */
  encrypt(plaintext: string, options?: readonly string[]): Promise<string>;
}

export const oaepSha256 = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'];
export const oaepSha1 = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha1', 'rsa_mgf1_md:sha1'];
export const oaepMixed = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha1'];
export const pkcs1 = ['rsa_padding_mode:pkcs1'];

/** With the openssl of the machine, which shares no code with ours; with node where there is none. */
export async function cardEncryption(pem: string, directory: string): Promise<CardEncryption> {
  const keyFile = path.join(directory, 'psp.pem');
  await writeFile(keyFile, pem);
  return {
    encrypt: (plaintext, options = oaepSha256) =>
      hasOpenssl
        ? withOpenssl(keyFile, plaintext, options)
        : Promise.resolve(withNode(pem, plaintext, options)),
  };
}

async function withOpenssl(
  keyFile: string,
  plaintext: string,
  options: readonly string[],
): Promise<string> {
  const args = ['pkeyutl', '-encrypt', '-pubin', '-inkey', keyFile];
  const child = spawn('openssl', [...args, ...options.flatMap((option) => ['-pkeyopt', option])], {
    cwd: projectRoot,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(plaintext);
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`openssl ended with ${String(code)}`);
  return Buffer.concat(chunks).toString('base64');
}

function withNode(pem: string, plaintext: string, options: readonly string[]): string {
  const { RSA_PKCS1_OAEP_PADDING, RSA_PKCS1_PADDING } = constants;
  const padding = options === pkcs1 ? RSA_PKCS1_PADDING : RSA_PKCS1_OAEP_PADDING;
  const oaepHash = options === oaepSha1 ? 'sha1' : 'sha256';
  return publicEncrypt({ key: pem, padding, oaepHash }, Buffer.from(plaintext)).toString('base64');
}
