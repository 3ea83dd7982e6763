/** Makes the sample repository: always the same commits, so that a rehearsal can be compared with another. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../platform/run.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import { SHOP } from './shop.ts'
import { AGENT_SETTINGS, DEPLOYMENT, TESTS } from './surroundings.ts'

const AUTHOR = { name: 'Mara Lindqvist', email: 'mara@lantern.example' }

const HISTORY: { message: string; at: string; files: Record<string, string> }[] = [
  {
    message: 'Sell lanterns: catalog, orders, webhooks and the sales report',
    at: '2026-03-02T09:14:00+01:00',
    files: { ...SHOP, ...TESTS },
  },
  { message: 'Deploy to Heroku', at: '2026-03-05T16:40:00+01:00', files: DEPLOYMENT },
  {
    message: 'Let agents run the tests and commit without asking',
    at: '2026-09-21T11:05:00+02:00',
    files: AGENT_SETTINGS,
  },
]

/**
 * A small, real JavaScript project with its own tests and three commits on `main`.
 * @param directory must not exist, or be empty
 * @returns the newest commit: the same for everyone
 * @throws GIT_FAILED
 */
export async function makeSampleRepository(
  directory: string,
  env: Record<string, string | undefined>,
): Promise<string> {
  mkdirSync(directory, { recursive: true })
  const git = async (args: string[], at = HISTORY[0]?.at): Promise<string> => {
    const ran = await run('git', ['-C', directory, ...args], {
      env: {
        PATH: env['PATH'],
        HOME: directory,
        // The person's own settings (signing, hooks, templates) must not change the commits.
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_SYSTEM: '/dev/null',
        GIT_TEMPLATE_DIR: '',
        GIT_AUTHOR_NAME: AUTHOR.name,
        GIT_AUTHOR_EMAIL: AUTHOR.email,
        GIT_COMMITTER_NAME: AUTHOR.name,
        GIT_COMMITTER_EMAIL: AUTHOR.email,
        GIT_AUTHOR_DATE: at,
        GIT_COMMITTER_DATE: at,
      },
    })
    if (ran.code !== 0) throw new WorktrainError('GIT_FAILED', `git ${args[0]} failed: ${ran.stderr.trim()}`)
    return ran.stdout.trim()
  }
  await git(['init', '--quiet', '--initial-branch=main'])
  await git(['config', 'user.name', AUTHOR.name])
  await git(['config', 'user.email', AUTHOR.email])
  for (const { message, at, files } of HISTORY) {
    for (const [path, content] of Object.entries(files)) {
      const file = join(directory, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      // Modes are part of the commit: a umask must not change it.
      chmodSync(file, 0o644)
    }
    await git(['add', '--all'])
    await git(['commit', '--quiet', '--message', message], at)
  }
  return git(['rev-parse', 'HEAD'])
}
