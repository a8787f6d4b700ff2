import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSchedule } from '../../../src/status-updates/schedule.ts';

describe('STATUS_UPDATE_SCHEDULE', () => {
  it('is continuous, or a time of day with or without a zone', () => {
    assert.deepEqual(parseSchedule('continuous'), { kind: 'CONTINUOUS' });
    assert.deepEqual(parseSchedule('22:30'), {
      kind: 'DAILY',
      at: { time: '22:30', zone: 'UTC' },
    });
    assert.deepEqual(parseSchedule('00:00 Europe/Oslo'), {
      kind: 'DAILY',
      at: { time: '00:00', zone: 'Europe/Oslo' },
    });
  });

  for (const text of ['', 'daily', '24:00', '9:30', '22:60', '22:30 Europe/Nowhere', '22:30 ']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(parseSchedule(text), undefined);
    });
  }
});
