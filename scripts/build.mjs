/** Builds dist: with esbuild one entry a process, shared code in chunks; with Vite the web board, in `dist/web`. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT, main, setUp } from './setup.mjs'

/** dist file -> source. Processes find each other in dist by these names. */
const ENTRIES = {
  worktrain: 'src/cli/main.ts',
  supervisor: 'src/supervisor/main.ts',
  host: 'src/host/main.ts',
  erase: 'src/supervisor/erase-main.ts',
  'scripted-agent': 'src/rehearsal/scripted-agent.ts',
}

/** Not code of ours to bundle: found beside the chunks by name. */
const COPIED = ['src/walls/landlock.pl']

/** A running supervisor loads chunks lazily: those of an older build stay for a day. */
const KEEP_OLD_MS = 24 * 60 * 60 * 1000

// Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have.
const REQUIRE =
  "import { createRequire as worktrainCreateRequire } from 'node:module'; const require = worktrainCreateRequire(import.meta.url);"

export async function build() {
  const entryPoints = Object.fromEntries(
    Object.entries(ENTRIES).map(([name, source]) => [name, join(ROOT, source)]),
  )
  const { build: bundle } = await import('esbuild')
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const fresh = mkdtempSync(join(ROOT, '.cache', 'dist-'))
  try {
    await bundle({
      absWorkingDir: ROOT,
      entryPoints,
      outdir: fresh,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      minify: false,
      sourcemap: 'linked',
      external: ['@lydell/node-pty'],
      // A supervisor of an older build is known by it (src/protocol/version.ts).
      define: { WORKTRAIN_BUILT: String(Date.now()) },
      banner: { js: REQUIRE },
      logLevel: 'error',
    })
    for (const file of COPIED) copyFileSync(join(ROOT, file), join(fresh, basename(file)))
    const { build: buildBoard } = await import('vite')
    await buildBoard({
      configFile: join(ROOT, 'src/web/vite.config.ts'),
      mode: 'production',
      build: { outDir: join(fresh, 'web'), emptyOutDir: true },
    })
    // A classic script of its own: it shares no chunk with the page.
    await bundle({
      absWorkingDir: ROOT,
      entryPoints: ['src/web/push-worker.ts'],
      outdir: join(fresh, 'web'),
      bundle: true,
      format: 'iife',
      target: 'es2023',
      minify: true,
      logLevel: 'error',
    })
    replace(fresh, join(ROOT, 'dist'))
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** Moves a build into place file by file, what is loaded before the entries that name it. */
function replace(fresh, dist) {
  const files = filesBelow(fresh)
  const isEntry = (file) => file.replace(/\.js(\.map)?$/, '') in ENTRIES || file === join('web', 'index.html')
  for (const file of [...files.filter((name) => !isEntry(name)), ...files.filter(isEntry)]) {
    mkdirSync(dirname(join(dist, file)), { recursive: true })
    renameSync(join(fresh, file), join(dist, file))
  }
  for (const file of filesBelow(dist)) {
    const path = join(dist, file)
    if (!file.startsWith('.') && !files.includes(file) && Date.now() - statSync(path).mtimeMs > KEEP_OLD_MS)
      rmSync(path)
  }
}

/** Paths of all files below a directory, relative to it. */
function filesBelow(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Not awaited: setUp imports this very module, which must have been evaluated by then.
  void main(async () => {
    await setUp()
    process.stdout.write('dist is built\n')
  })
}
