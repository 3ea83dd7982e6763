/** The generated repository, in a throw-away world with a home and a state of its own. */
import { join } from 'node:path'
import { createWorld } from '../test/fixtures/world.ts'
import type { World } from '../test/fixtures/world.ts'

const open = new Set<World>()

/** Ends everything that was started in the worlds that are open. */
export async function closeAll(): Promise<void> {
  await Promise.all([...open].map((world) => world.close()))
}

/**
 * @param files how many files the repository has; about 4 KB each, 40 a directory. It has an `origin`
 *   beside it, as most have: what a tool does with a remote is part of its time.
 * @param more files besides
 */
export async function inPlace<T>(
  files: number,
  env: Record<string, string>,
  body: (world: World) => Promise<T>,
  more: Record<string, string> = {},
): Promise<T> {
  const world = await createWorld({ files: { ...sample(files), ...more }, env })
  open.add(world)
  try {
    const origin = join(world.dir, 'origin.git')
    world.git(['clone', '-q', '--bare', world.repo, origin])
    world.git(['remote', 'add', 'origin', origin])
    world.git(['fetch', '-q', 'origin'])
    world.git(['remote', 'set-head', 'origin', 'main'])
    return await body(world)
  } finally {
    await world.close()
    open.delete(world)
  }
}

function sample(count: number): Record<string, string> {
  const files: Record<string, string> = {}
  for (let n = 0; n < count; n++) {
    const lines = Array.from(
      { length: 80 },
      (_, line) => `export const value_${n}_${line} = ${n * 7919 + line}`,
    )
    files[`src/part-${Math.floor(n / 40)}/file-${n}.ts`] = `${lines.join('\n')}\n`
  }
  return files
}
