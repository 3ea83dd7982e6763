/** The sandbox-exec rung: the profile (pure), and on a Mac what it keeps (real). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CellFacts } from '../../src/walls/mounts.ts'
import { seatbeltArgv, seatbeltProfile } from '../../src/walls/seatbelt.ts'
import { makeWorld, noSandboxExec, type World } from './world.ts'

const at = (path: string, directory = true) => ({ path, directory })
const facts: CellFacts = {
  workspace: '/trees/one',
  tempDir: '/state/one/tmp',
  home: '/Users/me',
  writable: [at('/Users/me/.agent')],
  readable: [],
  protect: [at('/Users/me/.agent/inner/settings.json', false)],
  contested: [],
  hidden: [at('/Users/me/.ssh'), at('/Users/me/.netrc', false), at('/trees'), at('/state')],
  programs: [],
  sockets: [],
  volatile: ['/private/tmp'],
  root: false,
}

/** The profile with the paths in it, for reading. */
function spelled({ profile, parameters }: ReturnType<typeof seatbeltProfile>): string[] {
  const values = parameters.filter((word) => word !== '-D').map((word) => word.slice(word.indexOf('=') + 1))
  return profile
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/\(param "P(\d+)"\)/g, (_, i) => values[Number(i)] ?? '?'))
}

describe('the profile', () => {
  test('denies all writing, then says path by path what holds, parents first', () => {
    expect(spelled(seatbeltProfile(facts))).toMatchInlineSnapshot(`
      [
        "(version 1)",
        "(allow default)",
        "(deny file-write*)",
        "(deny signal)",
        "(allow signal (target same-sandbox))",
        "(deny process-info*)",
        "(allow process-info* (target same-sandbox))",
        "(deny appleevent-send)",
        "(deny lsopen)",
        "(deny job-creation)",
        "(deny network-outbound (remote unix-socket))",
        "(deny file-read-data (regex #"^/dev/ttys[0-9]+$"))",
        "(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/dtracehelper"))",
        "(allow network-outbound (remote unix-socket (path-literal /nix/var/nix/daemon-socket/socket)))",
        "(allow network-outbound (remote unix-socket (path-literal /private/var/run/mDNSResponder)))",
        "(deny file-read* file-write* (subpath /trees))",
        "(deny network-outbound (remote unix-socket (subpath /trees)))",
        "(deny file-read* file-write* (subpath /state))",
        "(deny network-outbound (remote unix-socket (subpath /state)))",
        "(deny file-read* file-write* (subpath /private/tmp))",
        "(deny network-outbound (remote unix-socket (subpath /private/tmp)))",
        "(deny file-write* (subpath /Users/me))",
        "(allow file-read* (subpath /Users/me))",
        "(allow file-read* file-write* (subpath /trees/one))",
        "(allow network-outbound (remote unix-socket (subpath /trees/one)))",
        "(deny file-read* file-write* (subpath /Users/me/.ssh))",
        "(deny network-outbound (remote unix-socket (subpath /Users/me/.ssh)))",
        "(deny file-read* file-write* (subpath /Users/me/.netrc))",
        "(deny network-outbound (remote unix-socket (subpath /Users/me/.netrc)))",
        "(allow file-read* file-write* (subpath /Users/me/.agent))",
        "(allow network-outbound (remote unix-socket (subpath /Users/me/.agent)))",
        "(allow file-read* file-write* (subpath /state/one/tmp))",
        "(allow network-outbound (remote unix-socket (subpath /state/one/tmp)))",
        "(allow file-read* file-write* (subpath /Users/me/.agent/inner))",
        "(allow network-outbound (remote unix-socket (subpath /Users/me/.agent/inner)))",
        "(deny file-write* (subpath /Users/me/.agent/inner/settings.json))",
        "(allow file-read* (subpath /Users/me/.agent/inner/settings.json))",
        "(allow file-read-metadata (literal /trees))",
        "(allow file-read-metadata (literal /state))",
        "(allow file-read-metadata (literal /state/one))",
        "(deny file-write-unlink (literal /trees/one))",
        "(deny file-write-unlink (literal /Users/me/.agent))",
        "(deny file-write-unlink (literal /state/one/tmp))",
        "(deny file-write-unlink (literal /Users/me/.agent/inner))",
      ]
    `)
  })

  test('has no path in it: a hostile name cannot become a rule', () => {
    const hostile = '/trees/one")) (allow default) ; \\ \n ("'
    const { profile, parameters } = seatbeltProfile({ ...facts, workspace: hostile })
    expect(profile).not.toContain('one')
    expect(parameters).toContainEqual(expect.stringMatching(/^P\d+=\/trees\/one"\)\)/))
    expect(profile.match(/[^\x20-\x7e\n]/)).toBe(null)
    expect(profile.split('\n')).toHaveLength(seatbeltProfile(facts).profile.split('\n').length)
  })

  test('is followed by the program, its directory and no variable that leads out', () => {
    const line = seatbeltArgv(facts, { program: '/usr/bin/sandbox-exec' }, '/trees/one', ['a=b', 'x y'])
    expect(line[0]).toBe('/usr/bin/sandbox-exec')
    expect(line.slice(-6)).toEqual([
      '/bin/sh',
      '-c',
      expect.stringMatching(/^unset SSH_AUTH_SOCK .*; cd "\$0" && exec "\$@"$/),
      '/trees/one',
      'a=b',
      'x y',
    ])
  })
})

describe.skipIf(noSandboxExec)(`behind sandbox-exec${noSandboxExec}`, () => {
  let w: World
  beforeAll(() => {
    w = makeWorld()
  })
  afterAll(() => w.remove())
  const run = (script: string) => w.script(script, { rung: 'sandbox-exec' })

  test('a session works in its workspace and its temp', async () => {
    const { stdout, stderr } = await run(
      'set -e; pwd -P > /dev/null; echo a > a; git add a; git commit -qm one; git log --format=%s -1; echo t > "$TMPDIR/t"; mv "$TMPDIR/t" t; cat t; head -1 ~/.gitconfig',
    )
    expect({ stdout, stderr }).toEqual({ stdout: 'one\nt\n[user]\n', stderr: '' })
  })

  test('it reads and changes nothing that is hidden or protected', async () => {
    const { stdout } = await run(`
      cat ~/.ssh/id_ed25519 ~/.netrc "$OTHER/secret" "$STATE/journal.db"; ln ~/.netrc n && cat n
      echo x > "$MAIN/pwned"; rm -f "$MAIN/README.md"; echo x >> ~/.bashrc; mv "$WS" "$WS.x"
      rm -f ~/.agent/inner/settings.json; mv ~/.agent/inner ~/.agent/y; exit 0`)
    expect(stdout).toBe('')
    expect(existsSync(join(w.main, 'pwned'))).toBe(false)
    expect(existsSync(w.ws)).toBe(true)
    expect(readFileSync(join(w.main, 'README.md'), 'utf8')).toBe('main\n')
    expect(readFileSync(join(w.home, '.bashrc'), 'utf8')).toBe('# mine\n')
    expect(readFileSync(join(w.home, '.agent/inner/settings.json'), 'utf8')).toBe('{}\n')
  })

  test('it ends with the exit code of its program', async () => {
    expect((await run('exit 7')).code).toBe(7)
  })
})
