import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type APayment, aPayment } from '../../support/a-payment.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

type Column =
  | 'masked_pan'
  | 'phone_number_last_four'
  | 'bin'
  | 'reference'
  | 'state'
  | 'user_flow'
  | 'captured_minor'
  | 'refunding_minor';

const columns: Readonly<
  Record<
    Column,
    {
      readonly constraint: string;
      readonly kept: readonly string[];
      readonly refused: readonly string[];
    }
  >
> = {
  masked_pan: {
    constraint: 'masked_pan_form',
    kept: ['492500******0004', '492500*0004', '492500*********0004'],
    refused: [
      '',
      '4925000000000004',
      '4925000000004',
      '49250000004',
      '4925000004',
      '492500**0***0004',
      '49250*******0004',
      '492500*******004',
      '492500******000x',
      'x92500******0004',
      ' 492500******0004',
      '492500******0004\n',
      '492500------0004',
    ],
  },
  phone_number_last_four: {
    constraint: 'last_four_digits_form',
    kept: ['1234', '0000'],
    refused: ['', '123', '12345', '12a4', ' 123', '123\n'],
  },
  bin: {
    constraint: 'card_bin_form',
    kept: ['492500', '000000'],
    refused: ['', '49250', '4925000', '49250x', 'x92500', '49 500', '49250\n', '４92500'],
  },
  reference: {
    constraint: 'payment_reference_form',
    kept: ['a'.repeat(8), 'A'.repeat(64), 'AZaz-09-'],
    refused: [
      '',
      'a'.repeat(7),
      'a'.repeat(65),
      'with space',
      'with_underscore',
      'ending-in-\n',
      'with-ø-in-it',
      'AZaz`09[',
      'a/b/c/d/e',
    ],
  },
  state: {
    constraint: 'payment_state',
    kept: ['CREATED', 'AUTHORISING', 'STEP_UP', 'REVERSING', 'TERMINATED'],
    refused: ['', 'created', 'PAID', 'REVERSING,AUTHORISED', 'REVERSING,'],
  },
  user_flow: {
    constraint: 'user_flow_known',
    kept: ['WEB_REDIRECT', 'NATIVE_REDIRECT', 'PUSH_MESSAGE'],
    refused: ['', 'QR', 'web_redirect', 'WEB_REDIRECT '],
  },
  refunding_minor: {
    constraint: 'minor_units_not_negative',
    kept: ['0'],
    refused: ['-1'],
  },
  captured_minor: {
    constraint: 'minor_units_not_negative',
    kept: ['0'],
    refused: ['-1', '-9223372036854775808'],
  },
};

describe('The table of payments, whoever writes into it,', () => {
  let own: TestDatabase;
  let payment: APayment;
  before(async () => {
    own = await createTestDatabase();
    payment = await aPayment(own.database);
  });
  after(() => own.drop());

  const write = (column: Column, value: string) =>
    own.database.hot.query(`update payment set ${column} = $2 where id = $1`, [payment.id, value]);

  for (const [column, { constraint, kept, refused }] of Object.entries(columns)) {
    for (const value of kept) {
      it(`keeps the ${column} ${JSON.stringify(value)}`, async () => {
        assert.equal((await write(column as Column, value)).rowCount, 1);
      });
    }
    for (const value of refused) {
      it(`refuses the ${column} ${JSON.stringify(value)}`, async () => {
        await assert.rejects(write(column as Column, value), { code: '23514', constraint });
      });
    }
  }
});
