import nx from '@nx/eslint-plugin';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Which tag may import which: the picture of docs/architecture.md as a rule. */
const boundaries = [
  { sourceTag: 'type:kernel', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: ['type:kernel'] },
  { sourceTag: 'type:pure', onlyDependOnLibsWithTags: ['type:kernel'] },
  { sourceTag: 'type:client', onlyDependOnLibsWithTags: ['type:kernel', 'type:contracts'] },
  { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:kernel'] },
  {
    sourceTag: 'type:service',
    onlyDependOnLibsWithTags: ['type:kernel', 'type:contracts', 'type:adapter'],
  },
  {
    sourceTag: 'type:testing',
    onlyDependOnLibsWithTags: [
      'type:kernel',
      'type:contracts',
      'type:pure',
      'type:client',
      'type:adapter',
      'type:service',
    ],
  },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: [
      'type:kernel',
      'type:contracts',
      'type:pure',
      'type:client',
      'type:adapter',
      'type:service',
      'type:testing',
    ],
  },
  { sourceTag: 'platform:web', notDependOnLibsWithTags: ['platform:node'] },
];

const impureImports = {
  patterns: [
    {
      regex: '^(node:|fs$|path$|crypto$|os$|child_process$|net$|https?$)',
      message: 'This code is pure: take what you need from the world as an argument (docs/architecture.md).',
    },
    {
      group: ['@nestjs/*', 'pg', 'typeorm', '@nats-io/*', '@aws-sdk/*', '@opentelemetry/*'],
      message: 'A pure rule knows no framework and no adapter: move this to handlers/ or outbound/.',
    },
  ],
};

const impureGlobals = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take `now` as an argument.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take `now` as an argument.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Take randomness as an argument.',
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Configuration arrives as a value: only src/config.ts of an app reads the environment.',
  },
];

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/.trimtab', '**/.nx', '**/generated/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    // Classes that Nest injects are values, though they look like types.
    languageOptions: { parserOptions: { emitDecoratorMetadata: true, experimentalDecorators: true } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: boundaries },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 50 }],
      complexity: ['error', 10],
      'no-console': 'error',
    },
  },
  {
    files: ['apps/*/src/**/*.ts'],
    ignores: ['apps/*/src/config.ts', 'apps/*/src/**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', impureGlobals[3]] },
  },
  {
    files: ['libs/{kernel,contracts,workflow,timeseries}/src/**/*.ts', 'apps/*/src/domain/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': ['error', impureImports],
      'no-restricted-syntax': ['error', ...impureGlobals],
    },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'no-restricted-syntax': 'off' },
  },
  { files: ['examples/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
