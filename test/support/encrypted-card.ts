import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

export const visaPan = '4925000000000004';
export const nineteenDigitPan = '6304000000000000000';
export const sessionId = '3854ba014e184e0d8ba259253f4advfa';
export const plainCard = `${visaPan},2212,${sessionId}`;

export function anRsaKey(bits = 2048): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
}

/** RSA-OAEP with one hash for label and mask, as Vipps makes it. */
export function encryptCard(
  key: KeyObject,
  plaintext: string | Buffer = plainCard,
  oaepHash: 'sha256' | 'sha1' = 'sha256',
): string {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt(
    { key: publicHalf(key), padding, oaepHash },
    Buffer.from(plaintext),
  ).toString('base64');
}

/** PKCS#1 v1.5: what must be refused. */
export function encryptCardWithPkcs1Padding(key: KeyObject, plaintext = plainCard): string {
  const padding = constants.RSA_PKCS1_PADDING;
  return publicEncrypt({ key: publicHalf(key), padding }, Buffer.from(plaintext)).toString(
    'base64',
  );
}

/** OAEP by hand (RFC 8017, §7.1.1), to have two different hashes for label and mask. */
export function encryptCardWithMixedHashes(key: KeyObject, plaintext = plainCard): string {
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const labelHash = createHash('sha256').digest();
  const seed = randomBytes(labelHash.length);
  const message = Buffer.from(plaintext);
  const padding = Buffer.alloc(size - message.length - 2 * labelHash.length - 2);
  const block = Buffer.concat([labelHash, padding, Buffer.of(1), message]);

  const maskedBlock = xor(block, maskOf(seed, block.length));
  const maskedSeed = xor(seed, maskOf(maskedBlock, seed.length));
  const encoded = Buffer.concat([Buffer.of(0), maskedSeed, maskedBlock]);
  return publicEncrypt(
    { key: publicHalf(key), padding: constants.RSA_NO_PADDING },
    encoded,
  ).toString('base64');
}

export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'public' ? key : createPublicKey(key);
}

function maskOf(seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; counter * 20 < length; counter += 1) {
    blocks.push(
      createHash('sha1')
        .update(seed)
        .update(Buffer.of(0, 0, 0, counter))
        .digest(),
    );
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, position) => byte ^ (right[position] ?? 0)));
}
