/** What programs print when a real cell refuses them, read back: which path it was, and whether the wall did it. */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Denials, TerminalDenials } from '../../src/host/denials.ts'
import type { GuardPolicy, KernelWall } from '../../src/protocol/guard.ts'
import { directoriesOf } from '../../src/protocol/guard-shell.ts'
import { findProgram } from '../../src/platform/find.ts'
import { makeWorld, noCell, noLandlock, type World } from './world.ts'

let world: World
let policy: GuardPolicy

beforeAll(() => {
  world = makeWorld()
  mkdirSync(join(world.main, 'my dir'))
  writeFileSync(join(world.ws, 'a'), 'a\n')
  writeFileSync(join(world.ws, 'run.sh'), 'echo\n', { mode: 0o600 })
  policy = policyFor(['EROFS', 'EXDEV'])
})
afterAll(() => world.remove())

const policyFor = (says: KernelWall['says']): GuardPolicy => ({
  workspace: world.ws,
  writable: [world.spec.tempDir, '/tmp'],
  protect: [world.main, world.home, world.state, join(world.root, 'app.worktrees')],
  avoid: [],
  owns: [],
  granted: [],
  strays: 'refuse',
  branch: 'worktrain/one',
  repositoryRoot: world.main,
  home: world.home,
  kernel: {
    hidden: [
      world.state,
      world.run,
      join(world.root, 'app.worktrees'),
      join(world.home, '.ssh'),
      join(world.home, '.netrc'),
    ],
    says,
  },
})
const read = (text: string, over: Partial<GuardPolicy> = {}, from: string[] = []): string[] =>
  new Denials(() => ({ ...policy, ...over })).news(text, from).map(({ path }) => path)

/** A command that the wall refuses, and the path it must be found in; program: which it needs. */
const REFUSED: [command: string, path: string, program?: string][] = [
  ['echo x > $MAIN/f', 'app/f'],
  ['echo x >> "$MAIN/my dir/f"', 'app/my dir/f'],
  ["bash -c 'echo x > $MAIN/f'", 'app/f', 'bash'],
  ['zsh -c "echo x > $MAIN/f"', 'app/f', 'zsh'],
  ['cd $MAIN && touch f', 'app/f'],
  ['touch "$MAIN/my dir/f"', 'app/my dir/f'],
  ['mkdir $MAIN/d', 'app/d'],
  ['mkdir -p $MAIN/d/e', 'app/d'],
  ['cp a $MAIN/f', 'app/f'],
  ['mv a $MAIN/f', 'app/f'],
  ['rm -f $MAIN/README.md', 'app/README.md'],
  ['rm -rf $MAIN/.git', 'app/.git'],
  ['ln a $MAIN/f', 'app/f'],
  ['ln -s a $MAIN/f', 'app/f'],
  ['tee $MAIN/f < a', 'app/f'],
  ['dd if=a of=$MAIN/f', 'app/f'],
  ['install a $MAIN/f', 'app/f'],
  ['chmod 600 $MAIN/README.md', 'app/README.md'],
  ['truncate -s 0 $MAIN/README.md', 'app/README.md'],
  ['sed -i s/a/b/ $MAIN/README.md', 'app/sed'],
  ['echo x > $HOME/.bashrc', 'home/.bashrc'],
  ['git -C $MAIN commit --allow-empty -m x', 'app/.git'],
  ['git -C $MAIN branch other', 'app/.git'],
  ['git -C $MAIN config a.b c', 'app/.git/config'],
  ['git config --global a.b c', 'home/.gitconfig'],
  ['git -C $MAIN checkout third', 'app/.git'],
  ['git init $MAIN/x', 'app/x'],
  ['git clone -q . $MAIN/x', 'app/x'],
  ['git worktree add $MAIN/x HEAD', 'app/x'],
  [`$NODE -e "require('fs').writeFileSync(process.env.MAIN + '/f', '')"`, 'app/f'],
  [`$NODE -e "require('fs').renameSync('a', process.env.MAIN + '/f')"`, 'app/f'],
  [`python3 -c "import os; open(os.environ['MAIN'] + '/f', 'w')"`, 'app/f', 'python3'],
  [`python3 -c "import os; os.mkdir(os.environ['MAIN'] + '/d')"`, 'app/d', 'python3'],
  [`python3 -c "import shutil,os; shutil.copy('a', os.environ['MAIN'] + '/f')"`, 'app/f', 'python3'],
  [`perl -e 'open(F, ">", "$ENV{MAIN}/f") or die "cannot open $ENV{MAIN}/f: $!"'`, 'app/f', 'perl'],
  [`perl -e 'mkdir "$ENV{MAIN}/d" or die "$ENV{MAIN}/d: $!\\n"'`, 'app/d', 'perl'],
  ['tar cf $MAIN/x.tar a', 'app/x.tar', 'tar'],
  ['gzip -c a > $MAIN/a.gz', 'app/a.gz'],
  ['curl -o $MAIN/f file://$WS/a', 'app/f', 'curl'],
  ['npm install --prefix $MAIN --offline --no-audit ./nothing', 'app', 'npm'],
  ['cat $HOME/.ssh/id_ed25519', 'home/.ssh'],
  ['cat $HOME/.netrc', 'home/.netrc'],
  ['cat $OTHER/secret', 'app.worktrees/two'],
  ['ls $STATE/journal.db', 'state/journal.db'],
]

/** Failures of which the wall is not guilty. */
const ORDINARY = [
  'cat nothing-here',
  'cat $MAIN/nothing-here',
  'ls /nothing/at/all',
  './run.sh',
  '$MAIN/README.md',
  'mkdir -p x/y && chmod 000 x/y && ls x/y/z',
  "echo 'Read-only file system'",
  'echo "docs: say that /etc is a read-only file system there" | grep -v x',
  'touch a/b',
  'git checkout nothing-here',
  'git push origin nothing-here',
  '$NODE nothing.js',
  '$NODE -e "process.kill(1, 0)"',
  'kill -9 1',
  'touch $WS/x/y/z/w',
  `python3 -c "open('nope/x')"`,
]

describe(`a cell of mounts${noCell}`, () => {
  test.skipIf(noCell !== '').each(REFUSED)('tells of: %s', async (command, path, program) => {
    if (program !== undefined && findProgram(program, process.env.PATH ?? '') === null) return
    const { code, stdout, stderr } = await world.script(command)
    const from = directoriesOf(command.replaceAll('$MAIN', world.main), world.ws)
    expect(code, stdout).not.toBe(0)
    expect(read(stdout + stderr, {}, from)[0] ?? `${stdout}${stderr}`).toContain(join(world.root, path))
  })

  test.skipIf(noCell !== '').each(ORDINARY)('is not blamed for: %s', async (command) => {
    const { stdout, stderr } = await world.script(command)
    expect(read(stdout + stderr), stdout + stderr).toEqual([])
  })
})

describe(`a cell of rules${noLandlock}`, () => {
  test.skipIf(noLandlock !== '').each(REFUSED.slice(0, 12))(
    'tells of: %s',
    async (command, path, program) => {
      if (program !== undefined && findProgram(program, process.env.PATH ?? '') === null) return
      const { stdout, stderr } = await world.script(command, { rung: 'landlock' })
      const from = directoriesOf(command.replaceAll('$MAIN', world.main), world.ws)
      const wall = policyFor(['EACCES', 'EXDEV'])
      expect(read(stdout + stderr, wall, from)[0] ?? `${stdout}${stderr}`).toContain(join(world.root, path))
    },
  )
})

describe('what is told', () => {
  test('each path once, with what it is and what to do, until the turn is over', () => {
    const denials = new Denials(() => policy)
    const line = `touch: cannot touch '${world.main}/f': Read-only file system`
    const [told] = denials.news(`${line}\n${line}`)
    expect(told).toMatchObject({
      path: join(world.main, 'f'),
      why: expect.stringContaining('EROFS'),
      instead: expect.stringContaining(`${world.ws}/f`),
    })
    expect(denials.news(line)).toEqual([])
    denials.forget()
    expect(denials.news(line)).toHaveLength(1)
  })

  test('nothing without a wall of the kernel, whatever is printed', () => {
    expect(read(`cat: ${world.main}/f: Read-only file system`, { kernel: null })).toEqual([])
  })

  test('a file that this user may not use anyway is no refusal of the wall', () => {
    const strict = policyFor(['EACCES'])
    const denials = new Denials(() => strict)
    const missing = join(world.main, 'no/such/directory/f')
    expect(denials.news(`cat: ${missing}: Permission denied`)).toEqual([])
    accessSync(join(world.main, 'README.md'), constants.R_OK)
    expect(denials.news(`cat: ${world.main}/README.md: Permission denied`)).toHaveLength(1)
  })

  test('hostile output makes no more than noise', () => {
    const forged = Array.from({ length: 5000 }, (_, i) => `x: ${world.main}/${i}: Read-only file system`)
    expect(read(forged.join('\n'))).toHaveLength(20)
    expect(read(`${'x'.repeat(1e6)}: /a: Read-only file system\n${"'".repeat(100_000)} EROFS`)).toEqual([])
    expect(read(`a: ${world.main}/\0\u001b[31m: EROFS`)).toEqual([])
  })

  test('a terminal is read by its lines: colours, pieces of a line, floods', () => {
    const told: string[] = []
    let now = 0
    const terminal = new TerminalDenials(
      () => policy,
      () => now,
      ({ path }) => told.push(path),
    )
    const write = (text: string) => terminal.take(Buffer.from(text))
    write(`\u001b[31mtouch: cannot touch '${world.main}`)
    write(`/f': \u001b[1mRead-only file`)
    write(` system\u001b[0m\r\nnext`)
    expect(told).toEqual([join(world.main, 'f')])
    write('\n' + `x: ${world.ws}/fine: Read-only file system\n`.repeat(500))
    write(`x: ${world.main}/late: Read-only file system\n`)
    expect(told).toHaveLength(1)
    now = 60_000
    write(`x: ${world.main}/later: Read-only file system\n`)
    expect(told.at(-1)).toBe(join(world.main, 'later'))
  })
})
