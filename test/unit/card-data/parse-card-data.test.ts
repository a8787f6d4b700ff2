import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseCardData } from '../../../src/card-data/parse-card-data.ts';
import { exposePan, expiryYymm } from '../../../src/card-data/payment-card.ts';
import { nineteenDigitPan, plainCard, sessionId, visaPan } from '../../support/encrypted-card.ts';

function parse(text: string): ReturnType<typeof parseCardData> {
  return parseCardData(Buffer.from(text));
}

describe('the plaintext of cardData', () => {
  it('R40 has a number of 16 digits, a date and a session id of 32 characters', () => {
    const card = parse(plainCard);

    assert.ok(card);
    assert.equal(exposePan(card), visaPan);
    assert.equal(card.sessionId?.expose().toString(), sessionId);
  });

  it('R40 may have a number of 19 digits and a session id of one character', () => {
    const card = parse(`${nineteenDigitPan},3001,x`);

    assert.ok(card);
    assert.equal(exposePan(card), nineteenDigitPan);
    assert.equal(card.sessionId?.expose().toString(), 'x');
  });

  it('R42 has the year first: 2212 is December 2022', () => {
    const card = parse(plainCard);

    assert.equal(card?.expiryYear, 2022);
    assert.equal(card.expiryMonth, 12);
  });

  for (const month of ['00', '13', '99']) {
    it(`R42 is refused with month ${month}`, () => {
      assert.equal(parse(`${visaPan},22${month},x`), undefined);
    });
  }

  for (const [what, text] of [
    ['a space after the second comma', `${visaPan},2212, ${sessionId}`],
    ['spaces around every part', ` ${visaPan} , 2212 , ${sessionId} `],
    ['a line break at the end', `${plainCard}\r\n`],
    ['tabs', `\t${visaPan}\t,\t2212,\t${sessionId}`],
  ] as const) {
    it(`R43 may have ${what}`, () => {
      const card = parse(text);

      assert.ok(card);
      assert.equal(exposePan(card), visaPan);
      assert.equal(card.sessionId?.expose().toString(), sessionId);
    });
  }

  for (const id of ['not-hex!', 'v', '{a b}', '~'.repeat(32)]) {
    it(`R43 may have ${id} for a session id`, () => {
      assert.equal(parse(`${visaPan},2212,${id}`)?.sessionId?.expose().toString(), id);
    });
  }

  for (const [what, text] of [
    ['nothing', ''],
    ['one part', visaPan],
    ['two parts', `${visaPan},2212`],
    ['four parts', `${plainCard},`],
    ['four parts of which one is white space', `${plainCard}, `],
    ['a number of 15 digits', `492500000000000,2212,x`],
    ['a number of 20 digits', `49250000000000040000,2212,x`],
    ['a letter in the number', `492500000000000A,2212,x`],
    ['spaces in the number', `4925 0000 0000 0004,2212,x`],
    ['digits of another script', `４925000000000004,2212,x`],
    ['a date of three digits', `${visaPan},212,x`],
    ['a date of six digits', `${visaPan},202212,x`],
    ['a date with a sign', `${visaPan},-212,x`],
    ['no date', `${visaPan},,x`],
    ['no session id', `${visaPan},2212,`],
    ['a blank session id', `${visaPan},2212,   `],
    ['a session id of 33 characters', `${visaPan},2212,${'a'.repeat(33)}`],
    ['a control character in the session id', `${visaPan},2212,a\u0000b`],
    ['a letter beyond ASCII in the session id', `${visaPan},2212,æ`],
    ['semicolons', `${visaPan};2212;x`],
    ['JSON', `{"pan":"${visaPan}"}`],
  ] as const) {
    it(`R44 is refused with ${what}`, () => {
      assert.equal(parse(text), undefined);
    });
  }

  it('is read whatever number, date and session id it has', () => {
    const digit = fc.constantFrom(...Array.from('0123456789'));
    const pan = fc.string({ unit: digit, minLength: 16, maxLength: 19 });
    const id = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 32 })
      .filter((text) => text.trim() === text && !text.includes(','));
    const blank = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 4 });

    fc.assert(
      fc.property(
        pan,
        fc.record({
          year: fc.integer({ min: 0, max: 99 }),
          month: fc.integer({ min: 1, max: 12 }),
        }),
        id,
        fc.array(blank, { minLength: 6, maxLength: 6 }),
        (number, { year, month }, session, [a, b, c, d, e, f]) => {
          const yymm = String(year * 100 + month).padStart(4, '0');
          const card = parse(`${a}${number}${b},${c}${yymm}${d},${e}${session}${f}`);

          assert.ok(card);
          assert.equal(exposePan(card), number);
          assert.equal(card.expiryYear, 2000 + year);
          assert.equal(card.expiryMonth, month);
          assert.equal(expiryYymm(card), yymm);
          assert.equal(card.sessionId?.expose().toString(), session);
        },
      ),
    );
  });

  it('R44 never makes the parser throw, and yields only whole cards', () => {
    const nearly = fc.string({
      unit: fc.constantFrom(...Array.from('0123456789,, x\u0000')),
      maxLength: 64,
    });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 190 }),
      nearly.map((text) => Buffer.from(text)),
    );

    fc.assert(
      fc.property(bytes, (plaintext) => {
        const card = parseCardData(plaintext);
        if (!card) return;
        assert.match(exposePan(card), /^\d{16,19}$/);
        assert.ok(card.expiryMonth >= 1 && card.expiryMonth <= 12);
      }),
    );
  });

  it('leaves the card whole when it is wiped itself', () => {
    const plaintext = Buffer.from(plainCard);
    const card = parseCardData(plaintext);

    plaintext.fill(0);

    assert.ok(card);
    assert.equal(exposePan(card), visaPan);
  });
});
