// Which way the arrows point. ARCHITECTURE.md says why; every rule below was seen to fail.

/** Each carries out one kind of request or job; they meet in payments and in the composition. */
const edges = [
  'back-office',
  'epayment-api',
  'initiate-payment',
  'make-payment',
  'modifications',
  'resolve-unknown',
  'return-page',
  'reversals',
  'status-updates',
  'step-up',
].join('|');

/** Programs of their own: nothing imports them, a person or another process starts them. */
const programs = [
  '^src/main\\.ts$',
  '^src/start\\.mjs$',
  '-command\\.ts$',
  '^src/simulator/[^/]+/main\\.ts$',
  '^src/sandbox/guarded-child\\.ts$',
  '^src/demo/demo\\.ts$',
  '^test/bench/',
  '^test/faults/',
  '\\.test\\.ts$',
  '^test/support/(run-tests|no-network)\\.ts$',
  '^test/acceptance/heap-on-signal\\.ts$',
];

/** Where HTTP is spoken. The simulators are programs of their own and keep house by themselves. */
const http = [
  '^src/http/',
  '^src/merchant-api/',
  '(^|[/-])routes\\.ts$',
  '-page\\.ts$',
  '^src/simulator/',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports is a program or is dead.',
      severity: 'error',
      from: { orphan: true, pathNot: programs },
      to: {},
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'shared-is-the-bottom',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { path: '^src/', pathNot: '^src/shared/' },
    },
    {
      name: 'shared-needs-no-package',
      comment: 'The type of a logger is the one exception.',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { path: 'node_modules/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'payments-is-the-core',
      severity: 'error',
      from: { path: '^src/payments/' },
      to: { path: '^src/', pathNot: '^src/(payments|shared|database)/' },
    },
    {
      name: 'payments-meets-the-database-in-repositories',
      severity: 'error',
      from: { path: '^src/payments/', pathNot: '-repository\\.ts$' },
      to: { path: '^src/database/' },
    },
    {
      name: 'database-and-http-serve-everybody',
      comment: 'What everybody stands on knows nobody.',
      severity: 'error',
      from: { path: '^src/(database|http)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/shared/'] },
    },
    {
      name: 'ports-know-no-deed',
      severity: 'error',
      from: { path: '^src/(acquirer|card-data|psp-api)/' },
      to: { path: `^src/(${edges}|payments|database|instances|config|sandbox)/` },
    },
    {
      name: 'edges-do-not-meet',
      comment:
        'But a report to Vipps is written in the transaction of what it reports, and the back office records operations by the rules of modifications; a soft decline begins a step-up within the call.',
      severity: 'error',
      from: { path: `^src/(${edges})/` },
      to: {
        path: `^src/(${edges})/`,
        pathNot: [
          '^src/$1/',
          '^src/status-updates/status-update-repository\\.ts$',
          '^src/step-up/(begin-step-up|proof-seal|three-ds-server)\\.ts$',
          '^src/modifications/(modification|record-elsewhere|locked-payment-repository)\\.ts$',
        ],
      },
    },
    {
      name: 'the-merchant-api-is-a-surface',
      comment: 'It offers the deeds that merchants ask for, and nobody builds on it.',
      severity: 'error',
      from: { path: '^src/merchant-api/' },
      to: { path: `^src/(${edges})/`, pathNot: '^src/(initiate-payment|modifications)/' },
    },
    {
      name: 'nobody-builds-on-the-merchant-api',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/merchant-api/', '^src/composition/'] },
      to: { path: '^src/merchant-api/' },
    },
    {
      name: 'only-repositories-speak-sql',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/database/', '-repository\\.ts$'] },
      to: { path: 'node_modules/(@types/)?(knex|pg)/' },
    },
    {
      name: 'only-routes-speak-express',
      severity: 'error',
      from: { path: '^src/', pathNot: http },
      to: {
        path: 'node_modules/(@types/)?(express|express-serve-static-core|helmet)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'express-types-stay-with-those-who-compose',
      severity: 'error',
      from: { path: '^src/', pathNot: [...http, '^src/composition/', '^src/deployment\\.ts$'] },
      to: { path: 'node_modules/(@types/)?(express|express-serve-static-core|helmet)/' },
    },
    {
      name: 'only-the-composition-composes',
      comment: 'The process, the service and the composition are on top; nothing below looks up.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/(composition|sandbox)/' },
      to: { path: ['^src/(main|service|deployment)\\.ts$', '^src/composition/'] },
    },
    {
      name: 'the-sandbox-is-loaded-on-demand',
      comment:
        'A production image has no sandbox: only a dynamic import of the service may name it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sandbox/' },
      to: { path: '^src/sandbox/', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'the-service-loads-the-sandbox',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/sandbox/', '^src/service\\.ts$'] },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'simulators-share-no-mistake',
      comment: 'A simulator that used our code would agree with our mistakes.',
      severity: 'error',
      from: { path: '^src/simulator/([^/]+)/' },
      to: { path: '^src/', pathNot: ['^src/simulator/$1/', '^src/shared/'] },
    },
    {
      name: 'nobody-imports-a-simulator',
      comment: 'The sandbox starts them as processes.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/simulator/' },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'nobody-imports-the-demo',
      comment: 'A production image has none.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/demo/' },
      to: { path: '^src/demo/' },
    },
    {
      name: 'sources-do-without-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'acceptance-tests-see-the-outside-only',
      comment: 'Not by way of the test support either.',
      severity: 'error',
      from: { path: '^test/acceptance/' },
      to: { path: '^src/', reachable: true },
    },
    {
      name: 'sources-run-without-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types count: an import that vanishes in the compiled file is an arrow all the same.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
