import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatcher } from '../../../src/make-payment/batcher.ts';
import { createSlots, type Slots } from '../../../src/make-payment/slots.ts';

interface Run {
  readonly items: readonly string[];
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** A database whose statements last for as long as the test says. */
function heldStatements(
  keyOf: (item: string) => string = (item) => item,
  { restMs, slots }: { readonly restMs?: number; readonly slots?: Slots } = {},
) {
  const runs: Run[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const batched = createBatcher<string, string>({
    keyOf,
    ...(restMs !== undefined && { restMs }),
    ...(slots && { slots }),
    run: (items) =>
      new Promise((resolve, reject) => {
        runs.push({
          items,
          finish: () => {
            resolve(items.map((item) => item.toUpperCase()));
          },
          fail: reject,
        });
        for (const { count, resolve: reached } of waiting) if (runs.length >= count) reached();
      }),
  });
  /** The nth statement, counted from 1, when it has begun. */
  const begun = async (count: number): Promise<Run> => {
    await new Promise<void>((resolve) => {
      if (runs.length >= count) resolve();
      else waiting.push({ count, resolve });
    });
    const run = runs[count - 1];
    assert.ok(run);
    return run;
  };
  return { batched, begun, runs };
}

/** Callers of one turn of the event loop are taken together when it is over. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

function refusalOf(code: string): Error {
  return Object.assign(new Error('refused'), { code });
}

describe('callers that share a statement', () => {
  it('go at once when nobody is before them', async () => {
    const { batched, begun } = heldStatements();

    const answer = batched('a');
    const run = await begun(1);
    run.finish();

    assert.deepEqual(run.items, ['a']);
    assert.equal(await answer, 'A');
  });

  it('share one when they come in the same turn, and each gets its own answer', async () => {
    const { batched, begun } = heldStatements();

    const answers = Promise.all([batched('a'), batched('b'), batched('c')]);
    const run = await begun(1);
    run.finish();

    assert.deepEqual(run.items, ['a', 'b', 'c']);
    assert.deepEqual(await answers, ['A', 'B', 'C']);
  });

  it('share the next one when they come while a statement is under way', async () => {
    const { batched, begun } = heldStatements();

    const first = batched('a');
    const running = await begun(1);
    const others = Promise.all([batched('b'), batched('c')]);
    running.finish();
    await first;
    const next = await begun(2);
    next.finish();

    assert.deepEqual(next.items, ['b', 'c']);
    assert.deepEqual(await others, ['B', 'C']);
  });

  it('share the next one when they come too soon after one that nobody waits for', async () => {
    const { batched, begun, runs } = heldStatements((item) => item, {
      restMs: 20,
    });

    const first = batched('a');
    (await begun(1)).finish();
    await first;
    const second = batched('b');
    await turn();
    const third = batched('c');
    assert.equal(runs.length, 1);
    (await begun(2)).finish();

    assert.deepEqual(await Promise.all([second, third]), ['B', 'C']);
    assert.deepEqual(runs[1]?.items, ['b', 'c']);
  });

  it('are not held up by a statement that does not come back', async () => {
    const { batched, begun } = heldStatements();

    const stuck = batched('a');
    const hanging = await begun(1);
    const second = batched('b');
    const further = await begun(2);
    further.finish();

    assert.deepEqual(further.items, ['b']);
    assert.equal(await second, 'B');
    hanging.finish();
    await stuck;
  });

  it('wait while a statement for the same payment is under way, however slow', async () => {
    const { batched, begun } = heldStatements((item) => item.slice(0, 1));

    const first = batched('a1');
    const hanging = await begun(1);
    const same = batched('a2');
    const other = batched('b1');
    const further = await begun(2);
    further.finish();
    await other;
    hanging.finish();
    await first;
    const last = await begun(3);
    last.finish();

    assert.deepEqual(further.items, ['b1']);
    assert.deepEqual(last.items, ['a2']);
    assert.equal(await same, 'A2');
  });

  describe('of several kinds, with a slot for two', () => {
    const threeKinds = () => {
      const slots = createSlots(2);
      return [1, 2, 3].map(() => heldStatements(undefined, { slots })) as [
        ReturnType<typeof heldStatements>,
        ReturnType<typeof heldStatements>,
        ReturnType<typeof heldStatements>,
      ];
    };

    it('wait for a slot, and share the statement that gets it', async () => {
      const [find, open, decide] = threeKinds();

      const found = find.batched('a');
      const opened = open.batched('b');
      const running = [await find.begun(1), await open.begun(1)] as const;
      const decided = [decide.batched('c')];
      await turn();
      decided.push(decide.batched('d'));
      await turn();
      assert.equal(decide.runs.length, 0);
      running[0].finish();
      await found;
      const freed = await decide.begun(1);
      freed.finish();

      assert.deepEqual(freed.items, ['c', 'd']);
      assert.deepEqual(await Promise.all(decided), ['C', 'D']);
      running[1].finish();
      await opened;
    });

    it('get the slot in the order in which they came, not the one that had it before', async () => {
      const [find, open, decide] = threeKinds();

      const answers = [find.batched('a'), open.batched('b')];
      const running = [await find.begun(1), await open.begun(1)] as const;
      answers.push(decide.batched('c'));
      await turn();
      answers.push(find.batched('d'));
      await turn();
      running[0].finish();
      const third = await decide.begun(1);
      assert.equal(find.runs.length, 1);
      running[1].finish();
      third.finish();
      (await find.begun(2)).finish();

      assert.deepEqual(await Promise.all(answers), ['A', 'B', 'C', 'D']);
    });

    it('are not held up by statements of other kinds that do not come back', async () => {
      const [find, open, decide] = threeKinds();

      const stuck = [find.batched('a'), open.batched('b')];
      const hanging = [await find.begun(1), await open.begun(1)];
      const decided = decide.batched('c');
      (await decide.begun(1)).finish();

      assert.equal(await decided, 'C');
      for (const run of hanging) run.finish();
      await Promise.all(stuck);
    });

    it('give the slot back when the database is away', async () => {
      const [find, open, decide] = threeKinds();

      const lost = Promise.allSettled([find.batched('a'), open.batched('b')]);
      for (const kind of [find, open]) (await kind.begun(1)).fail(refusalOf('57P01'));
      await lost;
      const answers = [find.batched('c'), decide.batched('d')];
      (await find.begun(2)).finish();
      (await decide.begun(1)).finish();

      assert.deepEqual(await Promise.all(answers), ['C', 'D']);
    });
  });

  it('are tried one by one when the database refuses what they brought', async () => {
    const { batched, begun } = heldStatements();

    const good = batched('a');
    const bad = batched('b');
    (await begun(1)).fail(refusalOf('23514'));
    (await begun(2)).finish();
    (await begun(3)).fail(refusalOf('23514'));

    assert.equal(await good, 'A');
    await assert.rejects(bad, { code: '23514' });
  });

  it('all hear of it when the database is away', async () => {
    const { batched, begun, runs } = heldStatements();

    const answers = Promise.allSettled([batched('a'), batched('b')]);
    (await begun(1)).fail(refusalOf('57P01'));

    assert.deepEqual(
      (await answers).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(runs.length, 1);
  });
});
