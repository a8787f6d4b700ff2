import { type Express } from 'express';
import { messageOf } from '../../shared/errors.ts';
import { createApp } from './app.ts';
import { createControl, type VippsSimulatorControl } from './control/control.ts';
import { timeOutUsers } from './make-payment/time-out-users.ts';
import { settingsFrom, type VippsSimulatorOptions } from './settings.ts';
import { createSimulation } from './simulation.ts';

export type VippsSimulator = AsyncDisposable & {
  /** For supertest, or to be mounted on a server. */
  readonly app: Express;
  readonly control: VippsSimulatorControl;
  /** Cuts the calls under way and closes the data file. */
  close(): void;
};

const sweepEveryMs = 1_000;

/** A simulated Vipps without a socket. `publicUrl` is what its links begin with. */
export function createVippsSimulator(options: VippsSimulatorOptions = {}): VippsSimulator {
  const settings = settingsFrom(options);
  const simulation = createSimulation(settings, settings.publicUrl ?? 'http://127.0.0.1:9080');
  const control = createControl(simulation);
  const sweep = setInterval(() => {
    timeOutUsers(simulation).catch((thrown: unknown) => {
      settings.log.error({ event: 'sweep.failed', problem: messageOf(thrown) });
    });
  }, sweepEveryMs);
  sweep.unref();
  const close = (): void => {
    clearInterval(sweep);
    simulation.stopping.abort();
    simulation.journal.close();
  };
  return {
    app: createApp(simulation, control),
    control,
    close,
    [Symbol.asyncDispose]: () => {
      close();
      return Promise.resolve();
    },
  };
}
