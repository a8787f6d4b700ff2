import { type Request, type Response, Router } from 'express';
import { type Operation } from '../http/operation.ts';
import {
  addMerchant,
  changeMerchant,
  merchantBody,
  type MerchantDependencies,
  rotateCredentials,
  withSecretsBody,
} from './administer-merchants.ts';
import { refusalsOf } from './described.ts';
import {
  credentialsAnswer,
  merchantAnswer,
  merchantChangesBody,
  merchantParameters,
  merchantsAnswer,
  merchantsQuery,
  newMerchantBody,
  rotationBody,
} from './merchant-messages.ts';
import { sendJson, sendProblem } from './problem.ts';
import { readBodyAs, readParameters } from './read-request.ts';

const listPath = '/back-office/v1/merchants';
const onePath = `${listPath}/:msn`;

const common = { tag: 'Merchants', credential: 'BACK_OFFICE_TOKEN' } as const;
const ofOne = { ...common, pathParameters: merchantParameters } as const;
const theMerchant = { description: 'The merchant', schema: merchantAnswer };
const withCredentials = {
  description: 'The merchant, and credentials that are shown this once',
  schema: credentialsAnswer,
};

export const merchantOperations: readonly Operation[] = [
  {
    ...common,
    method: 'post',
    path: listPath,
    id: 'createMerchant',
    summary: 'Makes a merchant',
    body: { schema: newMerchantBody, required: true },
    answers: { 201: withCredentials, ...refusalsOf(400, 401, 408, 409, 413, 415) },
  },
  {
    ...common,
    method: 'get',
    path: listPath,
    id: 'listMerchants',
    summary: 'Lists merchants',
    query: merchantsQuery,
    answers: { 200: { description: 'A page', schema: merchantsAnswer }, ...refusalsOf(400, 401) },
  },
  {
    ...ofOne,
    method: 'get',
    path: onePath,
    id: 'getMerchant',
    summary: 'One merchant',
    answers: { 200: theMerchant, ...refusalsOf(401, 404) },
  },
  {
    ...ofOne,
    method: 'patch',
    path: onePath,
    id: 'changeMerchant',
    summary: 'Changes a merchant',
    body: { schema: merchantChangesBody, required: true },
    answers: { 200: theMerchant, ...refusalsOf(400, 401, 404, 408, 413, 415) },
  },
  {
    ...ofOne,
    method: 'post',
    path: `${onePath}/deactivate`,
    id: 'deactivateMerchant',
    summary: 'Closes the API to a merchant',
    description: 'It gets 403. Its payments under way go on, and what was done is reported.',
    answers: { 200: theMerchant, ...refusalsOf(401, 404) },
  },
  {
    ...ofOne,
    method: 'post',
    path: `${onePath}/activate`,
    id: 'activateMerchant',
    summary: 'Opens the API to a merchant again',
    answers: { 200: theMerchant, ...refusalsOf(401, 404) },
  },
  {
    ...ofOne,
    method: 'post',
    path: `${onePath}/credentials`,
    id: 'rotateCredentials',
    summary: "Makes a merchant's secrets anew",
    description:
      'The client secret and the subscription key; the client id stays. The present ones end at once, or after a time that is given; a second rotation within it ends the first ones at once. An access token is of no use without a subscription key that is good.',
    body: { schema: rotationBody, required: false },
    answers: { 200: withCredentials, ...refusalsOf(400, 401, 404, 408, 413, 415) },
  },
];

export function merchantRoutes(dependencies: MerchantDependencies): Router {
  const { merchantRegister } = dependencies;
  const router = Router();

  router.post(listPath, async (req, res) => {
    const body = await readBodyAs(req, newMerchantBody);
    if (body === undefined) return;
    if (!body.ok) {
      sendProblem(res, body.problem);
      return;
    }
    const made = await addMerchant(dependencies, body.value);
    if (made) sendJson(res, 201, withSecretsBody(made));
    else
      sendProblem(res, { code: 'MERCHANT_EXISTS', detail: 'Choose another, or change that one.' });
  });

  router.get(listPath, async (req, res) => {
    const query = readParameters(req.query, merchantsQuery);
    if (!query.ok) {
      sendProblem(res, query.problem);
      return;
    }
    const { after = '', limit } = query.value;
    const found = await merchantRegister.list({ after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const next = found.length > limit ? (shown.at(-1)?.msn ?? null) : null;
    sendJson(res, 200, { merchants: shown.map(merchantBody), next });
  });

  router.get(onePath, async (req, res) => {
    const msn = msnIn(req);
    const merchant = msn === undefined ? undefined : await merchantRegister.find(msn);
    sendFound(res, merchant && merchantBody(merchant));
  });

  router.patch(onePath, async (req, res) => {
    const body = await readBodyAs(req, merchantChangesBody);
    if (body === undefined) return;
    if (!body.ok) {
      sendProblem(res, body.problem);
      return;
    }
    const msn = msnIn(req);
    const merchant =
      msn === undefined ? undefined : await changeMerchant(dependencies, msn, body.value);
    sendFound(res, merchant && merchantBody(merchant));
  });

  return router.use(statusRoutes(dependencies)).use(credentialRoutes(dependencies));
}

function statusRoutes(dependencies: MerchantDependencies): Router {
  const router = Router();
  const statuses = { deactivate: 'DEACTIVATED', activate: 'ACTIVE' } as const;
  for (const [action, status] of Object.entries(statuses)) {
    router.post(`${onePath}/${action}`, async (req, res) => {
      const msn = msnIn(req);
      const merchant =
        msn === undefined ? undefined : await changeMerchant(dependencies, msn, { status });
      sendFound(res, merchant && merchantBody(merchant));
    });
  }
  return router;
}

function credentialRoutes(dependencies: MerchantDependencies): Router {
  const router = Router();
  router.post(`${onePath}/credentials`, async (req, res) => {
    const body = await readBodyAs(req, rotationBody);
    if (body === undefined) return;
    if (!body.ok) {
      sendProblem(res, body.problem);
      return;
    }
    const msn = msnIn(req);
    const { formerValidSeconds } = body.value;
    const rotated =
      msn === undefined
        ? undefined
        : await rotateCredentials(dependencies, msn, formerValidSeconds);
    sendFound(res, rotated && withSecretsBody(rotated));
  });
  return router;
}

function msnIn({ params }: Request): string | undefined {
  const parameters = readParameters(params, merchantParameters);
  return parameters.ok ? parameters.value.msn : undefined;
}

function sendFound(res: Response, body: object | undefined): void {
  if (body) sendJson(res, 200, body);
  else sendProblem(res, { code: 'NOT_FOUND', detail: 'There is no such merchant.' });
}
