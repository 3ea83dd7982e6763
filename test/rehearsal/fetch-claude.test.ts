import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CLAUDE_VERSION, findOrFetchClaude } from '../../src/rehearsal/fetch-claude.ts'
import type { FetchProgress } from '../../src/rehearsal/fetch-claude.ts'

/** A registry of one package, asked by the real npm: `program` is what the package's `claude` does. */
class Registry {
  readonly asked: string[] = []
  answering = true
  onTarball: () => void = () => {}
  readonly #server: Server
  readonly #directory: string
  readonly #program: string

  constructor(directory: string, program: string) {
    this.#directory = directory
    this.#program = program
    this.#server = createServer((request, response) => {
      const url = decodeURIComponent(request.url ?? '')
      this.asked.push(url)
      if (url.endsWith('.tgz')) {
        this.onTarball()
        if (this.answering) response.end(readFileSync(join(this.#directory, 'package.tgz')))
        return
      }
      const name = url.slice(1)
      const body = this.#packument(name)
      response
        .writeHead(body ? 200 : 404, { 'content-type': 'application/json' })
        .end(JSON.stringify(body ?? {}))
    })
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  #packument(name: string): unknown {
    if (!name.startsWith('@anthropic-ai/claude-code-')) return null
    const content = join(this.#directory, 'package')
    mkdirSync(content, { recursive: true })
    writeFileSync(
      join(content, 'package.json'),
      JSON.stringify({ name, version: CLAUDE_VERSION, scripts: { postinstall: 'exit 7' } }),
    )
    writeFileSync(join(content, 'claude'), this.#program, { mode: 0o755 })
    execFileSync('tar', ['czf', join(this.#directory, 'package.tgz'), '-C', this.#directory, 'package'])
    const integrity = `sha512-${createHash('sha512')
      .update(readFileSync(join(this.#directory, 'package.tgz')))
      .digest('base64')}`
    const dist = { tarball: `${this.url}/package.tgz`, integrity, unpackedSize: 4242 }
    const version = { name, version: CLAUDE_VERSION, dist }
    return { name, 'dist-tags': { latest: CLAUDE_VERSION }, versions: { [CLAUDE_VERSION]: version } }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** PATH on which npm and its node are found, and no `claude`. */
const toolPath = [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(':')]
  .filter((directory) => !existsSync(join(directory, 'claude')))
  .join(':')

describe.skipIf(!['linux', 'darwin'].includes(process.platform))('Claude Code', () => {
  let root: string
  let registry: Registry
  const env = (more: Record<string, string> = {}) => ({
    PATH: toolPath,
    HOME: join(root, 'home'),
    npm_config_registry: registry.url,
    npm_config_cache: join(root, 'npm-cache'),
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
    ...more,
  })
  const cacheDir = () => join(root, 'cache')
  const inCache = () => readdirSync(join(cacheDir(), 'agents'))
  const says = (version: string) => `#!/bin/sh\necho "${version} (Claude Code)"\n`

  async function serve(program: string): Promise<void> {
    mkdirSync(join(root, 'registry'))
    registry = new Registry(join(root, 'registry'), program)
    await registry.start()
  }
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'worktrain-fetch-'))
    mkdirSync(join(root, 'home'))
  })
  afterEach(async () => {
    await registry.close()
    rmSync(root, { recursive: true, force: true })
  })

  test('is fetched once, with size and licence said before, and no install script run', async () => {
    await serve(says(CLAUDE_VERSION))
    const told: FetchProgress[] = []
    const options = {
      cacheDir: cacheDir(),
      env: env(),
      allowFetch: true,
      onProgress: (p: FetchProgress) => void told.push(p),
    }
    const first = await findOrFetchClaude(options)
    expect(first).toMatchObject({ version: CLAUDE_VERSION, fetched: true })
    expect(execFileSync(first?.path ?? '', { encoding: 'utf8' })).toContain(CLAUDE_VERSION)
    expect(told.filter((p) => p.stage !== 'fetching').map((p) => p.stage)).toEqual(['announced', 'checking'])
    expect(told[0]).toMatchObject({
      bytes: 4242,
      licence: expect.stringContaining('not open source') as string,
    })
    expect(inCache()).toEqual([`claude-code-${CLAUDE_VERSION}`])

    const asked = registry.asked.length
    expect(await findOrFetchClaude({ ...options, allowFetch: false })).toEqual({ ...first, fetched: false })
    expect(registry.asked.length).toBe(asked)
  })

  test('is not fetched when declined', async () => {
    await serve(says(CLAUDE_VERSION))
    expect(await findOrFetchClaude({ cacheDir: cacheDir(), env: env(), allowFetch: false })).toBeNull()
    expect(registry.asked).toEqual([])
  })

  test('fetched by two at once is whole for both', async () => {
    await serve(says(CLAUDE_VERSION))
    const options = { cacheDir: cacheDir(), env: env(), allowFetch: true }
    const both = await Promise.all([findOrFetchClaude(options), findOrFetchClaude(options)])
    expect(both[0]?.path).toBe(both[1]?.path)
    expect(inCache()).toEqual([`claude-code-${CLAUDE_VERSION}`])
  })

  test('that the registry lacks is a coded failure with npm’s reason, and leaves nothing', async () => {
    await serve(says(CLAUDE_VERSION))
    const fetching = findOrFetchClaude({
      cacheDir: cacheDir(),
      env: env(),
      allowFetch: true,
      version: '2.9.999',
    })
    await expect(fetching).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringMatching(/2\.9\.999/) as string,
    })
    expect(inCache()).toEqual([])
  })

  test('that is not what it says it is, is refused', async () => {
    await serve(says('1.0.0'))
    const fetching = findOrFetchClaude({ cacheDir: cacheDir(), env: env(), allowFetch: true })
    await expect(fetching).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('1.0.0') as string,
    })
    expect(inCache()).toEqual([])
  })

  test('whose fetch is interrupted leaves nothing; what a killed one left is removed', async () => {
    await serve(says(CLAUDE_VERSION))
    registry.answering = false
    const stop = new AbortController()
    registry.onTarball = () => stop.abort()
    const fetching = findOrFetchClaude({
      cacheDir: cacheDir(),
      env: env(),
      allowFetch: true,
      signal: stop.signal,
    })
    await expect(fetching).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('interrupted') as string,
    })
    expect(inCache()).toEqual([])

    mkdirSync(join(cacheDir(), 'agents', `claude-code-${CLAUDE_VERSION}.partial-999999999-1-00ff`))
    registry.answering = true
    registry.onTarball = () => {}
    expect(await findOrFetchClaude({ cacheDir: cacheDir(), env: env(), allowFetch: true })).toMatchObject({
      fetched: true,
    })
    expect(inCache()).toEqual([`claude-code-${CLAUDE_VERSION}`])
  })

  test('without npm says so', async () => {
    await serve(says(CLAUDE_VERSION))
    const fetching = findOrFetchClaude({
      cacheDir: cacheDir(),
      env: env({ PATH: join(root, 'home') }),
      allowFetch: true,
    })
    await expect(fetching).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('npm was not found') as string,
    })
    expect(inCache()).toEqual([])
  })

  test('that is installed is used, unless it is too old', async () => {
    await serve(says(CLAUDE_VERSION))
    const directory = join(root, 'bin')
    mkdirSync(directory)
    const program = join(directory, 'claude')
    const look = (more: Record<string, string>) =>
      findOrFetchClaude({
        cacheDir: cacheDir(),
        env: env(more),
        allowFetch: false,
        onProgress: (p) => void told.push(p),
      })
    const told: FetchProgress[] = []
    writeFileSync(program, says('2.1.1000'), { mode: 0o755 })
    const path = `${directory}:${toolPath}`
    expect(await look({ PATH: path })).toEqual({ path: program, version: '2.1.1000', fetched: false })
    expect(await look({ WORKTRAIN_CLAUDE: program })).toMatchObject({ path: program })
    writeFileSync(program, says('1.0.128'))
    expect(await look({ PATH: path })).toBeNull()
    expect(told).toEqual([{ stage: 'passed-over', path: program, version: '1.0.128' }])
    chmodSync(program, 0o644)
    await expect(look({ WORKTRAIN_CLAUDE: program })).rejects.toMatchObject({ code: 'AGENT_NOT_INSTALLED' })
  })
})
