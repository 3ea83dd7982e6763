/**
 * Makes a clone ready to run: dependencies installed, Node 24 found, dist built.
 *
 * Runs on the machine's own Node (20 or newer) and imports nothing that must be installed first.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const MODULES = join(ROOT, 'node_modules')
const MODULES_STAMP = join(MODULES, '.worktrain-stamp')
const DIST_STAMP = join(ROOT, 'dist', '.stamp')
const LOCK = join(ROOT, '.cache', 'setup.lock')

/** Ends the script with one line for the person. */
export class SetupError extends Error {}

const note = (line) => process.stderr.write(`${line}\n`)
const hash = (...parts) => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part).update('\0')
  return sum.digest('hex')
}
const readOr = (path, otherwise) => (existsSync(path) ? readFileSync(path, 'utf8') : otherwise)

/**
 * Installs dependencies when they are missing or are not those of the lockfile, and builds `dist` when
 * the sources differ from those it was built from.
 * @returns path of the Node 24 binary that everything runs with
 * @throws SetupError with a line that says what to do
 */
export async function setUp() {
  // Two commands on a fresh clone must not install into each other's half-made node_modules.
  if (!isInstalled() || !isBuilt()) {
    await withLock(async () => {
      if (!isInstalled()) await install()
      if (!isBuilt()) await buildDist()
    })
  }
  return findNode()
}

/** @returns a Node of the version the product needs: the installed one, else the one running this if it is new enough */
export function findNode() {
  const installed = join(MODULES, 'node', 'bin', 'node')
  if (existsSync(installed)) return installed
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  throw new SetupError(
    `Node 24 is needed, this is ${process.versions.node}, and the \`node\` package of this repository has no binary ` +
      '(are install scripts switched off?). Install Node 24, or run `npm ci --ignore-scripts=false`.',
  )
}

/**
 * The environment without what `npm run` adds to it, so that `npm start -- ARGS` is `worktrain ARGS`.
 * @param {NodeJS.ProcessEnv} env
 */
export function withoutNpm(env) {
  const kept = Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^npm_/i.test(name) && !['INIT_CWD', 'NODE', 'COLOR'].includes(name),
    ),
  )
  if (kept.PATH) kept.PATH = withoutNpmPath(kept.PATH)
  return kept
}

function withoutNpmPath(path) {
  return path
    .split(delimiter)
    .filter((entry) => !/[\\/]node_modules[\\/]\.bin$|[\\/]node-gyp-bin$/.test(entry))
    .join(delimiter)
}

/**
 * Runs a program in the foreground: its terminal, exit code and signals are this process's own.
 * @returns never: the process ends as the program did
 */
export function become(program, args, options) {
  const child = spawn(program, args, { ...options, stdio: 'inherit' })
  // Ctrl-C reaches the program from the terminal itself; this process only has to outlive it.
  const ignore = () => {}
  const forward = (signal) => child.kill(signal)
  process.on('SIGINT', ignore)
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, forward)
  child.on('error', (error) => {
    note(`worktrain: ${program} could not be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

/** Runs a script's main function; a SetupError becomes one line and exit code 1. */
export async function main(body) {
  try {
    await body()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    note(`worktrain: ${error.message}`)
    process.exit(1)
  }
}

function isInstalled() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8')
  if (readOr(MODULES_STAMP, '') === hash(lock)) return true
  if (!matchesLockfile(JSON.parse(lock))) return false
  // Somebody ran `npm ci` by hand: that is as good.
  writeFileSync(MODULES_STAMP, hash(lock))
  return true
}

/** Does npm's own record of what it installed agree with the lockfile? */
function matchesLockfile(lock) {
  const record = readOr(join(MODULES, '.package-lock.json'), null)
  if (record === null) return false
  const installed = JSON.parse(record).packages
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '')
  return (
    Object.keys(installed).every((path) => path in lock.packages) &&
    wanted.every(([path, entry]) => {
      const found = installed[path]
      return found === undefined ? entry.optional === true : found.integrity === entry.integrity
    })
  )
}

async function install() {
  note('worktrain: installing dependencies (npm ci, about 350 MB with Node 24 itself)…')
  const started = Date.now()
  const env = { ...withoutNpm(process.env), npm_config_fund: 'false', npm_config_audit: 'false' }
  const child = spawn('npm', ['ci', '--no-progress', '--loglevel=error', '--include=dev'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  const ticking = process.stderr.isTTY
    ? setInterval(() => process.stderr.write(`\r  ${Math.round((Date.now() - started) / 1000)} s `), 1000)
    : null
  const code = await new Promise((done) => {
    child.on('error', () => done(null))
    child.on('close', done)
  })
  if (ticking) {
    clearInterval(ticking)
    process.stderr.write('\r\u001b[K')
  }
  if (code === null) throw new SetupError('npm was not found on PATH; install Node with npm.')
  if (code !== 0) throw new SetupError(`\`npm ci\` failed (exit ${code}):\n${said.trim()}`)
  writeFileSync(MODULES_STAMP, hash(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  note(`worktrain: dependencies installed in ${Math.round((Date.now() - started) / 1000)} s`)
}

/** Hash of everything `dist` is made from. */
function sourcesHash() {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted()
  const others = ['package.json', 'package-lock.json', 'scripts/build.mjs'].map((name) => join(ROOT, name))
  return hash(...[...sources, ...others].flatMap((path) => [path.slice(ROOT.length), readFileSync(path)]))
}

function isBuilt() {
  return existsSync(join(ROOT, 'dist', 'worktrain.js')) && readOr(DIST_STAMP, '') === sourcesHash()
}

async function buildDist() {
  // Taken before the build: an edit while it runs must lead to another build.
  const built = sourcesHash()
  const { build } = await import('./build.mjs')
  try {
    await build()
  } catch (error) {
    throw new SetupError(`the build failed:\n${error.message}`, { cause: error })
  }
  writeFileSync(DIST_STAMP, built)
}

async function withLock(body) {
  mkdirSync(dirname(LOCK), { recursive: true })
  let waited = false
  while (!takeLock()) {
    if (!waited) note('worktrain: another command is setting up this clone; waiting for it…')
    waited = true
    await new Promise((done) => setTimeout(done, 200))
  }
  const release = () => rmSync(LOCK, { force: true })
  process.once('exit', release)
  try {
    await body()
  } finally {
    process.off('exit', release)
    release()
  }
}

function takeLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const owner = Number(readOr(LOCK, '0'))
  // An empty file: its owner is between creating and writing it.
  if (owner > 0 && !isAlive(owner)) rmSync(LOCK, { force: true })
  return false
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** @returns whether the program can be started at all */
export function hasProgram(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
}
