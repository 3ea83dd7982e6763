/**
 * `npm run lockfile`: writes package-lock.json anew and completes it.
 *
 * npm leaves out of the lockfile the platform packages that the registry in use does not serve; `npm ci`
 * then refuses it everywhere. This adds what is missing by name, version, os and cpu. Those entries have
 * no integrity hash: they are development tools of other platforms.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './setup.mjs'

const LOCKFILE = join(ROOT, 'package-lock.json')
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

const npm = spawnSync('npm', ['install', '--package-lock-only'], { cwd: ROOT, stdio: 'inherit' })
if (npm.status !== 0) process.exit(npm.status ?? 1)

const lock = JSON.parse(readFileSync(LOCKFILE, 'utf8'))
const { packages } = lock
let added = 0
for (const [path, entry] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`
    if (packages[at] || packages[`${path}/${at}`]) continue
    const platform = /(?:binding-|tsgolint\/)([a-z0-9]+)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name)
    if (!platform) continue
    const [, os, cpu, abi] = platform
    packages[at] = {
      version,
      cpu: [cpu],
      dev: true,
      ...(os === 'linux' && abi ? { libc: [LIBC[abi]] } : {}),
      license: 'MIT',
      optional: true,
      os: [os],
      ...(entry.engines ? { engines: entry.engines } : {}),
    }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(LOCKFILE, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added} platform packages added\n`)
