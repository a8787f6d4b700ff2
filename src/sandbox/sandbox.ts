import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Config } from '../config/config.ts';
import { sandboxAccount } from '../config/mixed-environments.ts';
import { type Database } from '../database/database.ts';
import { startEmbeddedPostgres } from '../database/embedded-postgres.ts';
import { type Deployment, type DeploymentParts } from '../deployment.ts';
import { ensureSandboxKey } from '../keys/make-key.ts';
import { createMerchantRegister } from '../merchants/merchant-register-repository.ts';
import { createTimelineRepository } from '../payments/timeline-repository.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { Secret } from '../shared/secret.ts';
import { printBanner } from './banner.ts';
import { type ChildProgram } from './child-program.ts';
import { removeSandboxFile, type SandboxFile, writeSandboxFile } from './sandbox-file.ts';
import { ensureSandboxMerchant } from './sandbox-merchant.ts';
import { sandboxPath } from './sandbox-page.ts';
import { sandboxRoutes } from './sandbox-routes.ts';
import { loadSandboxSettings, type SandboxSettings } from './sandbox-settings-repository.ts';
import { sendPublicKey } from './send-public-key.ts';
import {
  type SimulatedVippsAccount,
  startSimulatedAcquirer,
  startSimulatedThreeDsServer,
  startSimulatedVipps,
} from './simulators.ts';
import { testCardFunding } from './test-card-funding.ts';

interface Context {
  readonly log: Log;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly internalUrl: string;
}

type Stops = (() => Promise<void>)[];

/**
 * The deployment of a bare machine: whatever is not configured is brought along. A database, the
 * three simulators, a key, a merchant, and a page to try them on.
 */
export async function startSandbox(config: Config, context: Context): Promise<Deployment> {
  const { dataDirectory } = config;
  const stops: Stops = [() => removeSandboxFile(dataDirectory)];
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  await mkdir(dataDirectory, { recursive: true });
  await removeSandboxFile(dataDirectory);
  try {
    const databaseUrl = await bringDatabase(config, context, stops);
    await bringKey(config, context);
    const brought = await bringSimulators(config, stops);
    let settings: SandboxSettings | undefined;
    return {
      databaseUrl: new Secret(databaseUrl),
      parts: async (database) => {
        settings = await loadSandboxSettings(database);
        return partsFrom(config, context, { settings, ...brought, database });
      },
      ready: async (keyRing) => {
        if (!settings) return;
        if (brought.vippsSimulatorUrl)
          await sendPublicKey(brought.vippsSimulatorUrl, keyRing.publicKeyPem());
        const backOfficeToken = backOfficeTokenOf(config, settings).expose();
        const file = sandboxFileFrom(context, {
          settings: { ...settings, backOfficeToken },
          ...brought,
          databaseUrl,
        });
        await writeSandboxFile(dataDirectory, file);
        printBanner(file, path.join(dataDirectory, 'sandbox.json'));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringDatabase(config: Config, context: Context, stops: Stops): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl.expose();
  const server = await startEmbeddedPostgres({
    dataDir: path.join(config.dataDirectory, 'postgres'),
    log: context.log,
    clock: context.clock,
  });
  stops.push(() => server.stop());
  return server.url;
}

async function bringKey(config: Config, { clock, log }: Context): Promise<void> {
  const passphrase = config.keysPassphrase;
  const made = await ensureSandboxKey(config.keysDirectory, {
    clock,
    ...(passphrase ? { passphrase } : {}),
  });
  if (made) log.info({ event: 'sandbox.key-made', kid: made.kid });
}

interface Brought {
  readonly vippsSimulatorUrl: string | null;
  readonly acquirerSimulatorUrl: string | null;
  readonly threeDsSimulatorUrl: string | null;
}

async function bringSimulators(config: Config, stops: Stops): Promise<Brought> {
  const urlOf = async (starting: Promise<ChildProgram> | null): Promise<string | null> => {
    const program = await starting;
    if (program) stops.push(() => program.stop());
    return program?.url ?? null;
  };
  const [acquirerSimulatorUrl, threeDsSimulatorUrl, vippsSimulatorUrl] = await Promise.all([
    urlOf(config.acquirerUrl ? null : startSimulatedAcquirer(config)),
    urlOf(config.threeDsUrl ? null : startSimulatedThreeDsServer(config)),
    urlOf(config.vippsUrl ? null : startSimulatedVipps(config, vippsAccount(config))),
  ]);
  return { vippsSimulatorUrl, acquirerSimulatorUrl, threeDsSimulatorUrl };
}

function vippsAccount(config: Config): SimulatedVippsAccount {
  return {
    clientId: config.vippsClientId ?? sandboxAccount.VIPPS_CLIENT_ID,
    clientSecret: config.vippsClientSecret?.expose() ?? sandboxAccount.VIPPS_CLIENT_SECRET,
    subscriptionKey: config.vippsSubscriptionKey?.expose() ?? sandboxAccount.VIPPS_SUBSCRIPTION_KEY,
    pspId: config.vippsPspId ?? sandboxAccount.VIPPS_PSP_ID,
    msn: '123456',
  };
}

async function partsFrom(
  config: Config,
  context: Context,
  made: Brought & { readonly settings: SandboxSettings; readonly database: Database },
): Promise<DeploymentParts> {
  const { settings, database } = made;
  await ensureSandboxMerchant(database, settings);
  const account = vippsAccount(config);
  return {
    vipps: {
      url: config.vippsUrl ?? made.vippsSimulatorUrl ?? '',
      clientId: account.clientId,
      clientSecret: new Secret(account.clientSecret),
      subscriptionKey: new Secret(account.subscriptionKey),
      pspId: account.pspId,
    },
    acquirerUrl: config.acquirerUrl ?? made.acquirerSimulatorUrl ?? '',
    threeDsUrl: config.threeDsUrl ?? made.threeDsSimulatorUrl ?? '',
    backOfficeToken: backOfficeTokenOf(config, settings),
    accessTokenKey: config.accessTokenKey ?? new Secret(settings.accessTokenKey),
    cardFunding: testCardFunding,
    furtherPublicRouters: [
      sandboxRoutes({
        publicUrl: context.publicUrl,
        vippsSimulatorUrl: made.vippsSimulatorUrl,
        acquirerSimulatorUrl: made.acquirerSimulatorUrl,
        merchant: settings,
        timelines: createTimelineRepository(database),
        merchantRegister: createMerchantRegister(database.hot),
      }),
    ],
  };
}

/** The one that is in force: a configured one goes before the one that copies share. */
function backOfficeTokenOf(config: Config, settings: SandboxSettings): Secret<string> {
  return config.backOfficeToken ?? new Secret(settings.backOfficeToken);
}

function sandboxFileFrom(
  { publicUrl, internalUrl }: Context,
  made: Brought & { readonly settings: SandboxSettings; readonly databaseUrl: string },
): SandboxFile {
  const { settings } = made;
  return {
    merchantSerialNumber: settings.merchantSerialNumber,
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    subscriptionKey: settings.subscriptionKey,
    backOfficeToken: settings.backOfficeToken,
    publicUrl,
    internalUrl,
    vippsSimulatorUrl: made.vippsSimulatorUrl,
    acquirerSimulatorUrl: made.acquirerSimulatorUrl,
    threeDsSimulatorUrl: made.threeDsSimulatorUrl,
    databaseUrl: made.databaseUrl,
    sandboxUrl: `${publicUrl}${sandboxPath}`,
    pid: process.pid,
  };
}
