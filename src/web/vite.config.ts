/** How the web board becomes `dist/web`: `scripts/build.mjs` calls it. */
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  publicDir: false,
  clearScreen: false,
  logLevel: 'warn',
  build: {
    assetsDir: 'assets',
    // Nothing in the page itself: its policy forbids scripts there.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    sourcemap: false,
    chunkSizeWarningLimit: 1000,
  },
})
