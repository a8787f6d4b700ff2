import { createHttpAcquirer } from './acquirer/http-acquirer/http-acquirer.ts';
import { createHttpLedger } from './acquirer/http-acquirer/http-ledger.ts';
import { type CardFunding, cardFundingOf, unknownFunding } from './card-data/card-funding.ts';
import { keepKeyRingFresh } from './card-data/keep-key-ring-fresh.ts';
import { type KeyRing, loadKeyRing } from './card-data/key-ring.ts';
import { readFundingTable } from './card-data/read-funding-table.ts';
import { composeAdapter } from './composition/compose-adapter.ts';
import { acquirerMethods, pspApiMethods, threeDsMethods } from './composition/effects.ts';
import { type Config } from './config/config.ts';
import { vippsEnvironmentOf } from './config/mixed-environments.ts';
import { checkDurability } from './database/check-durability.ts';
import { claimEnvironment } from './database/claim-environment.ts';
import { connectDatabase, type Database } from './database/database.ts';
import { migrate } from './database/migrate.ts';
import { type Deployment, type DeploymentParts, productionDeployment } from './deployment.ts';
import { listen, type Listener } from './http/listener.ts';
import { mayForceApprove } from './initiate-payment/force-approve.ts';
import { createPspApi } from './psp-api/create-psp-api.ts';
import { type Clock, systemClock } from './shared/clock.ts';
import { withCrashPoints } from './shared/crash-points.ts';
import { messageOf } from './shared/errors.ts';
import { type Log } from './shared/log.ts';
import { createHttpThreeDsServer } from './step-up/http-three-ds/http-three-ds-server.ts';
import { type ThreeDsServer } from './step-up/three-ds-server.ts';

/** The adapter with its sockets, as a process runs it. */
export interface Service {
  readonly publicUrl: string;
  readonly internalUrl: string;
  /** Lets calls under way finish, stops every job, then what the deployment brought along. */
  stop(): Promise<void>;
}

/** Longer than a makePayment call may take: no call is cut by a stop in good order. */
const drainMsMax = 16_000;

/** Everything that was opened, last first out. */
type Closers = (() => Promise<void>)[];

/**
 * Starts everything in the order in which it is needed. Whatever was opened is closed again when a
 * later step fails.
 */
export async function startService(config: Config, log: Log): Promise<Service> {
  const closers: Closers = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.reverse().splice(0)) await closeOne(close, log);
  };
  try {
    return { ...(await start(config, log, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function closeOne(close: () => Promise<void>, log: Log): Promise<void> {
  try {
    await close();
  } catch (error) {
    log.error({ event: 'service.close-failed', reason: messageOf(error) });
  }
}

async function start(config: Config, log: Log, closers: Closers) {
  const clock = systemClock;
  const publicListener = await listen(config.publicListener);
  closers.push(() => publicListener.close(0));
  const internalListener = await listen(config.internalListener);
  closers.push(() => internalListener.close(0));
  const urls = {
    publicUrl: config.publicUrl ?? publicListener.url,
    internalUrl: internalListener.url,
  };

  const deployment = await deploymentFor(config, { log, clock, ...urls });
  closers.push(() => deployment.stop());
  const database = await openDatabase(config, deployment, log);
  closers.push(() => database.close());
  const keyRing = await openKeyRing(config, log);
  closers.push(keepFresh(keyRing, clock));

  const parts = await deployment.parts(database);
  const acquirer = createHttpAcquirer({ baseUrl: parts.acquirerUrl, clock });
  closers.push(() => acquirer.close());
  const { url: baseUrl, ...credentials } = parts.vipps;
  const pspApi = createPspApi({ baseUrl, credentials, clock, systemName: 'vipps-psp-adapter' });
  closers.push(() => pspApi.close());
  const adapter = await composeAdapter({
    database,
    acquirer: withCrashPoints('acquirer', acquirer, acquirerMethods),
    ledger: createHttpLedger(parts.acquirerUrl),
    keyRing,
    clock,
    log,
    pspApi: withCrashPoints('vipps', pspApi, pspApiMethods),
    ...threeDsServerAt(parts.threeDsUrl, clock, closers),
    settings: {
      ...config,
      publicUrl: urls.publicUrl,
      plainHttpChallenges: !config.production,
      accessTokenKey: parts.accessTokenKey,
      backOfficeToken: parts.backOfficeToken,
      forceApproval: mayForceApprove(baseUrl, config.production),
    },
    cardFunding: await cardFundingFrom(config, parts),
    furtherPublicRouters: parts.furtherPublicRouters,
  });
  closers.push(async () => adapter[Symbol.asyncDispose]());
  publicListener.serve(adapter.publicApp);
  internalListener.serve(adapter.internalApp);
  closers.push(() => drain(publicListener, internalListener));
  await deployment.ready(keyRing);
  log.info({ event: 'service.ready', instanceId: adapter.instanceId, ...urls });
  return urls;
}

function threeDsServerAt(
  baseUrl: string | undefined,
  clock: Clock,
  closers: Closers,
): { readonly threeDsServer?: ThreeDsServer } {
  if (baseUrl === undefined) return {};
  const server = createHttpThreeDsServer({ baseUrl, clock });
  closers.push(() => server.close());
  return { threeDsServer: withCrashPoints('three-ds', server, threeDsMethods) };
}

async function deploymentFor(
  config: Config,
  context: { log: Log; clock: Clock; publicUrl: string; internalUrl: string },
): Promise<Deployment> {
  if (config.production) return productionDeployment(config);
  // Loaded only here: a production image has neither the embedded database nor the simulators.
  const { startSandbox } = await import('./sandbox/sandbox.ts');
  return startSandbox(config, context);
}

async function openDatabase(config: Config, deployment: Deployment, log: Log): Promise<Database> {
  const url = deployment.databaseUrl.expose();
  await migrate(url);
  const half = Math.max(2, Math.floor(config.databaseConnectionsMax / 2));
  const database = connectDatabase({ url, log, poolMax: half, hotPoolMax: half });
  try {
    await claimEnvironment(database, {
      kind: config.production ? 'PRODUCTION' : 'SANDBOX',
      vipps: vippsEnvironmentOf(config.vippsUrl),
    });
    if (config.production) await checkDurability(database, log);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function openKeyRing(config: Config, log: Log): Promise<KeyRing> {
  return loadKeyRing({
    directory: config.keysDirectory,
    oaepHash: config.cardDataOaepHash,
    requirePrivateFiles: config.production,
    log,
    ...(config.keysPassphrase ? { passphrase: config.keysPassphrase } : {}),
  });
}

/** The configured table, else the deployment's own, else nothing is known of any card. */
async function cardFundingFrom(config: Config, parts: DeploymentParts): Promise<CardFunding> {
  const { cardFundingFile } = config;
  if (cardFundingFile === undefined) return parts.cardFunding ?? unknownFunding;
  return cardFundingOf(await readFundingTable(cardFundingFile));
}

function keepFresh(keyRing: KeyRing, clock: Clock): () => Promise<void> {
  const stopping = new AbortController();
  const looking = keepKeyRingFresh(keyRing, clock, stopping.signal);
  return async () => {
    stopping.abort();
    await looking;
  };
}

async function drain(publicListener: Listener, internalListener: Listener): Promise<void> {
  await Promise.all([publicListener.close(drainMsMax), internalListener.close(drainMsMax)]);
}
