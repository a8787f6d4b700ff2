import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { decryptCardData } from '../../src/card-data/decrypt-card-data.ts';
import { loadKeyRing } from '../../src/card-data/key-ring.ts';
import { silentLog } from '../../src/shared/log.ts';
import { type Figures, noFigures } from './figures.ts';

const rounds = 300;
const card = '4925000000000004';
const sessionId = '3854ba014e184e0d8ba259253f4advfa';

/**
 * How long each kind of bad card data takes, in turns, so that whatever else the machine does falls
 * on all alike. The figures are for reading: only an answer that differs is a fault.
 */
export async function cardDataTimes(keysDirectory: string): Promise<Figures> {
  const figures = noFigures();
  const ring = await loadKeyRing({
    directory: keysDirectory,
    oaepHash: 'sha256',
    requirePrivateFiles: false,
    log: silentLog,
  });
  const kinds = kindsOfBadCardData(ring.publicKeyPem());
  const times = new Map(Object.keys(kinds).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    // All of them first: what is encrypted just before would run on a warmer machine.
    const made = Object.entries(kinds).map(([name, make]) => [name, make()] as const);
    const first = round % made.length;
    for (const [name, cardData] of [...made.slice(first), ...made.slice(0, first)]) {
      const startedMs = performance.now();
      const result = await decryptCardData(ring, cardData);
      times.get(name)?.push(performance.now() - startedMs);
      if (result.ok) figures.violations.push(`${name} was taken`);
    }
  }
  const medians = [...times].map(([name, each]) => [name, medianOf(each)] as const);
  const slowest = Math.max(...medians.map(([, median]) => median));
  const quickest = Math.min(...medians.map(([, median]) => median));
  for (const [name, median] of medians) console.log(`  ${name}: median ${median.toFixed(3)} ms`);
  console.log(`  slowest to quickest: ${(slowest / quickest).toFixed(3)}`);
  return figures;
}

function kindsOfBadCardData(publicKey: string): Readonly<Record<string, () => string>> {
  const { publicKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const encrypt = (text: string, how: object = oaep, key = createPublicKey(publicKey)) =>
    publicEncrypt({ key, ...how }, Buffer.from(text)).toString('base64');
  const good = `${card},3012,${sessionId}`;
  return {
    'of the wrong length': () => randomBytes(255).toString('base64'),
    'no base64': () => `#${randomBytes(256).toString('base64').slice(1)}`,
    'a number over the modulus': () => Buffer.alloc(256, 0xff).toString('base64'),
    'of another key': () => encrypt(good, oaep, other),
    'with PKCS#1 v1.5': () => encrypt(good, { padding: constants.RSA_PKCS1_PADDING }),
    'with another hash': () => encrypt(good, { ...oaep, oaepHash: 'sha1' }),
    'bad padding': () => Buffer.concat([Buffer.alloc(1), randomBytes(255)]).toString('base64'),
    'good padding of nonsense': () => encrypt('nonsense'),
    'month 13': () => encrypt(good.replace(',3012,', ',3013,')),
    'of a card with letters': () => encrypt(good.replace('4925', '49x5')),
  };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
