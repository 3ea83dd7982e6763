/**
 * Wrong ways to land, each of which must be caught by the checks that the right one passes: a check that
 * catches none of them proves nothing.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exactRef, updateRef } from '../../src/git/index.ts'
import { type Landing, localLanding, type Move } from '../../src/train/land/landing.ts'
import { moveTarget } from '../../src/train/land/move.ts'
import { before, copyTemplate, harm, land, makeTemplate, type Scene, sceneOf } from './landing-scene.ts'
import { STATES } from './landing-states.ts'
import { branch, commit, sh, write } from './repository.ts'

let template: string
let home: string
beforeAll(async () => {
  template = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-mutants-')))
  await makeTemplate(template)
})
afterAll(() => rmSync(template, { recursive: true, force: true }))
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-mutants-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Git as the mutant runs it; a refusal of git's is the end of the landing. */
function tries(root: string, ...args: string[]): 'done' | 'refused' {
  try {
    sh(root, ...args)
    return 'done'
  } catch {
    return 'refused'
  }
}
const REFUSED = {
  kind: 'blocked' as const,
  blocked: { reason: 'checkout' as const, paths: [], detail: 'refused' },
}

/** Facts 2, the columns of the table. */
const METHODS: Record<string, Move> = {
  'bare update-ref': async (repo, _, intent) => {
    await updateRef(repo, `refs/heads/${intent.target}`, intent.new, intent.old)
    return null
  },
  'merge that overwrites ignored files': async (repo, landable, intent, place) => {
    if (!place) return moveTarget(repo, landable, intent, place)
    return tries(place.path, 'merge', '-q', '--ff-only', intent.new) === 'done' ? null : REFUSED
  },
  'read-tree': async (repo, landable, intent, place) => {
    if (!place) return moveTarget(repo, landable, intent, place)
    const { root } = repo
    const read = ['read-tree', '-m', '-u', '--exclude-per-directory=.gitignore', intent.old, intent.new]
    sh(root, 'update-ref', `refs/heads/${intent.target}`, intent.new, intent.old)
    if (tries(place.path, ...read) === 'done') return null
    sh(root, 'update-ref', `refs/heads/${intent.target}`, intent.old, intent.new)
    return REFUSED
  },
  'reset --hard': async (_repo, _landable, intent, place) => {
    if (place) sh(place.path, 'reset', '-q', '--hard', intent.new)
    return null
  },
  'merge that stashes': async (repo, landable, intent, place) => {
    if (!place) return moveTarget(repo, landable, intent, place)
    const done = tries(place.path, 'merge', '-q', '--ff-only', '--autostash', intent.new)
    return done === 'done' ? null : REFUSED
  },
}

/** Lands by `move` when the checkout gets into a state in the very moment before: nothing else can help then. */
async function landsIn(what: string, move: Move): Promise<string[]> {
  const state = STATES.find((each) => each.what === what)
  if (!state) throw new Error(`there is no state ${what}`)
  const repo = await copyTemplate(template, home)
  const head = state.change ? branch(repo, 'another', state.change) : 'one'
  const scene = sceneOf(repo, home, head)
  let was = before(repo.root)
  const late: Move = (...args) => {
    state.make(repo.root)
    was = before(repo.root)
    return move(...args)
  }
  const outcome = await land({ ...scene, landing: localLanding(repo, scene.stateDir, Date.now, late) })
  return harm(scene, was, outcome, state.agreed)
}

describe('in a checkout of the person', () => {
  it.each([
    'clean',
    'dirty elsewhere',
    'dirty where the change is',
    'untracked file in the way',
    'ignored file in the way',
    'dirty file that the change deletes',
    'ignored directory where a file comes',
  ])('the right way does no harm: %s', async (state) => {
    expect(await landsIn(state, moveTarget)).toEqual([])
  })

  it.each([
    ['bare update-ref', 'clean', 'it left a.txt out of step'],
    ['bare update-ref', 'dirty where the change is', 'it changed a.txt of the person'],
    ['merge that overwrites ignored files', 'ignored file in the way', 'it changed x.log of the person'],
    ['read-tree', 'ignored file in the way', 'it changed x.log of the person'],
    ['reset --hard', 'dirty elsewhere', 'it changed b.txt of the person'],
    ['reset --hard', 'untracked file in the way', 'it changed new.txt of the person'],
    ['merge that stashes', 'staged elsewhere', 'it changed b.txt of the person'],
  ])('%s is caught: %s', async (method, state, expected) => {
    const move = METHODS[method]
    if (!move) throw new Error(method)
    expect((await landsIn(state, move)).join('\n')).toContain(expected)
  })
})

/** The person commits in the moment before the branch moves. Their commit must be in main afterwards. */
async function raced(landing: (s: Scene, racing: (move: Move) => Move) => Landing): Promise<string[]> {
  const repo = await copyTemplate(template, home)
  sh(repo.root, 'checkout', '-q', '--detach')
  const scene = sceneOf(repo, home, 'one')
  let own = ''
  const racing =
    (move: Move): Move =>
    (...args) => {
      own = sh(repo.root, 'commit-tree', '-p', 'main', '-m', 'mine', 'main^{tree}')
      sh(repo.root, 'update-ref', 'refs/heads/main', own)
      return move(...args)
    }
  await land({ ...scene, landing: landing(scene, racing) })
  return lost(repo.root, [own])
}

function lost(root: string, commits: string[]): string[] {
  return commits
    .filter((each) => sh(root, 'merge-base', each, 'main') !== each)
    .map(() => 'main lost a commit of the person')
}

describe('when main moves in the last moment', () => {
  it('the right way keeps the commit', async () => {
    expect(
      await raced((s, racing) => localLanding(s.repo, s.stateDir, Date.now, racing(moveTarget))),
    ).toEqual([])
  })

  it('no compare-and-swap is caught', async () => {
    const blind: Move = async (repo, _, intent) => {
      const ref = `refs/heads/${intent.target}`
      await updateRef(repo, ref, intent.new, await exactRef(repo, ref))
      return null
    }
    const found = await raced((s, racing) => localLanding(s.repo, s.stateDir, Date.now, racing(blind)))
    expect(found).toEqual(['main lost a commit of the person'])
  })
})

/** What lands must be the tree that was tested, on the main it was tested on. */
function untested(s: Scene): string[] {
  const tree = sh(s.root, 'rev-parse', 'main^{tree}')
  const own = sh(s.root, 'log', '-1', '--format=%s', 'main') === 'landing'
  return own && tree !== s.landable.tree ? ['main has a tree that was not tested'] : []
}

describe('when main has moved since the tests', () => {
  /** Prepares whatever main is at, and merges once more. */
  function unchecked(s: Scene): Landing {
    const right = localLanding(s.repo, s.stateDir, Date.now)
    return {
      ...right,
      prepare: async (landable) => ({
        kind: 'open',
        intent: {
          build: landable.id,
          target: landable.target,
          old: s.old,
          new: landable.commit,
          tree: landable.tree,
          method: 'fast-forward',
          checkout: s.root,
        },
      }),
      land: async () => {
        sh(s.root, 'merge', '-q', '--no-ff', '-m', 'landing', 'one')
        return { kind: 'landed', commit: s.landable.commit }
      },
    }
  }

  async function landsAfter(landing: (s: Scene) => Landing): Promise<string[]> {
    const s = sceneOf(await copyTemplate(template, home), home, 'one')
    const own = commit(s.root, { 'b.txt': 'mine\n' })
    await land({ ...s, landing: landing(s) })
    return [...untested(s), ...lost(s.root, [own])]
  }

  it('the right way lands nothing', async () => {
    expect(await landsAfter((s) => s.landing)).toEqual([])
  })

  it('no look at the base is caught', async () => {
    expect(await landsAfter(unchecked)).toEqual(['main has a tree that was not tested'])
  })
})

describe('when the process died before it could say what it did', () => {
  /** Runs a landing that dies after git has moved main, and one that follows. */
  async function dies(next: (s: Scene) => Promise<unknown>): Promise<string[]> {
    const s = sceneOf(await copyTemplate(template, home), home, 'one')
    const way = await s.landing.prepare(s.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    const mortal = localLanding(s.repo, s.stateDir, Date.now, async (...args) => {
      await moveTarget(...args)
      throw new Error('died')
    })
    // It finds main moved, whatever its git said: so it is what was thrown that is not known any more.
    await mortal.land(s.landable, way.intent).catch(() => {})
    const own = commit(s.root, { 'own.txt': 'mine\n' })
    const said = await next(s)
    const landed = sh(s.root, 'log', '--format=%s', '--first-parent', 'main').split('\n')
    const times = landed.filter((subject) => subject.startsWith('landing')).length
    return [
      ...(times === 1 ? [] : [`it landed ${times} times`]),
      ...(said === 'landed' ? [] : [`it says ${String(said)}, and main holds it`]),
      ...lost(s.root, [own]),
    ]
  }

  it('the intent settles it', async () => {
    expect(
      await dies(async (s) => {
        const intent = {
          build: 'build1',
          target: 'main',
          old: s.old,
          new: s.landable.commit,
          tree: s.landable.tree,
        }
        const rest = { method: 'fast-forward' as const, checkout: s.root }
        return (await s.landing.settled(s.landable, { ...intent, ...rest }))?.kind
      }),
    ).toEqual([])
  })

  it('no intent is caught: what is not known to have begun is built and landed again', async () => {
    const found = await dies(async (s) => {
      // Without it there is a change in the queue, and a main that is not where it was.
      write(s.root, { 'again.txt': '' })
      const tree = sh(s.root, 'merge-tree', '--write-tree', 'main', 'one').split('\n')[0] ?? ''
      const again = sh(s.root, 'commit-tree', '-p', 'main', '-p', 'one', '-m', 'landing again', tree)
      sh(s.root, 'merge', '-q', '--ff-only', again)
      return 'landed'
    })
    expect(found).toEqual(['it landed 2 times'])
  })
})
