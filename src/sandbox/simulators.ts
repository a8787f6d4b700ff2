import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Config } from '../config/config.ts';
import { type ChildProgram, startChildProgram } from './child-program.ts';

/** The simulators' own credentials; they open nothing but the simulator. */
export interface SimulatedVippsAccount {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly subscriptionKey: string;
  readonly pspId: string;
  readonly msn: string;
}

/** The simulated acquirer keeps its books in the data directory: a restart finds them as they were. */
export function startSimulatedAcquirer(config: Config): Promise<ChildProgram> {
  const { dataDirectory, acquirerSimulatorPort } = config;
  return startChildProgram({
    name: 'The simulated acquirer',
    main: '../simulator/acquirer/main.js',
    args: [
      '--port',
      String(acquirerSimulatorPort),
      '--ledger-file',
      path.join(dataDirectory, 'acquirer-ledger.jsonl'),
    ],
    logFile: path.join(dataDirectory, 'acquirer-simulator.log'),
    port: acquirerSimulatorPort,
    portVariable: 'ACQUIRER_SIMULATOR_PORT',
  });
}

export function startSimulatedThreeDsServer(config: Config): Promise<ChildProgram> {
  const { dataDirectory, threeDsSimulatorPort, stepUpSeconds } = config;
  return startChildProgram({
    name: 'The simulated 3-D Secure server',
    main: '../simulator/three-ds/main.js',
    args: ['--port', String(threeDsSimulatorPort), '--challenge-seconds', String(stepUpSeconds)],
    logFile: path.join(dataDirectory, 'three-ds-simulator.log'),
    port: threeDsSimulatorPort,
    portVariable: 'THREE_DS_SIMULATOR_PORT',
  });
}

export async function startSimulatedVipps(
  config: Config,
  account: SimulatedVippsAccount,
): Promise<ChildProgram> {
  const { dataDirectory, vippsSimulatorPort, cardDataOaepHash } = config;
  const { msn, ...credentials } = account;
  const settingsFile = path.join(dataDirectory, 'vipps-simulator.json');
  const settings = {
    ...credentials,
    merchants: [{ msn, name: 'Sandbox shop', skipLandingPage: true }],
    oaepHash: cardDataOaepHash,
    // The adapter of a sandbox is reached over http on this machine, which Vipps itself refuses.
    allowLoopbackCallbacks: true,
    // Without them a step-up ends at an address of Vipps' own, where no browser comes back from.
    operationsOnV2: true,
  };
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(settingsFile, JSON.stringify(settings), { mode: 0o600 });
  return startChildProgram({
    name: 'The simulated Vipps',
    main: '../simulator/vipps/main.js',
    args: [
      '--port',
      String(vippsSimulatorPort),
      '--config',
      settingsFile,
      '--data-file',
      path.join(dataDirectory, 'vipps-payments.jsonl'),
    ],
    logFile: path.join(dataDirectory, 'vipps-simulator.log'),
    port: vippsSimulatorPort,
    portVariable: 'VIPPS_SIMULATOR_PORT',
  });
}
