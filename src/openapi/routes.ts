import { Router } from 'express';
import { z } from 'zod';
import { type Operation } from '../http/operation.ts';
import { createDocument, type Described } from './document.ts';
import { referencePage } from './reference-page.ts';

const tag = 'This description';

const documentOperation: Operation = {
  method: 'get',
  path: '/openapi.json',
  id: 'getDescription',
  tag,
  summary: 'Everything that this listener serves, for machines',
  answers: {
    200: { description: 'An OpenAPI 3.1 document', schema: z.record(z.string(), z.unknown()) },
  },
};

const pageOperation: Operation = {
  method: 'get',
  path: '/reference',
  id: 'getReference',
  tag,
  summary: 'Everything that this listener serves, for people',
  answers: { 200: { description: 'A page', mediaType: 'text/html' } },
};

/**
 * `/openapi.json`, and a page of the same where one is wanted. Both are written when they are first
 * asked for, and kept.
 */
export function openApiRoutes(described: Described, withPage: boolean): Router {
  const own = withPage ? [documentOperation, pageOperation] : [documentOperation];
  const operations = [...described.operations, ...own];
  const document = onFirstUse(() => createDocument({ ...described, operations }));
  const router = Router();

  router.get(documentOperation.path, (_req, res) => {
    res.json(document());
  });

  if (withPage) {
    const page = onFirstUse(() => referencePage(document()));
    router.get(pageOperation.path, (_req, res) => {
      res.type('html').send(page().markup);
    });
  }

  return router;
}

function onFirstUse<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
