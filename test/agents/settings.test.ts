/** What a session's Claude Code is told by `--settings`, and what stands above that. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { managedHooks } from '../../src/agents/claude/managed.ts'
import { settingsFor } from '../../src/agents/claude/settings.ts'

describe('managed settings', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wt-managed-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const put = (name: string, settings: unknown) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), typeof settings === 'string' ? settings : JSON.stringify(settings))
  }

  test('say whether they leave our hooks alone', () => {
    expect(managedHooks(join(directory, 'none'))).toEqual({ forbidden: null, urlsRestricted: false })
    put('managed-settings.json', { disableAllHooks: false, strictPluginOnlyCustomization: ['skills'] })
    put('managed-settings.d/10.json', 'no json')
    expect(managedHooks(directory)).toEqual({ forbidden: null, urlsRestricted: false })
    put('managed-settings.d/20.json', { allowedHttpHookUrls: [] })
    expect(managedHooks(directory).urlsRestricted).toBe(true)
    // Each was seen to take away the hooks of --settings in 2.1.329.
    for (const settings of [
      { allowManagedHooksOnly: true },
      { disableAllHooks: true },
      { strictPluginOnlyCustomization: ['hooks'] },
      { strictPluginOnlyCustomization: true },
    ]) {
      put('managed-settings.d/30.json', settings)
      expect(managedHooks(directory).forbidden).toContain(Object.keys(settings)[0])
      expect(managedHooks(directory).forbidden).toContain('30.json')
    }
  })
})

describe('settings', () => {
  const hooks = { port: 4321, token: 'secret' }
  const request = { hooks, bypass: false, version: '2.1.329', env: {}, urlsRestricted: false }
  type Settings = { hooks: Record<string, { matcher: string; hooks: Record<string, unknown>[] }[]> }
  const hookOf = (settings: unknown, event: string) => (settings as Settings).hooks[event]?.[0]?.hooks[0]

  test('what decides is waited for, and its failure refuses; what only tells is short', () => {
    const settings = settingsFor(request)
    for (const [event, [entry]] of Object.entries((settings as Settings).hooks)) {
      const hook = entry?.hooks[0]
      expect(entry?.matcher).toBe('*')
      expect(hook).toMatchObject({
        type: 'http',
        url: `http://127.0.0.1:4321/hook/${event}`,
        headers: { Authorization: 'Bearer secret' },
      })
      const decides = ['PreToolUse', 'ConfigChange', 'PermissionRequest'].includes(event)
      if (decides) expect(hook?.timeout).toBe(86_400)
      else expect(Number(hook?.timeout)).toBeLessThanOrEqual(5)
    }
    expect(hookOf(settings, 'PreToolUse')?.onFailure).toBe('block')
    expect(hookOf(settings, 'Stop')).not.toHaveProperty('onFailure')
    // Unknown to it: kept out, as anything unknown may stop its terminal at a dialog.
    expect(hookOf(settingsFor({ ...request, version: '2.1.294' }), 'PreToolUse')).not.toHaveProperty(
      'onFailure',
    )
    // Not known to 2.1.197, which would stop at a dialog.
    for (const event of ['PreModelSwitch', 'PostModelSwitch', 'DirectoryAdded'])
      expect(settings.hooks).not.toHaveProperty(event)
  })

  test('nothing below them can take the hooks away', () => {
    const env = { NO_PROXY: 'internal.example' }
    expect(settingsFor({ ...request, env })).toMatchObject({
      disableAllHooks: false,
      allowedHttpHookUrls: ['http://127.0.0.1:4321/hook/*', '*'],
      env: {
        CLAUDE_CODE_SIMPLE: '',
        NO_PROXY: 'internal.example,127.0.0.1',
        no_proxy: 'internal.example,127.0.0.1',
      },
    })
    // A list of the person's own stays one; ours is added to it.
    expect(settingsFor({ ...request, urlsRestricted: true }).allowedHttpHookUrls).toEqual([
      'http://127.0.0.1:4321/hook/*',
    ])
    expect(settingsFor(request)).not.toHaveProperty('skipDangerousModePermissionPrompt')
    expect(settingsFor({ ...request, hooks: null, bypass: true })).toEqual({
      disableAllHooks: false,
      skipDangerousModePermissionPrompt: true,
    })
  })
})
