/** A small machine of its own: a home, a main repository, two sealed workspaces, state and runtime files. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run, type RunResult } from '../../src/platform/run.ts'
import { buildCell, probeRung, type CellSpec, type WantedRung } from '../../src/walls/index.ts'

const PATH = process.env.PATH ?? '/usr/bin:/bin'

/** Why tests on this rung cannot run here; empty: they can. */
async function lacks(rung: WantedRung): Promise<string> {
  try {
    await probeRung({ env: { PATH }, rung })
    return ''
  } catch (error) {
    return ` (skipped: ${(error as Error).message})`
  }
}

/** Why tests in a real cell cannot run here; empty: they can. */
export const noCell = await lacks('bubblewrap')
export const noLandlock = await lacks('landlock')
export const noSandboxExec = await lacks('sandbox-exec')

export interface World {
  root: string
  home: string
  main: string
  /** Workspace of the session under test, and of another. */
  ws: string
  other: string
  state: string
  run: string
  temp: string
  spec: CellSpec
  env: Record<string, string>
  git: (directory: string, ...args: string[]) => string
  /** Runs a shell script as a process of the session. */
  script: (
    text: string,
    options?: { rung?: WantedRung; env?: Record<string, string>; spec?: Partial<CellSpec> },
  ) => Promise<RunResult>
  remove: () => void
}

export function makeWorld(): World {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-walls-')))
  const at = (...names: string[]) => join(root, ...names)
  const [home, main, state, runDir] = [at('home'), at('app'), at('state'), at('run')]
  const [ws, other, temp] = [at('app.worktrees/one'), at('app.worktrees/two'), at('state/sessions/one/tmp')]
  const env = { PATH, HOME: home, LANG: 'C', GIT_CONFIG_NOSYSTEM: '1' }
  const git = (directory: string, ...args: string[]) =>
    execFileSync('git', ['-C', directory, ...args], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()

  const files: Record<string, string> = {
    'home/.bashrc': '# mine\n',
    'home/.profile': '# mine\n',
    'home/.zshrc': '# mine\n',
    'home/.gitconfig':
      '[user]\n\tname = A Person\n\temail = person@example.org\n[init]\n\tdefaultBranch = main\n',
    'home/.ssh/id_ed25519': 'SECRET\n',
    'home/.netrc': 'SECRET\n',
    'home/.claude/settings.json': '{}\n',
    'home/.config/systemd/user/mine.service': '# mine\n',
    'home/.agent/inner/settings.json': '{}\n',
    'state/journal.db': 'SECRET\n',
    'app/README.md': 'main\n',
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), content)
  }
  for (const path of [temp, runDir]) mkdirSync(path, { recursive: true, mode: 0o700 })
  git(main, 'init', '-q', '-b', 'main')
  git(main, 'add', '-A')
  git(main, 'commit', '-q', '-m', 'first')
  git(main, 'branch', 'third')
  for (const [path, name] of [
    [ws, 'one'],
    [other, 'two'],
  ] as const) {
    git(root, 'clone', '-q', '--shared', '--no-tags', main, path)
    git(path, 'switch', '-q', '-c', `worktrain/${name}`)
  }
  writeFileSync(join(other, 'secret'), 'SECRET\n')

  const spec: CellSpec = {
    session: 'one',
    workspace: ws,
    tempDir: temp,
    home,
    writable: [at('home/.agent')],
    readable: [main, dirname(process.execPath)],
    protect: [at('home/.agent/inner/settings.json')],
    hidden: [state, runDir, dirname(ws)],
    network: true,
  }
  const script: World['script'] = async (text, options = {}) => {
    const launch = await buildCell(
      { ...spec, ...options.spec },
      { argv: ['/bin/sh', '-c', text], env: { PATH }, ...(options.rung ? { rung: options.rung } : {}) },
    )
    const [program = '', ...args] = launch.argv
    const paths = {
      ROOT: root,
      MAIN: main,
      WS: ws,
      OTHER: other,
      STATE: state,
      RUN: runDir,
      NODE: process.execPath,
    }
    return run(program, args, {
      cwd: ws,
      env: { ...env, ...paths, ...launch.env, ...options.env },
      timeoutMs: 30_000,
    })
  }
  const remove = () => {
    // What tests closed to everybody closes it to an ordinary user's `rm` too.
    execFileSync('chmod', ['-R', 'u+rwX', root])
    rmSync(root, { recursive: true, force: true })
  }
  return { root, home, main, ws, other, state, run: runDir, temp, spec, env, git, script, remove }
}
