/** The configuration of a sealed workspace: the person's own, without what belongs to one checkout only. */
import { resolve } from 'node:path'
import { inRepository, type Repository } from '../git/index.ts'

export type Settings = [key: string, value: string][]

/** One setting that holds in the repository, and whose it is. */
export interface Setting {
  /** `local`: the repository's own. */
  scope: string
  key: string
  value: string
}

/** Keys that say how content is stored and compared; they name no program. */
const CONTENT = new Set([
  'core.autocrlf',
  'core.eol',
  'core.safecrlf',
  'core.filemode',
  'core.ignorecase',
  'core.precomposeunicode',
  'core.symlinks',
  'core.longpaths',
  'core.excludesfile',
  'core.bigfilethreshold',
  'core.sharedrepository',
])

/** Keys of the repository that must not be taken over: they describe its own checkout, or run something. */
const OWN =
  /^(core\.(bare|worktree|repositoryformatversion|fsmonitor|untrackedcache|splitindex|sparsecheckout.*|hookspath|logallrefupdates|trustctime|checkstat)|extensions\.|branch\.|gc\.|maintenance\.|include\.|includeif\.|index\.|commit\.gpgsign|tag\.gpgsign|submodule\.(?!.*\.url$))/i

/** Settings of a private git directory that borrows objects it cannot freshen (facts/isolation 1.2, 1.4). */
const PRIVATE: Settings = [
  ['core.bare', 'false'],
  ['core.logallrefupdates', 'true'],
  ['core.trustctime', 'false'],
  ['core.checkstat', 'minimal'],
  ['core.untrackedcache', 'true'],
  ['index.version', '4'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['branch.autosetupmerge', 'false'],
  // The person's key and its agent are out of reach inside the cell: every commit would fail.
  ['commit.gpgsign', 'false'],
  ['tag.gpgsign', 'false'],
]

/** Settings of a sealed workspace's own git directory, for {@link configText}. */
export function sealedSettings(repo: Repository, all: readonly Setting[]): Settings {
  const settings: Settings = formatSettings(all)
  for (const { scope, key, value } of all) {
    if (scope !== 'local' || OWN.test(key)) continue
    const url = /^remote\..*\.(push)?url$/.test(key)
    settings.push([key, url ? absoluteUrl(repo, value) : value])
  }
  settings.push(...PRIVATE)
  for (const key of ['user.name', 'user.email', ...CONTENT]) {
    if (settings.some(([name]) => name === key)) continue
    const value = all.findLast((each) => each.key === key)?.value
    if (value !== undefined) settings.push([key, value])
  }
  const hooks = all.findLast((each) => each.key === 'core.hookspath' && each.scope === 'local')
  if (hooks) settings.push(['core.hookspath', hooks.value])
  return settings
}

/** Settings of a git directory of ours over files that are not trusted: nothing in it names a program. */
export function trustedSettings(all: readonly Setting[]): Settings {
  const settings: Settings = [...formatSettings(all), ['core.bare', 'false'], ['gc.auto', '0']]
  for (const key of CONTENT) {
    const value = all.findLast((each) => each.key === key)?.value
    if (value !== undefined) settings.push([key, value])
  }
  return settings
}

function formatSettings(all: readonly Setting[]): Settings {
  const format = ownSetting(all, 'extensions.objectformat')
  if (format === undefined || format === 'sha1') return [['core.repositoryformatversion', '0']]
  return [
    ['core.repositoryformatversion', '1'],
    ['extensions.objectformat', format],
  ]
}

/** A setting of the repository itself; keys in small letters. */
export function ownSetting(all: readonly Setting[], key: string): string | undefined {
  return all.findLast((each) => each.scope === 'local' && each.key === key)?.value
}

/** Every setting that holds in the repository, the weakest first. */
export async function readSettings(repo: Repository): Promise<Setting[]> {
  const { stdout } = await inRepository(repo, ['config', '--list', '--show-scope', '--includes', '-z'])
  const fields = stdout.split('\0')
  const settings: Setting[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const entry = fields[at + 1] ?? ''
    const end = entry.indexOf('\n')
    settings.push({
      scope: fields[at] ?? '',
      key: end === -1 ? entry : entry.slice(0, end),
      value: end === -1 ? 'true' : entry.slice(end + 1),
    })
  }
  return settings
}

/** A relative path of a remote means the main checkout; elsewhere it would mean something else. */
function absoluteUrl(repo: Repository, url: string): string {
  return /^\.{1,2}(\/|$)/.test(url) ? resolve(repo.root, url) : url
}

/** A git configuration file. */
export function configText(settings: Settings): string {
  return settings
    .map(([key, value]) => {
      const first = key.indexOf('.')
      const last = key.lastIndexOf('.')
      const section = key.slice(0, first)
      const middle = first === last ? '' : ` "${key.slice(first + 1, last).replace(/[\\"]/g, '\\$&')}"`
      const text = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
      return `[${section}${middle}]\n\t${key.slice(last + 1)} = "${text}"\n`
    })
    .join('')
}
