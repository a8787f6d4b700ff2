import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { paymentTransitions } from '../../../src/payments/payment-state.ts';
import { stateDiagram } from '../../../src/payments/state-diagram.ts';

const document = fileURLToPath(new URL('../../../../ARCHITECTURE.md', import.meta.url));

describe('the diagram of payment states', () => {
  it('has an arrow for every transition, and an end for every state without one', () => {
    const edges = Object.values(paymentTransitions).flatMap((events) => Object.keys(events));
    const finals = Object.values(paymentTransitions).filter(
      (events) => Object.keys(events).length === 0,
    );

    const lines = stateDiagram().split('\n');

    assert.equal(lines.length, 2 + edges.length + finals.length);
    assert.ok(lines.includes('  ANSWERING --> REVERSING: NOT_TOLD'));
    assert.ok(lines.includes('  AUTHORISED --> [*]'));
  });

  it(
    'is in ARCHITECTURE.md as npm run states prints it',
    { skip: !existsSync(document) && 'there is no ARCHITECTURE.md yet' },
    () => {
      const text = readFileSync(document, 'utf8');

      assert.ok(text.includes(['```mermaid', stateDiagram(), '```'].join('\n')));
    },
  );
});
