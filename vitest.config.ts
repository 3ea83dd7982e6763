import { defineConfig } from 'vitest/config'

/** Unit and contract tests beside end-to-end, fault and security tests; `scripts/test.mjs` chooses. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // As long as the stories wait for anything else: by itself it would be one second.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    runner: './test/turns.ts',
    // A loaded machine must not turn a landing red; `npm test` names every test that needed it.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default'],
  },
})
