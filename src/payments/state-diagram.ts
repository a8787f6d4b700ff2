import { paymentTransitions } from './payment-state.ts';

/** The life of a payment as a Mermaid state diagram, in the order of the table. */
export function stateDiagram(): string {
  const states = Object.entries(paymentTransitions);
  const arrows = states.flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => `  ${from} --> ${to}: ${event}`),
  );
  const ends = states.filter(([, events]) => Object.keys(events).length === 0);
  return [
    'stateDiagram-v2',
    '  [*] --> CREATED',
    ...arrows,
    ...ends.map(([state]) => `  ${state} --> [*]`),
  ].join('\n');
}
