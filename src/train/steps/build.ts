/** Makes the candidates that are to be tested. */
import { inRepository, treeOf } from '../../git/index.ts'
import type { BuildEvents } from '../../protocol/index.ts'
import type { MergeOptions } from '../merge/candidate.ts'
import { buildChain, type Chain } from '../merge/chain.ts'
import type { Step } from '../decide/index.ts'
import type { Objects } from '../merge/objects.ts'
import type { Parts } from '../parts.ts'
import { candidateRef } from '../refs.ts'
import { conflicting } from '../sentences.ts'
import type { MergeDriver } from '../merge/resolve.ts'
import { neededChecks } from '../checks/scope.ts'
import type { Memory, Scene } from '../situation.ts'
import { type Done, eject } from './done.ts'

/** Landings whose lines a candidate must not lose (facts/merge-and-partition 4.4, G5). */
const RECENT = 20

export function createBuilding(
  parts: Parts,
  memory: Memory,
  objects: () => Promise<Objects>,
  driver: () => Promise<MergeDriver | null>,
) {
  const { repository, store, refs, by } = parts

  async function build(step: Extract<Step, { kind: 'build' }>, scene: Scene): Promise<Done> {
    const { purpose, base, members } = step
    const { record } = scene.state
    const options: MergeOptions = {
      recent: record.landings.filter((one) => one.target === scene.situation.target).slice(-RECENT),
      remember: scene.settings.remember,
      driver: await driver(),
    }
    for (const change of members) await refs.pin(change.id, change.head)
    const chain = await buildChain(repository, await objects(), base, members, options)
    if (chain.kind === 'refused') return refused(chain, base)
    const { commit, tree, resolved, notes } = chain
    const [only] = members
    if (only && commit === base) {
      const landed = { old: base, new: base, tree }
      await store.append(store.ofChange(only, only.id, [['change.landed', landed]], by))
      await refs.release({ changes: [only.id] })
      return { moved: true, news: [await store.change(only.id)] }
    }
    const id = parts.id('b')
    const ref = members.length > 0 ? candidateRef(id) : null
    if (ref) await refs.keepCandidate(id, commit)
    const asked = step.checks ?? [...new Set(members.flatMap((change) => change.checks))]
    const { needed, skipped } =
      purpose === 'landing' ? await needs(asked, base, tree, scene) : { needed: asked, skipped: [] }
    const data: BuildEvents['build.made'] = {
      repository: repository.id,
      target: scene.situation.target,
      purpose,
      base,
      members: chain.members,
      commit,
      tree,
      ref,
      checks: needed,
      skipped,
      afresh: step.afresh,
      resolved,
      ...(notes.length > 0 ? { notes } : {}),
    }
    await store.append(store.ofBuild(id, [['build.made', data]], by))
    return { moved: true }
  }

  async function needs(asked: readonly string[], base: string, tree: string, scene: Scene) {
    const { stdout } = await inRepository(repository, [
      ...['diff-tree', '-r', '-z', '--no-renames', '--name-only', '--end-of-options', base, tree],
    ])
    const changed = stdout.split('\0').filter((path) => path !== '')
    const baseTree = await treeOf(repository, base)
    const provenBase = (command: string) => scene.evidence.proof(baseTree, command) !== null
    return neededChecks(asked, scene.settings.specOf, changed, provenBase)
  }

  async function refused(chain: Extract<Chain, { kind: 'refused' }>, base: string): Promise<Done> {
    const { change, before, built } = chain
    if (before.length > 0) {
      // It merges with the target, as far as is known; it waits for what is before it to land or to leave.
      memory.conflicts = memory.conflicts.filter((one) => one.base === base)
      memory.conflicts.push({ base, before, change: change.id, head: change.head })
      return { moved: true }
    }
    const target = change.target
    switch (built.kind) {
      case 'conflict': {
        const { files, detail } = built
        const why = conflicting(target, files, detail)
        return eject(parts, change, { reason: 'conflict', detail: why, files, log: null, base }, [
          ['change.conflicted', { base, files, detail }],
        ])
      }
      case 'foreign':
        return eject(parts, change, {
          reason: 'foreign-paths',
          detail: built.detail,
          files: built.files,
          log: null,
          base,
        })
      case 'impossible':
        return eject(parts, change, { reason: 'error', detail: built.detail, files: [], log: null, base })
    }
  }

  return build
}
