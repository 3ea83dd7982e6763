/** Makes or trashes a workspace in a process that dies on the way. */
import { createWorkspaces } from '../../src/workspaces/create.ts'
import { erase } from '../../src/workspaces/erase.ts'
import type { Trashed, Workspace, WorkspaceSpec } from '../../src/workspaces/workspace.ts'
import { portsOf } from './no-cell.ts'

export type Job = { dieAt: string | null } & (
  | { do: 'make'; spec: WorkspaceSpec }
  | { do: 'trash'; workspace: Workspace; trashDir: string }
  | { do: 'restore'; workspace: Workspace; trashed: Trashed }
)

// For the `git` that kills it: its caller may be a shell.
process.env['CALLER'] = String(process.pid)
const job = JSON.parse(process.argv[2] ?? '') as Job
const workspaces = createWorkspaces({
  random: () => 'the token of the child',
  erase: async (erasure) => erase(erasure),
})
const onStep = async (step: string) => {
  if (step === job.dieAt) process.kill(process.pid, 'SIGKILL')
}
if (job.do === 'make') await workspaces.make({ ...job.spec, ...portsOf(job.spec) }, onStep)
else if (job.do === 'trash')
  await workspaces.trash(
    { ...job.workspace, ...portsOf(job.workspace) },
    {
      trashDir: job.trashDir,
      now: 1_700_000_000_000,
      keepDays: 14,
      onStep,
    },
  )
else await workspaces.restore({ ...job.workspace, ...portsOf(job.workspace) }, job.trashed)
