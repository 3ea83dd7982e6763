import { defineConfig } from 'vitest/config'

/** Unit and contract tests beside end-to-end, fault and security tests; `scripts/test.mjs` chooses. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    pool: 'forks',
    reporters: ['default'],
  },
})
