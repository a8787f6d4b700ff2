import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { liftTokenSecrets, wipeTokenSecrets } from '../../../src/card-data/lift-token-secrets.ts';
import { type NetworkToken } from '../../../src/card-data/network-token.ts';
import { readNetworkToken } from '../../../src/card-data/read-network-token.ts';

const number = '4895370013193500';
const cryptogram = 'AlhlvxmN2ZKuAAESNFZ4GoABFA==';
const good = {
  number,
  cryptogram,
  expiryMonth: '03',
  expiryYear: '2030',
  tokenType: 'VISA',
  eci: '07',
};

/** As a call is read: the secrets out of the bytes, the rest out of what is left. */
function read(json: string): NetworkToken | undefined {
  const bytes = Buffer.from(json);
  const secrets = liftTokenSecrets(bytes);
  return readNetworkToken(JSON.parse(bytes.toString()) as object, secrets);
}

const readMembers = (changes: object) =>
  read(JSON.stringify({ networkToken: { ...good, ...changes } }));

function traitsOf(token: NetworkToken | undefined) {
  assert.ok(token);
  const { number: lifted, cryptogram: proof, expiryMonth, expiryYear, scheme, eci } = token;
  return {
    number: lifted.expose().toString(),
    cryptogram: proof.expose().toString(),
    expiryMonth,
    expiryYear,
    scheme,
    eci,
  };
}

const asRead = {
  number,
  cryptogram,
  expiryMonth: 3,
  expiryYear: 2030,
  scheme: 'VISA',
  eci: '07',
};

describe('A network token of a v3 call', () => {
  it('R47 is read whole', () => {
    assert.deepEqual(traitsOf(readMembers({})), asRead);
  });

  const tolerated: readonly (readonly [string, object, object])[] = [
    ['an ECI that lost its zero', { eci: '7' }, {}],
    ['an ECI that is a number', { eci: 7 }, {}],
    ['another ECI', { eci: '06' }, { eci: '06' }],
    ['a month and a year that are numbers', { expiryMonth: 3, expiryYear: 2030 }, {}],
    ['a year of two digits', { expiryYear: '30' }, {}],
    ['a scheme in mixed letters', { tokenType: 'Mastercard' }, { scheme: 'MASTERCARD' }],
    ['members that nobody knows', { trid: '50110030273' }, {}],
  ];
  for (const [what, changes, expected] of tolerated) {
    it(`R47 is read with ${what}`, () => {
      assert.deepEqual(traitsOf(readMembers(changes)), { ...asRead, ...expected });
    });
  }

  it('R47 has no ECI where none came', () => {
    const without = { ...asRead, eci: undefined };
    assert.deepEqual(traitsOf(readMembers({ eci: null })), without);
    assert.deepEqual(traitsOf(readMembers({ eci: undefined })), without);
  });

  it('knows the first digits of the card behind it, where Vipps told', () => {
    const json = (binNumber: unknown) => JSON.stringify({ binNumber, networkToken: good });
    assert.equal(read(json('492556'))?.cardBin, '492556');
    assert.equal(read(json('4925'))?.cardBin, undefined);
    assert.equal(read(json(null))?.cardBin, undefined);
  });

  const malformed: readonly (readonly [string, object])[] = [
    ['no number', { number: undefined }],
    ['a number that is a JSON number', { number: 4_895_370_013_193_500 }],
    ['fifteen digits', { number: number.slice(1) }],
    ['twenty digits', { number: `${number}0000` }],
    ['a letter in the number', { number: `${number.slice(1)}x` }],
    ['no cryptogram', { cryptogram: null }],
    ['an empty cryptogram', { cryptogram: '' }],
    ['a cryptogram without end', { cryptogram: 'A'.repeat(65) }],
    ['a cryptogram that is no base64', { cryptogram: 'AlhlvxmN2ZKu"AAESNFZ4GoABFA==' }],
    ['month 13', { expiryMonth: '13' }],
    ['month 00', { expiryMonth: '00' }],
    ['a year of three digits', { expiryYear: '203' }],
    ['no year', { expiryYear: null }],
    ['a scheme of nobody', { tokenType: 'DINERS' }],
    ['an ECI of three digits', { eci: '007' }],
    ['an ECI of letters', { eci: 'ab' }],
  ];
  for (const [what, changes] of malformed) {
    it(`is none with ${what}`, () => {
      assert.equal(readMembers(changes), undefined);
    });
  }

  it('is none where the member is null, a text or missing', () => {
    for (const json of ['{"networkToken":null}', '{"networkToken":"x"}', '{}']) {
      assert.equal(read(json), undefined);
    }
  });
});

describe('The secrets of a network token', () => {
  it('leave asterisks behind, in JSON that is as good as before', () => {
    const json = Buffer.from(JSON.stringify({ networkToken: good, cardData: null }, null, 2));

    const secrets = liftTokenSecrets(json);

    assert.equal(secrets.number?.toString(), number);
    assert.equal(secrets.cryptogram?.toString(), cryptogram);
    assert.deepEqual(JSON.parse(json.toString()), {
      networkToken: { ...good, number: '*'.repeat(16), cryptogram: '*'.repeat(28) },
      cardData: null,
    });
  });

  it('are found although their writer escaped them', () => {
    const escaped = '{"networkToken":{"cryptogram":"AB\\/C\\u002bD\\u003D"}}';

    const secrets = liftTokenSecrets(Buffer.from(escaped));

    assert.equal(secrets.cryptogram?.toString(), 'AB/C+D=');
  });

  it('are those of the token alone', () => {
    const json = JSON.stringify({
      number: 'a',
      other: { number: 'b', networkToken: { number: 'c' } },
      list: [{ networkToken: { number: 'd' } }],
      networkToken: { nested: { number: 'e' }, list: ['number', 'f'] },
    });
    const bytes = Buffer.from(json);

    assert.deepEqual(liftTokenSecrets(bytes), {});
    assert.equal(bytes.toString(), json);
  });

  it('are, of twins, the last ones, as for the parser', () => {
    const twins = '{"networkToken":{"number":"1","number":"2"}}';

    assert.equal(liftTokenSecrets(Buffer.from(twins)).number?.toString(), '2');
  });

  it('do no harm where the text is no JSON', () => {
    const token = '"networkToken":{"number":"4';
    for (const text of [token, `{${token}`, `}}]${token}"`, `${token}\\`, `"networkToken"`, '"']) {
      const bytes = Buffer.from(text);
      liftTokenSecrets(bytes);
      assert.equal(bytes.length, Buffer.byteLength(text));
      assert.throws(() => void JSON.parse(`${bytes.toString()}#`));
    }
  });

  it('R46 are printed nowhere, and overwritten when told', () => {
    const token = readMembers({});
    assert.ok(token);
    for (const printed of [JSON.stringify(token), inspect(token, { depth: 9 })]) {
      assert.ok(!printed.includes(number.slice(6, 12)));
      assert.ok(!printed.includes(cryptogram.slice(0, 8)));
    }

    token.wipe();

    assert.ok(token.number.expose().every((byte) => byte === 0));
    assert.ok(token.cryptogram.expose().every((byte) => byte === 0));
    const secrets = liftTokenSecrets(Buffer.from(JSON.stringify({ networkToken: good })));
    wipeTokenSecrets(secrets);
    assert.ok(secrets.number?.every((byte) => byte === 0));
  });
});
