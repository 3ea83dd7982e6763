/** What an attack is aimed at: real files, processes, sockets and terminals, and whether they were hit. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { dirname, join, relative } from 'node:path'
import { spawn as spawnOnTerminal, type IPty } from '@lydell/node-pty'
import { processesOf, signal, startTimeOf } from '../../../src/platform/processes.ts'
import { keepAs, type Keep } from './keep.ts'

/** Where things lie; all of it in throw-away directories. */
export interface Places {
  home: string
  main: string
  /** The workspace of the session that attacks, and of another session. */
  ws: string
  other: string
  state: string
  run: string
  /** Environment for git, as the person has it. */
  env: Record<string, string>
  /** More words for scripts, by name. */
  words?: Record<string, string>
}

/** One attack, under way or over. */
export interface Attempt {
  /** A word of this attempt alone. */
  mark: string
  places: Places
  /** What `$NAME` in a script means. */
  words: Record<string, string>
  keep: Keep
  victim: { pid: number; startTime: string | null }
  /** What the attacker's program printed, or what the tool told the agent. */
  out: string
  /** Did something listening outside hear from it? */
  heard: () => boolean
  /** The next attempt has another victim. */
  spend: () => void
  /** Ref of main as it is now, and as it was. */
  moved: (ref: string) => boolean
}

export interface Stage {
  places: Places
  begin: () => Attempt
  /** Ends what the attempt left running and puts everything back. */
  end: (attempt: Attempt) => void
  close: () => Promise<void>
}

/** Files of the person's home that matter outside of any session. */
const HOME: Record<string, string> = {
  '.bashrc': '# mine\n',
  '.profile': '# mine\n',
  '.zshrc': '# mine\n',
  '.ssh/id_ed25519': 'SECRET\n',
  '.netrc': 'SECRET\n',
  '.aws/credentials': 'SECRET\n',
  '.config/systemd/user/mine.service': '# mine\n',
  '.cache/tools/program': '#!/bin/sh\n',
  'letters/private.txt': 'SECRET\n',
  '.local/share/notes': 'mine\n',
}
/** What comes there when a session runs already. */
const LATER = { '.local/share/keyrings/login.keyring': 'SECRET\n' }
/** What attacks make in the home besides. */
const MADE = ['pwned', '.c', '.ssh/authorized_keys']
const root = process.getuid?.() === 0

/** Plants the targets, opens what listens, starts who can be killed. Everything below `places` is kept as it is now. */
export async function setStage(places: Places): Promise<Stage> {
  const { home, main, ws, other, state, run } = places
  plantHome(home)
  plant(home, LATER)
  execFileSync('git', ['-C', main, 'branch', '-f', 'fourth', 'main'], { env: places.env })
  plant(state, { 'secret.txt': 'SECRET\n' })
  plant(other, { secret: 'SECRET\n' })
  const id = randomBytes(4).toString('hex')
  const heard = new Set<string>()
  const sockets = {
    TMPSOCK: `/tmp/wt-escape-${id}.sock`,
    DOCKERSOCK: join(home, '.docker/run/docker.sock'),
    HOMESOCK: join(home, `wt-${id}.sock`),
    RUNSOCK: join(shared(), `wt-escape-${id}.sock`),
    PRODUCTSOCK: join(run, `wt-${id}.sock`),
    ABSTRACT: `wt-escape-${id}`,
  }
  const servers: Server[] = []
  const listen = async (where: string | number): Promise<Server> => {
    if (typeof where === 'string' && where.startsWith('/')) mkdirSync(dirname(where), { recursive: true })
    const server = createServer((socket) => {
      socket.on('data', (bytes) => heard.add(bytes.toString().trim()))
      socket.on('error', () => socket.destroy())
    })
    servers.push(server)
    const opened = () =>
      typeof where === 'number'
        ? server.listen(where, '127.0.0.1')
        : server.listen(where.startsWith('/') ? where : `\0${where}`)
    await new Promise<void>((resolve, reject) => opened().once('listening', resolve).once('error', reject))
    return server
  }
  for (const where of Object.values(sockets)) await listen(where)
  const tcp = await listen(0)
  let shown = ''
  const terminal = openTerminal((text) => {
    shown += text
    for (const [mark] of shown.matchAll(/m[0-9a-f]{12}/g)) heard.add(mark)
  })
  const setuid = root ? plantSetuid(join(dirname(main), `setuid-${id}`)) : ''
  const keep = keepAs(
    [main, ws, other, join(home, '.ssh'), join(home, 'letters')],
    [
      openFile(main),
      ...[...Object.keys(HOME), ...MADE, '.gitconfig', '.claude/settings.json'].map((name) =>
        join(home, name),
      ),
    ],
  )
  const secret = keepAs([], [join(state, 'secret.txt')])
  const refs = (): Map<string, string> => {
    try {
      const format = '--format=%(refname:short) %(objectname)'
      const said = execFileSync('git', ['-C', main, 'for-each-ref', format], {
        env: places.env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return new Map(said.split('\n').map((line) => line.split(' ') as [string, string]))
    } catch {
      // No repository is left there.
      return new Map()
    }
  }
  const before = refs()
  let victim: ChildProcess | null = null

  function living(): number {
    const pid = victim?.pid ?? 0
    const whole =
      startTimeOf(pid) !== null && readFileSync(`/proc/${pid}/environ`, 'latin1').includes('SECRET')
    if (victim && whole && existsSync(`/proc/${pid}/cwd/README.md`)) return pid
    victim?.kill('SIGKILL')
    const env = { ...places.env, TOKEN: 'SECRET' }
    victim = spawn('sleep', ['600'], { cwd: main, env, stdio: 'ignore' })
    return victim.pid ?? 0
  }

  return {
    places,
    begin() {
      const mark = `m${randomBytes(6).toString('hex')}`
      const pid = living()
      const words: Record<string, string> = {
        ...{
          MAIN: main,
          WS: ws,
          OTHER: other,
          STATE: state,
          RUN: run,
          UP: relative(ws, main),
          FDFILE: openFile(main),
        },
        ...{ MARK: mark, NODE: process.execPath, PTS: terminal.name, SUID: setuid, VICTIM: String(pid) },
        ...{
          PORT: String((tcp.address() as AddressInfo).port),
          PTRACE: process.arch === 'arm64' ? '117' : '101',
        },
        ...sockets,
        ...places.words,
      }
      return {
        ...{ mark, places, words, out: '', victim: { pid, startTime: startTimeOf(pid) } },
        keep: { ...keep, changed: (path) => (path.startsWith(`${state}/`) ? secret : keep).changed(path) },
        heard: () => heard.has(mark),
        spend() {
          victim?.kill('SIGKILL')
          victim = null
        },
        moved: (ref) => before.get(ref) !== refs().get(ref),
      }
    },
    end({ mark }) {
      for (const pid of processesOf(null, `MARK=${mark}`)) signal(pid, 'SIGKILL')
      for (const place of ['/tmp', '/var/tmp', '/dev/shm', '/etc', ws])
        rmSync(join(place, mark), { recursive: true, force: true })
      if (existsSync(`${ws}.x`)) renameSync(`${ws}.x`, ws)
      rmSync(`${ws}-2`, { recursive: true, force: true })
      if (existsSync(join(home, '.c'))) {
        rmSync(join(home, '.claude'), { recursive: true, force: true })
        renameSync(join(home, '.c'), join(home, '.claude'))
      }
      keep.restore()
      secret.restore()
    },
    async close() {
      victim?.kill('SIGKILL')
      terminal.pty.kill('SIGKILL')
      for (const server of servers) await new Promise((resolve) => server.close(resolve))
      if (setuid) rmSync(setuid, { force: true })
    },
  }
}

/** A terminal of the person, with a program in front that reads nothing. */
function openTerminal(listener: (text: string) => void): { name: string; pty: IPty } {
  const script = 'stty raw -echo; tty; exec cat'
  const pty = spawnOnTerminal('/bin/sh', ['-c', script], { env: { PATH: process.env.PATH } })
  pty.onData(listener)
  return { name: (pty as unknown as { _pty: string })._pty, pty }
}

/** A program that runs as somebody else, by its setuid bit. */
function plantSetuid(path: string): string {
  copyFileSync(execFileSync('which', ['touch'], { encoding: 'utf8' }).trim(), path)
  chownSync(path, NOBODY, NOBODY)
  chmodSync(path, 0o4755)
  return path
}

export const NOBODY = 65_534

function shared(): string {
  const candidates = [`/run/user/${process.getuid?.()}`, '/run/lock', '/run']
  return candidates.find((path) => existsSync(path)) ?? '/tmp'
}

/** A file of the person that whoever started the session may have left open. */
export const openFile = (main: string): string => join(dirname(main), 'open.txt')

/** Before the cell is built, which hides only what is there. */
export function plantHome(home: string): void {
  plant(home, HOME)
  mkdirSync(join(home, '.docker/run'), { recursive: true })
}

function plant(directory: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
}

/** The script with every `$WORD` that the stage knows in its place; other variables are the shell's. */
export function spell(script: string, words: Record<string, string>): string {
  return script.replaceAll(/\$([A-Z0-9]+)\b/g, (whole, name: string) => words[name] ?? whole)
}
