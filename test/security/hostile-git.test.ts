/**
 * A session that turns its own git directory, or what it reaches of the shared one, against Worktrain. Each
 * way alone, then every operation of the supervisor that touches the workspace, outside any cell: no program
 * of the session's runs, nothing from elsewhere comes into the repository, nothing hangs, nothing is lost.
 */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mergeTree, openRepository } from '../../src/git/index.ts'
import { WorktrainError } from '../../src/protocol/errors.ts'
import type { Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh, temporary, write } from '../git/repo.ts'
import { make, place, snap, trashOptions, workspaces, type Place } from '../workspaces/fixture.ts'
import { sampled } from '../fixtures/sample.ts'

/** Longer than anything of ours takes on a loaded machine, ms: only what hangs takes longer. */
const HANGS_MS = 60_000
const CONFIG = [
  ['core.fsmonitor', 'PROGRAM'],
  ['core.pager', 'PROGRAM'],
  ['core.editor', 'PROGRAM'],
  ['core.sshCommand', 'PROGRAM'],
  ['core.askPass', 'PROGRAM'],
  ['core.gitProxy', 'PROGRAM'],
  ['core.alternateRefsCommand', 'PROGRAM'],
  ['core.hooksPath', 'HOOKS'],
  ['core.attributesFile', 'ATTRIBUTES'],
  ['core.worktree', 'SECRET'],
  ['core.bare', 'true'],
  ['core.repositoryformatversion', '99'],
  ['core.sparseCheckout', 'true'],
  ['diff.external', 'PROGRAM'],
  ['diff.evil.textconv', 'PROGRAM'],
  ['diff.evil.command', 'PROGRAM'],
  ['filter.evil.clean', 'PROGRAM'],
  ['filter.evil.smudge', 'PROGRAM'],
  ['filter.evil.process', 'PROGRAM'],
  ['merge.evil.driver', 'PROGRAM'],
  ['uploadpack.packObjectsHook', 'PROGRAM'],
  ['uploadpack.hideRefs', 'refs/'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['gpg.program', 'PROGRAM'],
  ['log.showSignature', 'true'],
  ['credential.helper', 'PROGRAM'],
  ['include.path', 'INCLUDED'],
  ['includeIf.gitdir:/.path', 'INCLUDED'],
  ['protocol.ext.allow', 'always'],
  ['remote.origin.uploadpack', 'PROGRAM'],
  ['remote.origin.vcs', 'ext'],
  ['remote.origin.url', 'ext::PROGRAM'],
  ['url.ext::PROGRAM .insteadOf', '/'],
  ['extensions.worktreeConfig', 'true'],
  ['extensions.partialClone', 'origin'],
  ['extensions.refStorage', 'reftable'],
  ['trailer.x.command', 'PROGRAM'],
  ['submodule.recurse', 'true'],
  ['fetch.recurseSubmodules', 'true'],
  ['pack.packSizeLimit', '1'],
  ['alias.upload-pack', '!PROGRAM'],
] as const
const HOOKS =
  'applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman p4-changelist p4-prepare-changelist p4-post-changelist p4-pre-submit post-index-change'

interface Trap {
  directory: string
  program: string
  hooks: string
  attributes: string
  included: string
  /** A repository that the session could not read. */
  secret: string
  stolen: string
}

function traps(): Trap {
  const directory = temporary()
  const program = join(directory, 'program.sh')
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> '${directory}/ran'\n`, { mode: 0o755 })
  const hooks = join(directory, 'hooks')
  plantHooks(hooks, program)
  const attributes = join(directory, 'attributes')
  writeFileSync(attributes, '* filter=evil diff=evil merge=evil\n')
  const included = join(directory, 'included')
  writeFileSync(
    included,
    `[core]\n\tfsmonitor = ${program}\n\thooksPath = ${hooks}\n[diff]\n\texternal = ${program}\n`,
  )
  const secret = join(temporary(), 'secret')
  mkdirSync(secret)
  sh(secret, 'init', '-q', '-b', 'main')
  const stolen = commit(secret, { secret: 'SECRET\n' })
  return { directory, program, hooks, attributes, included, secret, stolen }
}

function plantHooks(directory: string, program: string): void {
  mkdirSync(directory, { recursive: true })
  for (const name of HOOKS.split(' ')) {
    rmSync(join(directory, name), { force: true })
    writeFileSync(join(directory, name), `#!/bin/sh\nexec '${program}' hook ${name}\n`, { mode: 0o755 })
  }
}

function setting(t: Trap, key: string, value: string): string {
  const full = (text: string) =>
    text
      .replace('PROGRAM', t.program)
      .replace('HOOKS', t.hooks)
      .replace('ATTRIBUTES', t.attributes)
      .replace('INCLUDED', t.included)
      .replace('SECRET', t.secret)
  const first = key.indexOf('.')
  const last = key.lastIndexOf('.')
  const middle = first === last ? '' : ` "${full(key.slice(first + 1, last))}"`
  return `[${key.slice(0, first)}${middle}]\n\t${key.slice(last + 1)} = "${full(value)}"\n`
}

const ran = (t: Trap): string =>
  existsSync(join(t.directory, 'ran')) ? readFileSync(join(t.directory, 'ran'), 'utf8') : ''
const has = (at: Place, oid: string): boolean => {
  try {
    sh(at.repo.root, 'cat-file', '-e', oid)
    return true
  } catch {
    return false
  }
}

/** Either it works, or it says why by a code that a person can look up; nothing takes for ever. */
async function told<T>(what: string, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), HANGS_MS)
  })
  try {
    return await Promise.race([work, hang])
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code === 'INTERNAL') throw error
    expect(error.message.length, what).toBeGreaterThan(10)
    return null
  } finally {
    clearTimeout(timer)
  }
}

async function look(at: Place, one: Workspace, n: number): Promise<void> {
  await told('publish', workspaces.publish(one))
  const taken = await told('snapshot', snap(one, n))
  // Whatever it did to git, its files are safe.
  expect(taken, 'snapshot').not.toBeNull()
  expect(sh(at.repo.root, 'show', `${taken?.oid}:kept.txt`)).toBe('kept')
  await told('prediction', mergeTree(at.repo, 'refs/heads/main', taken?.oid ?? ''))
  await told('changes', workspaces.changes(one, one.baseOid))
  await told('diff', workspaces.diff(one, one.baseOid, { stat: false, paths: [] }))
  await told('open', openRepository(one.path))
}

async function useUp(at: Place, one: Workspace): Promise<void> {
  const check = await told('check', workspaces.checkRemoval(one, 'main'))
  const trashed = await told('trash', workspaces.trash(one, trashOptions(at)))
  if (check === null || check.unsafe.length > 0) expect(trashed).toBeNull()
  const where = trashed?.directory ?? one.path
  expect(readFileSync(join(where, 'kept.txt'), 'utf8')).toBe('kept\n')
  if (trashed === null) return
  const back = await told('restore', workspaces.restore(one, trashed))
  if (back === null) return
  expect(readFileSync(join(back.path, 'kept.txt'), 'utf8')).toBe('kept\n')
}

function unharmed(at: Place, t: Trap, main: string): void {
  expect(ran(t)).toBe('')
  expect(has(at, t.stolen), 'a commit from elsewhere').toBe(false)
  expect(sh(at.repo.root, 'rev-parse', 'main')).toBe(main)
  expect(sh(at.repo.root, 'status', '--porcelain')).toBe('')
  // What it wrote into its files is kept as it is, a `.gitmodules` included.
  const kept = ['Update', 'Name', 'Path', 'Url'].flatMap((what) => ['-c', `fsck.gitmodules${what}=ignore`])
  expect(sh(at.repo.root, ...kept, 'fsck', '--no-dangling', '--no-progress')).toBe('')
}

describe('configuration', () => {
  test('of a sealed workspace names programs in vain: keys alone, then all', async () => {
    const at = await place()
    const t = traps()
    const main = sh(at.repo.root, 'rev-parse', 'main')
    const one = await make(at, 'one')
    write(one.path, { 'kept.txt': 'kept\n', '.gitattributes': '* filter=evil diff=evil merge=evil\n' })
    const alone = sampled(CONFIG, 8)
    const commits = [...alone, 'all'].map((_, i) => commit(one.path, { 'n.txt': `${i}\n` }))
    plantHooks(join(one.gitDir, 'hooks'), t.program)
    appendFileSync(join(one.gitDir, 'info/attributes'), '* filter=evil diff=evil merge=evil\n')
    const config = readFileSync(join(one.gitDir, 'config'), 'utf8')
    writeFileSync(join(one.gitDir, 'config.worktree'), setting(t, 'core.fsmonitor', 'PROGRAM'))
    // The traps work: git in the workspace runs into them.
    sh(one.path, '-c', `core.fsmonitor=${t.program}`, 'status')
    expect(ran(t)).not.toBe('')
    rmSync(join(t.directory, 'ran'))
    for (const [n, planted] of [...alone.map((each) => [each]), CONFIG].entries()) {
      const more = planted.map(([key, value]) => setting(t, key, value)).join('')
      writeFileSync(join(one.gitDir, 'config'), config + more)
      writeFileSync(join(one.gitDir, 'refs/heads', one.branch), `${commits[n]}\n`)
      write(one.path, { 'kept.txt': 'kept\n', 'loose.txt': `${n}\n` })
      if (planted === CONFIG) await look(at, one, n + 1)
      else {
        await told('publish', workspaces.publish(one))
        await told('snapshot', snap(one, n + 1))
      }
      expect(ran(t), planted.join(' ')).toBe('')
    }
    await useUp(at, one)
    unharmed(at, t, main)
  })
})

type Plant = (one: Workspace, t: Trap, at: Place) => void
const pipe = (path: string) => {
  rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  execFileSync('mkfifo', [path])
}
const removePipes = (one: Workspace) => {
  for (const entry of existsSync(one.gitDir) ? readdirSync(one.gitDir, { withFileTypes: true }) : [])
    if (entry.isFIFO()) rmSync(join(one.gitDir, entry.name))
  const head = join(one.gitDir, 'HEAD')
  if (existsSync(one.gitDir) && !existsSync(head)) writeFileSync(head, `ref: refs/heads/${one.branch}\n`)
}
const link = (path: string, to: string) => {
  rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(to, path)
}
const inGit = (name: string, plant: (path: string, t: Trap, one: Workspace) => void): Plant => {
  return (one, t) => plant(join(one.gitDir, name), t, one)
}
/** Refs to a commit elsewhere, with its objects a link away. */
const borrow: Plant = (one, t) => writeFileSync(join(one.gitDir, 'refs/heads', one.branch), `${t.stolen}\n`)

const SEALED: Record<string, Plant> = {
  'a file that points elsewhere': (one, t) => {
    renameSync(one.gitDir, `${one.gitDir}-old`)
    writeFileSync(one.gitDir, `gitdir: ${join(t.secret, '.git')}\n`)
  },
  'a link elsewhere': (one, t) => {
    renameSync(one.gitDir, `${one.gitDir}-old`)
    symlinkSync(join(t.secret, '.git'), one.gitDir)
  },
  'another directory': (one, t) => {
    renameSync(one.gitDir, `${one.gitDir}-old`)
    execFileSync('cp', ['-a', join(t.secret, '.git'), one.gitDir])
  },
  'a pipe': (one) => {
    renameSync(one.gitDir, `${one.gitDir}-old`)
    pipe(one.gitDir)
  },
  nothing: (one) => rmSync(one.gitDir, { recursive: true }),
  'in other letters': (one) => renameSync(one.gitDir, join(dirname(one.gitDir), '.GIT')),
  commondir: inGit('commondir', (path, t) => writeFileSync(path, `${join(t.secret, '.git')}\n`)),
  'commondir, a pipe': inGit('commondir', pipe),
  gitdir: inGit('gitdir', (path, t) => writeFileSync(path, `${join(t.secret, '.git')}\n`)),
  'alternates of others': inGit('objects/info/alternates', (path, t, one) => {
    appendFileSync(path, `${join(t.secret, '.git/objects')}\n`)
    borrow(one, t, undefined as never)
  }),
  'alternates, a pipe': inGit('objects/info/alternates', pipe),
  'alternates by http': inGit('objects/info/http-alternates', (path, t) =>
    writeFileSync(path, `file://${t.secret}/.git/objects\n`),
  ),
  'objects, a link': (one, t, at) => {
    link(join(one.gitDir, 'objects'), join(t.secret, '.git/objects'))
    borrow(one, t, at)
  },
  'one directory of objects, a link': (one, t, at) => {
    for (const name of readdirSync(join(t.secret, '.git/objects')).filter((each) => each.length === 2))
      link(join(one.gitDir, 'objects', name), join(t.secret, '.git/objects', name))
    borrow(one, t, at)
  },
  'single objects, links': (one, t, at) => {
    const objects = join(t.secret, '.git/objects')
    for (const name of readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter((each) =>
      /^..\/.{38}/.test(each),
    ))
      link(join(one.gitDir, 'objects', name), join(objects, name))
    borrow(one, t, at)
  },
  'a pack, a link': (one, t, at) => {
    sh(t.secret, 'repack', '-q', '-a', '-d')
    const packs = join(t.secret, '.git/objects/pack')
    for (const name of readdirSync(packs)) link(join(one.gitDir, 'objects/pack', name), join(packs, name))
    borrow(one, t, at)
  },
  'a ref, a link to one elsewhere': (one, t) =>
    link(join(one.gitDir, 'refs/heads', one.branch), join(t.secret, '.git/refs/heads/main')),
  'refs, a link': (one, t) => link(join(one.gitDir, 'refs'), join(t.secret, '.git/refs')),
  'a ref, a pipe': (one) => pipe(join(one.gitDir, 'refs/heads', one.branch)),
  'a ref that is garbage': (one) => writeFileSync(join(one.gitDir, 'refs/heads', one.branch), 'garbage\n'),
  'a ref to nothing': (one) =>
    writeFileSync(join(one.gitDir, 'refs/heads', one.branch), `${'1'.repeat(40)}\n`),
  'a ref that names another': (one) =>
    writeFileSync(join(one.gitDir, 'refs/heads', one.branch), 'ref: refs/heads/../../../HEAD\n'),
  'a ref that names itself': (one) =>
    writeFileSync(join(one.gitDir, 'refs/heads', one.branch), `ref: refs/heads/${one.branch}\n`),
  'names of refs with control characters': (one, t) => {
    const oid = sh(one.path, 'rev-parse', 'HEAD')
    for (const name of ['a\nb', 'a\u001b[31m', '-x', 'a b', 'a..b', 'a.lock', '@{u}', '.hidden'])
      writeFileSync(join(one.gitDir, 'refs/heads', name), `${oid}\n`)
    expect(ran(t)).toBe('')
  },
  'packed refs with ways out': inGit('packed-refs', (path, t) =>
    appendFileSync(
      path,
      `${t.stolen} refs/../../../x\n${t.stolen} refs/heads/../../config\n${t.stolen} /etc/x\n`,
    ),
  ),
  'packed refs, garbage': inGit('packed-refs', (path) => writeFileSync(path, 'x'.repeat(100_000))),
  'packed refs, a pipe': inGit('packed-refs', pipe),
  'HEAD, a link': inGit('HEAD', (path, t) => link(path, join(t.secret, '.git/HEAD'))),
  'HEAD, garbage': inGit('HEAD', (path) => writeFileSync(path, 'garbage')),
  'HEAD, a pipe': inGit('HEAD', pipe),
  'config, garbage': inGit('config', (path) => writeFileSync(path, '[[[')),
  'config, a pipe': inGit('config', pipe),
  'config, a directory': inGit('config', (path) => {
    rmSync(path)
    mkdirSync(path)
  }),
  'index, garbage': inGit('index', (path) => writeFileSync(path, 'DIRC garbage')),
  'index, huge': inGit('index', (path) => truncateSync(path, 2 ** 33)),
  'index, a pipe': inGit('index', pipe),
  'an object that is a pipe': (one) => {
    const oid = sh(one.path, 'rev-parse', 'HEAD')
    pipe(join(one.gitDir, 'objects', oid.slice(0, 2), oid.slice(2)))
  },
  'an object that is garbage': (one) => {
    const oid = sh(one.path, 'rev-parse', 'HEAD')
    const path = join(one.gitDir, 'objects', oid.slice(0, 2), oid.slice(2))
    chmodSync(path, 0o644)
    writeFileSync(path, 'garbage')
  },
  'an object that is missing, and a remote that would have it': (one, t) => {
    const blob = sh(one.path, 'rev-parse', 'HEAD:n.txt')
    rmSync(join(one.gitDir, 'objects', blob.slice(0, 2), blob.slice(2)))
    appendFileSync(
      join(one.gitDir, 'config'),
      `[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = evil\n[protocol "ext"]\n\tallow = always\n[remote "evil"]\n\tpromisor = true\n\turl = "ext::${t.program}"\n\tuploadpack = ${t.program}\n`,
    )
  },
  'no objects': inGit('objects', (path) => rmSync(path, { recursive: true })),
  'a pack that is garbage': inGit('objects/pack/pack-x.pack', (path) => {
    writeFileSync(path, 'PACK garbage')
    writeFileSync(path.replace('.pack', '.idx'), 'garbage')
  }),
  shallow: inGit('shallow', (path, _, one) => writeFileSync(path, `${sh(one.path, 'rev-parse', 'HEAD')}\n`)),
  'shallow, a pipe': inGit('shallow', pipe),
  grafts: inGit('info/grafts', (path, t, one) =>
    writeFileSync(path, `${sh(one.path, 'rev-parse', 'HEAD')} ${t.stolen}\n`),
  ),
  'replaced commits': (one) => {
    const tree = sh(one.path, 'rev-parse', 'HEAD^{tree}')
    const other = sh(one.path, 'commit-tree', tree, '-m', 'replaced')
    sh(one.path, 'replace', sh(one.path, 'rev-parse', 'HEAD'), other)
  },
  'logs that are pipes': (one) => {
    pipe(join(one.gitDir, 'logs/HEAD'))
    pipe(join(one.gitDir, 'logs/refs/stash'))
  },
  'logs, a link to a directory': (one, t) => link(join(one.gitDir, 'logs'), join(t.secret, '.git/logs')),
  'logs that name commits elsewhere': inGit('logs/HEAD', (path, t) =>
    appendFileSync(path, `${'0'.repeat(40)} ${t.stolen} A <a@b> 1 +0000\tx\n`),
  ),
  'the token, a pipe': inGit('worktrain-token', pipe),
  'the name of the repository, a pipe': inGit('worktrain-repository', pipe),
  'the name of another repository': inGit('worktrain-repository', (path, t) =>
    writeFileSync(path, `${t.secret}/.git\n`),
  ),
  locks: (one) => {
    for (const name of ['index.lock', 'HEAD.lock', 'config.lock', 'packed-refs.lock'])
      writeFileSync(join(one.gitDir, name), '')
  },
  'submodules that run something': (one, t) => {
    write(one.path, {
      '.gitmodules': `[submodule "a"]\n\tpath = ../..\n\turl = "ext::${t.program}"\n\tupdate = "!${t.program}"\n[submodule "../../x"]\n\tpath = -u\n\turl = -u${t.program}\n`,
    })
    appendFileSync(
      join(one.gitDir, 'config'),
      `[submodule "a"]\n\tactive = true\n\turl = "ext::${t.program}"\n\tupdate = "!${t.program}"\n`,
    )
    const oid = sh(one.path, 'rev-parse', 'HEAD')
    sh(one.path, 'update-index', '--add', '--cacheinfo', `160000,${oid},sub`)
    mkdirSync(join(one.path, 'sub'))
    writeFileSync(join(one.path, 'sub/.git'), `gitdir: ${join(t.secret, '.git')}\n`)
  },
  'pipes, sockets and links among the files': (one, t) => {
    pipe(join(one.path, 'a-pipe'))
    symlinkSync(t.secret, join(one.path, 'a-directory'))
    symlinkSync(join(t.secret, 'secret'), join(one.path, 'a-file'))
    rmSync(join(one.path, '.gitattributes'), { force: true })
    symlinkSync(t.attributes, join(one.path, '.gitattributes'))
  },
}

const LINKED: Record<string, Plant> = {
  'a pointer elsewhere': (one, t) =>
    writeFileSync(join(one.path, '.git'), `gitdir: ${join(t.secret, '.git')}\n`),
  'a pointer that is a pipe': (one) => pipe(join(one.path, '.git')),
  'a directory for a pointer': (one, t) => {
    rmSync(join(one.path, '.git'))
    execFileSync('cp', ['-a', join(t.secret, '.git'), join(one.path, '.git')])
  },
  commondir: inGit('commondir', (path, t) => writeFileSync(path, `${join(t.secret, '.git')}\n`)),
  'commondir, a pipe': inGit('commondir', pipe),
  'gitdir, a pipe': inGit('gitdir', pipe),
  'gitdir elsewhere': inGit('gitdir', (path, t) => writeFileSync(path, `${join(t.secret, '.git')}\n`)),
  'the token, a pipe': inGit('worktrain-token', pipe),
  'its own config': inGit('config.worktree', (path, t) =>
    writeFileSync(path, setting(t, 'core.fsmonitor', 'PROGRAM')),
  ),
  'HEAD, a pipe': inGit('HEAD', pipe),
  'HEAD, a link': inGit('HEAD', (path, t) => link(path, join(t.secret, '.git/HEAD'))),
  'index, garbage': inGit('index', (path) => writeFileSync(path, 'garbage')),
  'index, a pipe': inGit('index', pipe),
  'logs, a pipe': inGit('logs/HEAD', pipe),
  'pipes, sockets and links among the files': SEALED['pipes, sockets and links among the files'] as Plant,
}

for (const [kind, plants, few] of [
  ['sealed', SEALED, 12],
  ['linked', LINKED, 4],
] as const) {
  describe(`the git directory of a ${kind} workspace`, () => {
    for (const [title, plant] of sampled(Object.entries(plants), few)) {
      test(title, async () => {
        const at = await place()
        const t = traps()
        const main = sh(at.repo.root, 'rev-parse', 'main')
        const one = await make(at, 'one', kind)
        const done = commit(one.path, { 'n.txt': '1\n', 'kept.txt': 'kept\n' })
        write(one.path, { 'loose.txt': 'loose\n' })
        plant(one, t, at)
        await look(at, one, 1)
        await useUp(at, one)
        // As the message tells the person: otherwise their own git would wait as well.
        if (kind === 'linked') removePipes(one)
        unharmed(at, t, main)
        // A ref of the person's that a session's work could hide behind.
        expect(
          sh(at.repo.root, 'for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/tags')
            .split('\n')
            .filter((name) => !/main|worktrain\/one$/.test(name)),
        ).toEqual([])
        expect(basename(done)).toHaveLength(40)
      })
    }
  })
}
