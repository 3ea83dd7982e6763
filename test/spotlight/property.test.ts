/** Any state of a checkout, any work, there and back: what the person had is what they have. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { every } from '../fixtures/sample.ts'
import { commit, sh } from '../fixtures/plain-git.ts'
import { back, FILES, openPlace, picture, show, stageOf } from './scene.ts'
import { type Random, random as numbers } from '../fixtures/random.ts'
import { stateOf } from '../../src/spotlight/index.ts'

const ROUNDS = every ? 40 : 4
const PATHS = ['a.txt', 'b.txt', 'c.txt', 'dir/one.txt', 'dir/two.txt', 'gone.txt', 'README.md', '.gitignore']
const NEW = [
  'n1.txt',
  'sub/n2.txt',
  'sub',
  'dir',
  'c.txt/x',
  'a.txt/y',
  'out/k.bin',
  'z.log',
  'sp ace\n.txt',
  'ü.txt',
]

const pick = <T>(random: Random, all: readonly T[]): T => all[random(all.length)] as T
const content = (random: Random) =>
  pick(random, ['x\n', 'y\r\nz\n', '', 'no end', 'many\n'.repeat(50), '\u0000binary\u0000']) +
  String(random(4))

/** Something a person or their program does to a file; what cannot be done is not. */
function meddle(root: string, random: Random, paths: readonly string[]): void {
  const path = pick(random, paths)
  const file = join(root, path)
  const add = () => sh(root, '--literal-pathspecs', 'add', '-A', '-f', '--', path)
  const put = () => {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content(random))
  }
  const acts = [
    put,
    put,
    () => (put(), add()),
    () => (put(), add(), put()),
    () => rmSync(file, { recursive: true }),
    () => (rmSync(file, { recursive: true }), add()),
    () => chmodSync(file, lstatSync(file).isDirectory() ? 0o755 : pick(random, [0o755, 0o600, 0o644])),
    () => (
      rmSync(file, { recursive: true, force: true }),
      symlinkSync(pick(random, ['a.txt', '/nowhere/at/all']), file)
    ),
    () => sh(root, '--literal-pathspecs', 'add', '-N', '-f', '--', path),
    () => sh(root, '--literal-pathspecs', 'rm', '-q', '--cached', '-r', '-f', '--', path),
    () => renameSync(file, join(root, `moved-${random(3)}`)),
  ]
  try {
    pick(random, acts)()
  } catch {
    // Such as a directory where a file was to be.
  }
}

describe('there and back', () => {
  // A gate must not turn red by chance: other seeds are tried by `npm run soak:tests`.
  const from = every ? 0 : 1303
  it.each(Array.from({ length: ROUNDS }, (_, i) => from + i))('seed %i', async (seed) => {
    const random = numbers(seed * 7919)
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-spotlight-')))
    try {
      const attributes = pick(random, ['* text=auto\n', '*.txt ident\n', 'a.txt -text\n'])
      const place = await openPlace(home, {}, { ...FILES, '.gitattributes': attributes })
      const { root } = place
      // The session's work, made as a person would make it.
      sh(root, 'switch', '-q', '-c', 'work')
      for (let i = 0; i < 6; i += 1) meddle(root, random, [...PATHS, ...NEW])
      commit(root, { 'always.txt': 'x\n' })
      sh(root, 'switch', '-q', '-f', 'main')
      sh(root, 'clean', '-qfdx')
      const snapshot = sh(root, 'commit-tree', '-p', 'work', '-m', 'snapshot', 'work^{tree}')
      const work = { session: 's1', name: 'kamal', n: 1, commit: snapshot }
      for (let i = 0; i < 8; i += 1) meddle(root, random, [...PATHS, ...NEW])
      const was = picture(root)
      const refused = await show(place, work).then(
        () => null,
        (error: { code?: string }) => error.code,
      )
      if (refused !== null) {
        expect(refused).toBe('CHECKOUT_UNSAFE')
        expect(picture(root)).toEqual(was)
        return
      }
      expect(sh(root, 'diff', '--raw', 'HEAD')).toBe('')
      const edited = random(2) === 0
      const ours = PATHS.filter(
        (path) => existsSync(join(root, path)) && lstatSync(join(root, path)).isFile(),
      )
      if (edited && ours.length > 0) {
        for (const path of ours.slice(0, 2)) writeFileSync(join(root, path), `tried ${seed}\n`)
        if (random(2) === 0) sh(root, 'add', '-u')
      }
      await back(place)
      expect(picture(root)).toEqual(was)
      const { edits } = await stateOf(stageOf(place))
      if (edited && ours.length > 0) expect(sh(root, 'show', `${edits[0]}:${ours[0]}`)).toBe(`tried ${seed}`)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
})
