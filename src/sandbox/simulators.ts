import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Config } from '../config/config.ts';
import { type ChildProgram, startChildProgram } from './child-program.ts';
import { isPortFree } from './port-is-free.ts';

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

const usualThreeDsPort = 9082;

/**
 * A port that was asked for is insisted on. Who starts a second copy with variables that were enough
 * before there was a step-up gets a free port and no error, also when both start at the same moment.
 */
export async function startSimulatedThreeDsServer(config: Config): Promise<ChildProgram> {
  const { threeDsSimulatorPort } = config;
  if (threeDsSimulatorPort !== undefined) return startThreeDsServer(config, threeDsSimulatorPort);
  if (!(await isPortFree(usualThreeDsPort))) return startThreeDsServer(config, 0);
  return startThreeDsServer(config, usualThreeDsPort).catch(() => startThreeDsServer(config, 0));
}

function startThreeDsServer(config: Config, port: number): Promise<ChildProgram> {
  const { dataDirectory, stepUpSeconds } = config;
  return startChildProgram({
    name: 'The simulated 3-D Secure server',
    main: '../simulator/three-ds/main.js',
    args: ['--port', String(port), '--challenge-seconds', String(stepUpSeconds)],
    logFile: path.join(dataDirectory, 'three-ds-simulator.log'),
    port,
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
