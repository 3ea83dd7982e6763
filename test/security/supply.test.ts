/** Group 12 of the attacks: what an installation brings, and where it comes from. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { ROOT, textOf } from '../quality/tree.ts'

interface Locked {
  dev?: boolean
  optional?: boolean
  os?: string[]
  integrity?: string
  hasInstallScript?: boolean
}
const { packages } = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, Locked> }
const manifest = JSON.parse(textOf('package.json')) as Record<string, Record<string, unknown>>

test('every package is told by its content', () => {
  const unknown = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && !integrity)
  // Tools of other platforms, which are never installed beside one that is told (scripts/lockfile.mjs).
  expect(
    unknown.filter(([, { dev, optional, os }]) => !(dev && optional && os)).map(([path]) => path),
  ).toEqual([])
  for (const [path, { integrity }] of Object.entries(packages))
    if (integrity) expect(integrity, path).toMatch(/^sha512-[\w+/]{86}==$/)
})

test('of packages that run a script when they are installed there are two, for development alone', () => {
  const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
  expect(scripted.map(([path, { dev }]) => [path, dev])).toEqual([
    ['node_modules/esbuild', true],
    ['node_modules/node', true],
  ])
  // Nor does this package itself.
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    expect(manifest['scripts'], name).not.toHaveProperty(name)
})

test('it is published with a proof of what it was built from', () => {
  expect(manifest['publishConfig']).toEqual({ access: 'public', provenance: true })
})

test('what is packed is the product: no source, no test, nothing of the development server', () => {
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [packed] = JSON.parse(said) as { files: { path: string }[] }[]
  const paths = packed?.files.map(({ path }) => path) ?? []
  expect(paths).toEqual(expect.arrayContaining(['package.json', 'bin/worktrain.mjs', 'dist/supervisor.js']))
  const own =
    /^(package\.json|README\.md|LICENSE|bin\/worktrain\.mjs|dist\/([\w.-]+\.(js|js\.map|pl)|\.stamp)|dist\/web\/(index\.html|push-worker\.js|assets\/[\w.-]+))$/
  expect(paths.filter((path) => !own.test(path))).toEqual([])
  const code = paths.filter((path) => /\.(js|mjs|html|css)$/.test(path))
  for (const path of code)
    expect(textOf(path), path).not.toMatch(
      /@vite\/client|import\.meta\.hot\b|react-refresh|from "vite"|from "vitest"/,
    )
})
