/** What is true at the end, looked up with plain git and not believed from the story. */
import { existsSync, readdirSync } from 'node:fs'
import { run } from '../platform/run.ts'
import type { Place } from './place.ts'
import { changeOf } from './story.ts'
import type { Story } from './story.ts'
import { CHECKS, EXPECTED } from './week/index.ts'

type Env = Record<string, string | undefined>

export interface Landing {
  name: string
  commit: string
  files: string[]
  /** The commit's tree is one on which every check passed. */
  tested: boolean
}

export interface Findings {
  landings: Landing[]
  /** Landings that git had to merge by content in the same file. */
  mergedInOneFile: string[]
  mainGreen: boolean
  checkedOut: boolean
  /** The write that an agent tried into the person's own checkout is there. */
  reached: boolean
  fsck: string
  locks: string[]
  worktrees: number
  workspaces: string[]
  log: string
  /** Ref that keeps the ejected work; null: none. */
  kept: string | null
  /** What differs from what was meant to happen, each a sentence; empty: the rehearsal held. */
  differences: string[]
}

/** @param hooks see {@link differences} */
export async function lookUp(place: Place, env: Env, story: Story, hooks: boolean): Promise<Findings> {
  const git = async (...args: string[]): Promise<string> => {
    const ran = await run('git', ['-C', place.repository, ...args], { env })
    return (ran.code === 0 ? ran.stdout : `${ran.stdout}${ran.stderr}`).trim()
  }
  const landings: Landing[] = []
  for (const { name, landed, tested, checks } of story.changes) {
    if (!landed || !tested) continue
    // What was tested may hold changes that came after this one.
    const tree = await git('rev-parse', `${tested.commit}^{tree}`)
    const passed = CHECKS.every(
      (command) => checks.findLast((check) => check.command === command && check.tree === tree)?.exit === 0,
    )
    const within = (await git('merge-base', landed.new, tested.commit)) === landed.new
    const onMain = within && (await git('merge-base', tested.commit, 'main')) === tested.commit
    const files = (await git('diff', '--name-only', landed.old, landed.new)).split('\n')
    landings.push({ name, commit: landed.new, files, tested: passed && onMain && tree === tested.tree })
  }
  const shared = landings.filter(({ files }) => files.includes(EXPECTED.shared)).map(({ name }) => name)
  const command = CHECKS.join(' && ')
  const checks = await run('/bin/sh', ['-c', command], { cwd: place.repository, env })
  const workspaces = `${place.repository}.worktrees`
  const ejected = story.sessions.find(({ name }) => name === EXPECTED.ejected)
  const candidates = [`refs/heads/${ejected?.branch}`, `refs/worktrain/trash/${ejected?.id}/branch`]
  const refs = await git('for-each-ref', '--format=%(refname)')
  const found = {
    landings,
    mergedInOneFile: shared,
    mainGreen: checks.code === 0,
    checkedOut: (await git('status', '--porcelain')) === '',
    reached: existsSync(`${place.repository}/${EXPECTED.outside}`),
    fsck: await git('fsck', '--no-progress', '--no-dangling'),
    locks: readdirSync(`${place.repository}/.git`, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.lock'),
    ),
    worktrees: (await git('worktree', 'list', '--porcelain'))
      .split('\n')
      .filter((line) => line.startsWith('worktree ')).length,
    workspaces: existsSync(workspaces) ? readdirSync(workspaces).filter((name) => !name.startsWith('.')) : [],
    kept: refs.split('\n').find((ref) => ref !== '' && candidates.includes(ref)) ?? null,
    log: await git('log', '--graph', '--oneline', '--no-decorate', `${place.base}~1..main`),
  }
  return { ...found, differences: differences(found, story, hooks) }
}

/** Does the kernel hold the session, and not only what its agent agrees to? */
export function isWalled(rung: string): boolean {
  return rung !== '' && rung !== 'hooks' && rung !== 'none'
}

/**
 * What differs from what was meant to happen. Pure.
 * @param hooks the agent asks before each tool, so that a refusal is seen
 */
export function differences(found: Omit<Findings, 'differences'>, story: Story, hooks: boolean): string[] {
  const wrong: string[] = []
  const expect = (held: boolean, otherwise: string): void => void (held || wrong.push(otherwise))
  for (const name of EXPECTED.landed) {
    expect(
      found.landings.some((landing) => landing.name === name),
      `${name} did not land`,
    )
  }
  for (const { name, tested } of found.landings) {
    expect(tested, `${name} landed as a tree that was not tested`)
    expect(
      name !== EXPECTED.ejected,
      `${name} landed, though its tests fail together with ${EXPECTED.landAfter.after}`,
    )
  }
  const ejected = changeOf(story, EXPECTED.ejected)?.ejected
  expect(
    ejected?.reason === 'checks',
    `${EXPECTED.ejected} was ${ejected ? `ejected for another reason: ${ejected.reason}` : 'not ejected'}`,
  )
  expect(
    found.mergedInOneFile.length === 2,
    `${EXPECTED.shared} was changed by ${found.mergedInOneFile.length} landings instead of 2`,
  )
  const reaching = story.sessions.find((session) => session.name === EXPECTED.refused)
  if (hooks) {
    expect(
      (reaching?.refusals.length ?? 0) > 0,
      `${EXPECTED.refused} was not refused the write into your own checkout`,
    )
  }
  // Without hooks and without a wall of the kernel nothing could have stopped it: then it is told, not counted.
  if (hooks || isWalled(reaching?.wall ?? '')) {
    expect(!found.reached, `${EXPECTED.refused} wrote ${EXPECTED.outside} into your own checkout`)
  }
  expect(found.kept !== null, `the work of ${EXPECTED.ejected} is not kept under any ref`)
  expect(found.mainGreen, `the tests fail on main`)
  expect(found.checkedOut, `the sample's own checkout is not at main`)
  expect(!/\b(error|missing|corrupt|broken)\b/.test(found.fsck), `git fsck complains: ${found.fsck}`)
  expect(found.locks.length === 0, `lock files are left: ${found.locks.join(', ')}`)
  expect(found.worktrees === 1, `git still knows ${found.worktrees - 1} worktrees`)
  expect(found.workspaces.length === 0, `workspaces are left: ${found.workspaces.join(', ')}`)
  return wrong
}
