/**
 * Lint rules. The import directions of ARCHITECTURE.md stand here once, as a table; `test/quality` feeds
 * the linter one forbidden import for every pair of rooms and sees it refused.
 */
import { defineConfig } from 'oxlint'
import type { OxlintOverride } from 'oxlint'

const CAPABILITIES = [
  'agents',
  'sessions',
  'workspaces',
  'walls',
  'partition',
  'train',
  'review',
  'spotlight',
] as const
const BOTTOM = ['protocol', 'platform'] as const
/** Rooms that run in browsers as well. */
const BROWSER = ['protocol', 'board', 'web']

/** Room of `src/` -> rooms it may import besides itself. */
export const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  platform: ['protocol'],
  journal: BOTTOM,
  git: BOTTOM,
  ...Object.fromEntries(CAPABILITIES.map((room) => [room, [...BOTTOM, 'journal', 'git']])),
  host: BOTTOM,
  server: [...BOTTOM, 'journal'],
  client: BOTTOM,
  supervisor: [...BOTTOM, 'journal', 'git', ...CAPABILITIES, 'server', 'client'],
  board: ['protocol'],
  terminal: [...BOTTOM, 'client'],
  tui: [...BOTTOM, 'client', 'board', 'terminal'],
  cli: [...BOTTOM, 'client', 'terminal', 'tui', 'rehearsal'],
  web: ['protocol', 'client', 'board'],
  rehearsal: [...BOTTOM, 'client'],
}

/** Rooms that `room` must not import. */
export function forbiddenRooms(room: string): string[] {
  const allowed = MAY_IMPORT[room] ?? []
  return Object.keys(MAY_IMPORT).filter((other) => other !== room && !allowed.includes(other))
}

function direction(room: string): OxlintOverride {
  const patterns = [
    {
      regex: `^(\\.\\./)+(${forbiddenRooms(room).join('|')})/`,
      message: `src/${room} may import only: ${[room, ...(MAY_IMPORT[room] ?? [])].join(', ')} (ARCHITECTURE.md).`,
    },
    ...(BROWSER.includes(room)
      ? [{ regex: '^node:', message: `src/${room} runs in browsers: nothing of Node in it.` }]
      : []),
  ]
  return {
    files: [`src/${room}/**/*.{ts,tsx}`],
    rules: { 'eslint/no-restricted-imports': ['error', { patterns }] },
  }
}

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'vitest'],
  categories: { correctness: 'error' },
  env: { builtin: true, node: true },
  ignorePatterns: ['dist', 'node_modules', '.cache'],
  rules: {
    // Types count: rooms that know each other's shapes cannot be understood one at a time.
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-self-import': 'error',
    'eslint/no-console': 'error',
    'eslint/no-empty': 'error',
    'eslint/no-var': 'error',
    'eslint/prefer-const': 'error',
    'eslint/eqeqeq': 'error',
    'eslint/no-throw-literal': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/restrict-template-expressions': 'off',
    'typescript/unbound-method': 'off',
    'typescript/no-misused-spread': 'off',
    'typescript/no-useless-default-assignment': 'off',
    'unicorn/prefer-node-protocol': 'error',
    // A copy is often the point.
    'unicorn/no-useless-spread': 'off',
    // Terminals are the business here.
    'eslint/no-control-regex': 'off',
    // The compiler knows which exports there are.
    'import/default': 'off',
    'import/no-default-export': 'error',
    // A test's title is often computed from a table.
    'vitest/valid-title': 'off',
    'vitest/no-conditional-expect': 'off',
    // `expect(value, message)` is vitest's own; a promise left alone is no-floating-promises' business.
    'vitest/valid-expect': 'off',
    // Assertions also stand in functions that several tests share.
    'vitest/expect-expect': 'off',
    'vitest/require-to-throw-message': 'off',
    'vitest/no-focused-tests': 'error',
    'vitest/no-disabled-tests': 'off',
  },
  overrides: [
    ...Object.keys(MAY_IMPORT).map(direction),
    {
      files: [
        'src/cli/**',
        'src/*/main.ts',
        'src/*/*/main.ts',
        'scripts/**',
        'bench/**',
        'test/**',
        'bin/**',
      ],
      rules: { 'eslint/no-console': 'off' },
    },
    { files: ['src/web/vite.config.ts'], rules: { 'import/no-default-export': 'off' } },
    // A host's standard error is its log.
    { files: ['src/host/**'], rules: { 'eslint/no-console': ['error', { allow: ['error'] }] } },
    {
      files: ['*.config.ts', 'scripts/reporter.mjs', 'test/turns.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
    { files: ['test/**'], rules: { 'typescript/no-non-null-assertion': 'off' } },
  ],
})
