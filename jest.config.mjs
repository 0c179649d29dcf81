/** One configuration for every project; `tools/jest.mjs <unit|int|e2e> [folder…]` chooses the kind by suffix. */
const kind = process.env.TRIMTAB_TEST_KIND ?? 'unit';
const match = {
  unit: ['**/{src,test}/**/!(*.int|*.e2e).spec.ts'],
  int: ['**/*.int.spec.ts'],
  e2e: ['**/*.e2e.spec.ts'],
};

export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/bench'],
  testMatch: match[kind],
  testSequencer: '<rootDir>/tools/longest-first.mjs',
  testEnvironment: '<rootDir>/tools/test-environment.mjs',
  testEnvironmentOptions: { customExportConditions: ['@trimtab/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^fast-check$': '<rootDir>/tools/seeded-fast-check.mjs',
  },
  modulePathIgnorePatterns: ['/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Patience only: what comes in time is not slower for it.
  testTimeout: kind === 'e2e' ? 600_000 : 240_000,
};
