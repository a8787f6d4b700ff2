import { type Deeds } from '../../src/composition/compose-deeds.ts';
import { type Clock } from '../../src/shared/clock.ts';

/** One process of the service. Dead, it hears nothing any more; frozen, it hears everything later. */
export interface Copy {
  readonly name: string;
  /** Undefined until it is ready. */
  deeds: Deeds | undefined;
  isAlive: boolean;
  isStopping: boolean;
  frozenUntilMs: number;
  readonly clock: Clock;
  /** Lets something happen in the process, once it can. */
  deliver(run: () => void): void;
  /** Hears when the process dies: its connections break. */
  onDeath(listener: () => void): void;
  kill(): void;
}
