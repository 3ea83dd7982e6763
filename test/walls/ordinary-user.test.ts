/** Each rung for a user without privileges; where the tests run as root, as user nobody. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { noCell, noLandlock } from './world.ts'

const PROGRAM = join(import.meta.dirname, 'ordinary-user.ts')
const root = process.getuid?.() === 0
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
const start = [...(root ? AS_NOBODY : []), process.execPath]
const able = spawnSync(start[0] ?? '', [...start.slice(1), '-e', `fs.accessSync(${JSON.stringify(PROGRAM)})`])
const unable =
  able.status === 0 ? '' : ' (skipped: user nobody cannot read the sources, or setpriv is missing)'

const SCRIPT = `
  grep -E '^Cap(Prm|Eff)|^NoNewPrivs' /proc/self/status | tr -s '\\t\\n' '  '
  echo a > a && git add a && git commit -qm one && git log --format=%s -1
  cat "$OTHER/secret" ~/.ssh/id_ed25519 "$STATE/journal.db"; echo x > "$MAIN/pwned"; echo x >> ~/.bashrc; exit 3`

for (const [rung, lacks] of [
  ['bubblewrap', noCell],
  ['landlock', noLandlock],
] as const) {
  const without = lacks || unable
  test.skipIf(without)(`${rung} holds an ordinary user, who works in it${without}`, () => {
    const home = mkdtempSync(join(tmpdir(), 'worktrain-nobody-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    chmodSync(home, 0o777)
    const [program = '', ...args] = [...start, PROGRAM, rung, SCRIPT]
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home }
    const result = spawnSync(program, args, { cwd: home, env, encoding: 'utf8' })
    expect(result.status, result.stderr).toBe(0)
    const { code, stdout, stderr, uid } = JSON.parse(result.stdout)
    expect(uid).not.toBe(0)
    expect(stdout, stderr).toBe('CapPrm: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1 one\n')
    expect(stderr.match(/denied|No such file|Read-only/g)?.length).toBeGreaterThanOrEqual(5)
    expect(code).toBe(3)
  })
}
