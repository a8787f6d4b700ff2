import { Router } from 'express';

/** One thing that the service cannot work without. */
export interface ReadinessCheck {
  readonly name: string;
  readonly isReady: () => boolean | Promise<boolean>;
}

/** `/health`: the process answers. `/ready`: it can do its work, or the names of what it lacks. */
export function healthRoutes(checks: readonly ReadinessCheck[]): Router {
  const router = Router();

  router.get('/health', (_req, res) => {
    res.json({ status: 'up' });
  });

  router.get('/ready', async (_req, res) => {
    const verdicts = await Promise.all(
      checks.map(async ({ name, isReady }) => ({ name, ready: await safely(isReady) })),
    );
    const missing = verdicts.filter(({ ready }) => !ready).map(({ name }) => name);
    res
      .status(missing.length === 0 ? 200 : 503)
      .json(missing.length === 0 ? { status: 'ready' } : { status: 'not ready', missing });
  });

  return router;
}

async function safely(isReady: ReadinessCheck['isReady']): Promise<boolean> {
  try {
    return await isReady();
  } catch {
    return false;
  }
}
