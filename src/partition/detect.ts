/** What a repository without configuration most likely wants run, told from the files at its top. Pure. */

export interface Detected {
  checks: string[]
  setup: string[]
}

/** Lock file -> the command that installs exactly what it names. */
const INSTALLS: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
  ['yarn.lock', 'yarn install --frozen-lockfile'],
  ['bun.lock', 'bun install --frozen-lockfile'],
  ['package-lock.json', 'npm ci'],
]

/** Build file -> the command that runs the tests. */
const TESTS: readonly (readonly [string, string])[] = [
  ['Cargo.toml', 'cargo test'],
  ['go.mod', 'go test ./...'],
  ['mix.exs', 'mix test'],
  ['pytest.ini', 'pytest'],
  ['pyproject.toml', 'pytest'],
  ['Gemfile', 'bundle exec rake test'],
]

/** Build file -> what says which version of its tools is installed. */
const TOOLS: readonly (readonly [string, readonly string[]])[] = [
  ['package.json', ['node --version']],
  ['Cargo.toml', ['cargo --version', 'rustc --version']],
  ['go.mod', ['go version']],
  ['mix.exs', ['mix --version']],
  ['pyproject.toml', ['python3 --version']],
  ['setup.py', ['python3 --version']],
  ['pytest.ini', ['python3 --version']],
  ['Gemfile', ['ruby --version']],
]

/** What `npm init` writes where nobody wrote tests. */
const NO_TESTS = 'no test specified'

/**
 * @param files names at the top of the repository
 * @param packageJson content of package.json; null when there is none
 */
export function detect(files: ReadonlySet<string>, packageJson: string | null): Detected {
  const install = INSTALLS.find(([file]) => files.has(file))
  const script = packageJson === null ? null : testScript(packageJson)
  if (script !== null && !script.includes(NO_TESTS)) {
    const runner = install?.[1].split(' ')[0] ?? 'npm'
    return { checks: [`${runner} test`], setup: install ? [install[1]] : [] }
  }
  const test = TESTS.find(([file]) => files.has(file))
  return { checks: test ? [test[1]] : [], setup: [] }
}

/**
 * Commands that print the versions of the tools a repository most likely is tested with.
 * @param files names at the top of the repository
 */
export function detectTools(files: ReadonlySet<string>): string[] {
  const installer = INSTALLS.find(([file]) => files.has(file))?.[1].split(' ')[0] ?? 'npm'
  const found = TOOLS.filter(([file]) => files.has(file)).flatMap(([, commands]) => commands)
  const node = files.has('package.json') ? [`${installer} --version`] : []
  return ['git --version', ...new Set([...found, ...node])]
}

function testScript(packageJson: string): string | null {
  try {
    const parsed = JSON.parse(packageJson) as { scripts?: { test?: unknown } } | null
    const script = parsed?.scripts?.test
    return typeof script === 'string' ? script : null
  } catch {
    // Not a package that could be tested; its own tools will say what is wrong with it.
    return null
  }
}
