import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, jsonDepthMax } from '../../../src/shared/canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts members at every level and leaves lists in their order', () => {
    const text = canonicalJson({ b: [{ d: 1, c: null }, 'x'], a: 'å' });

    assert.equal(text, '{"a":"å","b":[{"c":null,"d":1},"x"]}');
  });

  it('means the same value, and is the same for every order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = canonicalJson(value) ?? '';
        const read = JSON.parse(text) as unknown;
        assert.equal(canonicalJson(read), text);
        assert.deepEqual(read, JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('gives up on what is nested too deeply', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

    assert.equal(typeof canonicalJson(nested(jsonDepthMax)), 'string');
    assert.equal(canonicalJson(nested(jsonDepthMax + 1)), undefined);
  });
});
