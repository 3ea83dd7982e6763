/**
 * Prints the path of the Claude Code that the tests run: the person's own, else the one in the cache,
 * fetched there if need be. Prints nothing when there is none; why stands on stderr.
 */
import { pathsFrom } from '../src/platform/paths.ts'
import { toErrorBody } from '../src/protocol/errors.ts'
import { findOrFetchClaude } from '../src/rehearsal/fetch-claude.ts'

try {
  const claude = await findOrFetchClaude({
    cacheDir: pathsFrom(process.env).cache,
    env: process.env,
    allowFetch: true,
    onProgress: (progress) => {
      if (progress.stage !== 'announced') return
      const { version, bytes, into, licence } = progress
      const megabytes = Math.round(bytes / 1e6)
      console.error(
        `worktrain: fetching Claude Code ${version}, ${megabytes} MB, into ${into} for the tests. Licence: ${licence}`,
      )
    },
  })
  if (claude) process.stdout.write(claude.path)
} catch (error) {
  console.error(`worktrain: no Claude Code for the tests: ${toErrorBody(error).message}`)
}
