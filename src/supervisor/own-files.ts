/**
 * Files of the person's own at the top of a repository, also while its main checkout shows the work of a session.
 *
 * What a session has written must not become configuration because somebody looks at it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRepository, type Repository } from '../git/index.ts'
import type { Journal } from '../journal/journal.ts'
import { spotlightProjection, type SpotlightState } from '../spotlight/index.ts'

export interface OwnFiles {
  /** Null: there is no such file. */
  text(name: string): Promise<string | null>
  /** Of everything at the top. */
  names(): Promise<Set<string>>
  /** The branch that is checked out but for the look; undefined: nothing is shown. */
  branch: string | null | undefined
}

/** The spotlight in a repository's main checkout; null: it shows what the person has there. */
async function lookIn(journal: Journal, { id, root }: Repository): Promise<SpotlightState | null> {
  const all = (await journal.list(spotlightProjection)).map((row) => row.state)
  return all.find((one) => !one.ended && one.repository === id && one.checkout === root) ?? null
}

export async function ownFiles(journal: Journal, repository: Repository): Promise<OwnFiles> {
  const { root } = repository
  const look = await lookIn(journal, repository)
  const onDisk = {
    text: async (name: string) => textOf(join(root, name)),
    names: async () => new Set(readdirSync(root)),
  }
  if (look === null) return { ...onDisk, branch: undefined }
  const theirs = look.moving?.shown?.commit ?? look.shown?.commit ?? look.kept
  return {
    branch: look.head.branch,
    async text(name) {
      if ((await topOf(repository, look.kept)).has(name)) return contentOf(repository, `${look.kept}:${name}`)
      return (await topOf(repository, theirs)).has(name) ? null : onDisk.text(name)
    },
    async names() {
      const shown = await topOf(repository, theirs)
      const besides = [...(await onDisk.names())].filter((name) => !shown.has(name))
      return new Set([...(await topOf(repository, look.kept)), ...besides])
    },
  }
}

async function topOf(repository: Repository, commit: string): Promise<Set<string>> {
  const { stdout } = await inRepository(repository, ['ls-tree', '-z', '--name-only', '--full-tree', commit])
  return new Set(stdout.split('\0').filter((name) => name !== ''))
}

async function contentOf(repository: Repository, object: string): Promise<string> {
  return (await inRepository(repository, ['cat-file', 'blob', object])).stdout
}

/** Null when there is no such file. */
export function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
