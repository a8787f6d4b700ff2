import { composeDeeds } from '../../src/composition/compose-deeds.ts';
import { type AdapterSettings } from '../../src/composition/parts.ts';
import { type Clock, sleepOn } from '../../src/shared/clock.ts';
import { type Log } from '../../src/shared/log.ts';
import { aCard } from '../support/a-card.ts';
import { type Bank } from './bank.ts';
import { beginStepUp, proofSeal } from './challenge.ts';
import { randomOf } from './dice.ts';
import { type Connection, memoryStores } from './memory/memory-stores.ts';
import { type Copy } from './running-copy.ts';
import { type Wallet } from './wallet.ts';
import { type World } from './world.ts';

interface Surroundings {
  readonly world: World;
  readonly bank: Bank;
  readonly wallet: Wallet;
  readonly settings: AdapterSettings;
}

const epochMs = Date.UTC(2026, 0, 1);

export function startCopy(name: string, surroundings: Surroundings): Copy {
  const { world, bank, wallet, settings } = surroundings;
  const { scheduler, dice } = world;
  const deaths: (() => void)[] = [];
  const skewMs = dice.between(-60_000, 60_000);

  const copy: Copy = {
    name,
    deeds: undefined,
    isAlive: true,
    isStopping: false,
    frozenUntilMs: 0,
    clock: clockOf((run) => {
      copy.deliver(run);
    }),
    deliver: (run) => {
      if (!copy.isAlive) return;
      const frozenMs = copy.frozenUntilMs - scheduler.nowMs();
      if (frozenMs > 0)
        scheduler.after(frozenMs, () => {
          copy.deliver(run);
        });
      else run();
    },
    onDeath: (listener) => deaths.push(listener),
    kill: () => {
      if (!copy.isAlive) return;
      copy.isAlive = false;
      world.tell(`${name} dies`);
      for (const listener of deaths.splice(0)) listener();
    },
  };

  function clockOf(deliver: (run: () => void) => void): Clock {
    const after: Clock['after'] = (ms, call) => {
      let cancelled = false;
      const planned = scheduler.after(ms, () => {
        deliver(() => {
          if (!cancelled) call();
        });
      });
      return () => {
        cancelled = true;
        planned.run = undefined;
      };
    };
    return {
      now: () => new Date(epochMs + skewMs + scheduler.nowMs()),
      monotonicMs: () => scheduler.nowMs(),
      sleep: sleepOn(after),
      after,
      abortAfter: (ms) => {
        const controller = new AbortController();
        scheduler.after(ms, () => {
          deliver(() => {
            controller.abort('the time is up');
          });
        });
        return controller.signal;
      },
    };
  }

  void composeDeeds({
    stores: memoryStores(world.tables, lineOf(world, copy)),
    acquirer: bank.acquirerFor(copy),
    pspApi: wallet.pspApiFor(copy),
    stepUp: { proofSeal, beginStepUp },
    decrypt: () => Promise.resolve({ ok: true, card: aCard() }),
    clock: copy.clock,
    random: randomOf(dice),
    log: logOf(world, name),
    settings,
  }).then(
    (deeds) => {
      copy.deeds = deeds;
      world.tell(`${name} is ready`);
    },
    (error: unknown) => {
      world.tell(`${name} cannot start: ${String(error)}`);
      copy.kill();
    },
  );
  return copy;
}

/** How long the copy waits for a statement, as its repositories have it. */
function patienceMs(name: string): number {
  if (name.startsWith('leg-')) return 2_000;
  return name === 'instance-beat' ? 900 : 35_000;
}

class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The line to the database. What was sent takes effect, whatever becomes of whoever sent it. */
function lineOf(world: World, copy: Copy): Connection {
  const { scheduler, dice, turns } = world;

  function send<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    const { weather, outage } = world;
    return new Promise((resolve, reject) => {
      const back = (ms: number, settle: () => void): void => {
        if (ms === 0) copy.deliver(settle);
        else
          scheduler.after(ms, () => {
            copy.deliver(settle);
          });
      };
      const lose = (): void => {
        reject(new ConnectionLost(`${name}: the connection was lost`));
      };
      const isOut = outage !== undefined && outage.untilMs > scheduler.nowMs();
      if ((isOut && outage.kind === 'REFUSING') || dice.chance(weather.statementLost)) {
        back(dice.between(0.2, 20), lose);
        return;
      }
      const slowMs = dice.chance(weather.statementSlow) ? dice.between(50, 6_000) : 0;
      const hangMs = isOut ? outage.untilMs - scheduler.nowMs() : 0;
      const thereMs = dice.between(0.2, 3) + slowMs + hangMs;
      if (thereMs > patienceMs(name)) back(patienceMs(name), lose);
      const isAcknowledged = !dice.chance(weather.acknowledgementLost);
      const backMs = dice.chance(0.9) ? 0 : dice.between(0.2, 3);
      scheduler.after(thereMs, () => {
        run().then(
          (result) => {
            back(
              backMs,
              isAcknowledged
                ? () => {
                    resolve(result);
                  }
                : lose,
            );
          },
          (error: unknown) => {
            back(backMs, () => {
              // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it came
              reject(error);
            });
          },
        );
      });
    });
  }

  /** The line may break just before the commit, too: then nothing has happened. */
  async function orLose<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = await work();
    if (dice.chance(world.weather.statementLost)) throw new ConnectionLost('before the commit');
    return result;
  }

  return {
    statement: (name, run) => send(name, () => turns.statement(name, run)),
    // A transaction runs in the process: one that is dead or frozen begins none.
    transaction: (work) =>
      send(
        'transaction',
        () =>
          new Promise((resolve, reject) => {
            copy.deliver(() => {
              turns.transaction(() => orLose(work)).then(resolve, reject);
            });
          }),
      ),
  };
}

function logOf(world: World, name: string): Log {
  const tell = (entry: unknown): void => {
    world.tell(
      `${name} ${JSON.stringify(entry, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
    );
  };
  return { debug: tell, info: tell, warn: tell, error: tell };
}
