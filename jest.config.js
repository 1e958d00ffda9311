/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/fixtures/descriptor-environment.mjs',
  // One more than the cores that the suite is meant for: tests of processes wait for a third of their time.
  maxWorkers: 3,
  // Tests wait for events. On a machine that is busy with other work, processes take ten times as long to start.
  testTimeout: 60_000,
  globalSetup: '<rootDir>/test/fixtures/build-internals.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
