/**
 * `npm test`: static checks, then every test, then one line `N passed, N failed, N skipped`.
 *
 * `--static`, `--unit`, `--e2e` run one part; further arguments are passed on to vitest (file filters).
 * `--all` tries every case of the long lists, of which otherwise each commit tries a few (test/fixtures/sample.ts).
 * In CI (`CI` set) a test that is skipped for want of a program is a failure.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { ROOT, SetupError, hasProgram, main, setUp, withoutNpm } from './setup.mjs'

/** Program -> Debian package. Tests that need a missing one skip themselves and name it. */
const SYSTEM_PROGRAMS = {
  bwrap: 'bubblewrap',
  tmux: 'tmux',
  socat: 'socat',
  chromium: 'chromium',
  'git-lfs': 'git-lfs',
  'python3 with venv': 'python3-venv',
}
/** How to see that it is there, where the name of the program does not say it. */
const PRESENT = { 'python3 with venv': ['/usr/bin/python3', ['-c', 'import ensurepip, venv']] }
/** Folders whose tests start many processes: they run after the others and few at a time. */
const HEAVY = ['bench', 'e2e', 'faults', 'rehearsal', 'security', 'work']
const NOT_TESTS = ['fixtures', 'soak']
const STATIC = [
  ['types', 'tsc', ['--noEmit', '-p', '.']],
  ['types of the web board', 'tsc', ['--noEmit', '-p', 'src/web']],
  ['lint', 'oxlint', ['--deny-warnings', '--type-aware']],
  [
    'format',
    'oxfmt',
    ['--check', 'src', 'test', 'bench', 'scripts', 'bin', 'oxlint.config.ts', 'vitest.config.ts'],
  ],
  ['unused code', 'knip', ['--no-progress']],
]

const CI = Boolean(process.env.CI) && process.env.CI !== 'false'
const total = { passed: 0, failed: 0, skipped: [], flaky: [], left: 0 }

await main(async () => {
  const { parts, filters, all } = parse(process.argv.slice(2))
  const node = await setUp()
  const missing = parts.has('unit') || parts.has('e2e') ? await installSystemPrograms() : []
  const env = { ...environment(node), ...(all ? { WORKTRAIN_ALL: '1' } : {}) }
  if (parts.has('unit') || parts.has('e2e')) {
    const claude = fetchClaude(node, env)
    if (claude) env.WORKTRAIN_TEST_CLAUDE = claude
    else missing.push('Claude Code')
  }

  if (parts.has('static')) for (const check of STATIC) await runStatic(check, env)
  if (parts.has('unit'))
    await runVitest(
      'unit',
      filters.length > 0 ? filters : suites((name) => !HEAVY.includes(name)),
      ['--maxWorkers=100%'],
      env,
    )
  if (parts.has('e2e'))
    await runVitest(
      'end to end',
      suites((name) => HEAVY.includes(name)),
      ['--maxWorkers=2'],
      env,
    )
  if (!all && parts.has('unit'))
    process.stdout.write(
      `\n${total.left} slow tests, and cases of long lists, are left to other commits: \`npm run soak:tests\` runs all\n`,
    )
  process.exitCode = summarise(missing)
})

function parse(args) {
  const options = args.filter((arg) => arg.startsWith('--'))
  const filters = args.filter((arg) => !arg.startsWith('--'))
  const PARTS = ['--static', '--unit', '--e2e']
  const unknown = options.find((option) => ![...PARTS, '--all'].includes(option))
  if (unknown)
    throw new SetupError(
      `unknown option ${unknown}; usage: npm test -- [--static] [--unit] [--e2e] [--all] [FILE…]`,
    )
  const all = options.includes('--all')
  if (filters.length > 0) return { parts: new Set(['unit']), filters, all }
  const asked = PARTS.filter((part) => options.includes(part))
  return { parts: new Set((asked.length > 0 ? asked : PARTS).map((part) => part.slice(2))), filters, all }
}

/** A person's own Worktrain must neither be seen nor touched by the tests. */
function environment(node) {
  const env = Object.fromEntries(
    Object.entries(withoutNpm(process.env)).filter(([name]) => !/^(WORKTRAIN|CLAUDE|ANTHROPIC)/.test(name)),
  )
  return {
    ...env,
    PATH: [dirname(node), join(ROOT, 'node_modules', '.bin'), env.PATH].filter(Boolean).join(delimiter),
  }
}

async function installSystemPrograms() {
  const there = (program) => {
    const [command, args] = PRESENT[program] ?? []
    return command ? spawnSync(command, args, { stdio: 'ignore' }).status === 0 : hasProgram(program)
  }
  const absent = () => Object.keys(SYSTEM_PROGRAMS).filter((program) => !there(program))
  if (absent().length === 0) return []
  if (process.platform === 'linux' && process.getuid?.() === 0 && hasProgram('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const apt = (...args) =>
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
    let updated = false
    // One by one: a distribution that lacks one package has the others.
    for (const program of absent()) {
      const name = SYSTEM_PROGRAMS[program]
      process.stderr.write(`worktrain: installing ${name} with apt-get for the tests…\n`)
      const install = () => apt('install', '-y', '--no-install-recommends', name)
      if (install() || updated) continue
      updated = true
      apt('update')
      install()
    }
  }
  return absent()
}

/** The real agent, from the machine or the cache, fetched there once. @returns its path, or '' */
function fetchClaude(node, env) {
  const fetched = spawnSync(node, [join(ROOT, 'scripts', 'fetch-claude.ts')], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return fetched.stdout.trim()
}

function suites(belongs) {
  const directory = join(ROOT, 'test')
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NOT_TESTS.includes(entry.name) && belongs(entry.name))
    .map((entry) => `test/${entry.name}/`)
}

async function runStatic([name, program, args], env) {
  const started = Date.now()
  const existing = args.filter((arg) => arg.startsWith('-') || arg === '.' || existsSync(join(ROOT, arg)))
  const code = await run(join(ROOT, 'node_modules', '.bin', program), existing, env)
  if (code === 0) total.passed += 1
  else total.failed += 1
  process.stdout.write(`${code === 0 ? 'ok' : 'FAILED'}  ${name} (${program}, ${Date.now() - started} ms)\n`)
}

async function runVitest(title, files, options, env) {
  if (files.length === 0) return
  process.stdout.write(`\n${title}\n`)
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const directory = mkdtempSync(join(ROOT, '.cache', 'test-'))
  const counts = join(directory, 'counts.json')
  const args = [
    'run',
    '--passWithNoTests',
    '--update=none',
    '--reporter=default',
    '--reporter=./scripts/reporter.mjs',
    ...options,
    ...files,
  ]
  const code = await run(join(ROOT, 'node_modules', '.bin', 'vitest'), args, {
    ...env,
    WORKTRAIN_TEST_COUNTS: counts,
  })
  const suite = existsSync(counts)
    ? JSON.parse(readFileSync(counts, 'utf8'))
    : { passed: 0, failed: 0, skipped: [], flaky: [], left: 0 }
  rmSync(directory, { recursive: true, force: true })
  total.passed += suite.passed
  // Vitest may fail without a failed test, such as on a snapshot that nobody uses.
  total.failed += code !== 0 && suite.failed === 0 ? 1 : suite.failed
  total.skipped.push(...suite.skipped)
  total.flaky.push(...suite.flaky)
  total.left += suite.left
}

function summarise(missing) {
  process.stdout.write('\n')
  if (total.skipped.length > 0) process.stdout.write('skipped:\n')
  for (const { name, why } of total.skipped) process.stdout.write(`  ${name}${why ? `: ${why}` : ''}\n`)
  if (total.flaky.length > 0)
    process.stdout.write('passed only when repeated, a defect of the test or worse:\n')
  for (const { name, why } of total.flaky)
    process.stdout.write(`  ${name}\n${why.replace(/^(?=.)/gm, '    ')}\n`)
  if (missing.length > 0)
    process.stdout.write(`not on this machine, and not to be had by this script: ${missing.join(', ')}\n`)
  const wanting = CI && missing.length > 0
  if (wanting) process.stdout.write('CI is set: a missing program is a failure\n')
  const failed = total.failed + (wanting ? missing.length : 0)
  process.stdout.write(`${total.passed} passed, ${failed} failed, ${total.skipped.length} skipped\n`)
  return failed === 0 ? 0 : 1
}

function run(program, args, env) {
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done(code ?? 1))
  })
}
