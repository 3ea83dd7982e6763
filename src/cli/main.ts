/** `worktrain`: one command, its output, its exit code. */
import { cli } from './cli.ts'
import { currentDirectory } from './current-directory.ts'

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await cli(process.argv.slice(2), {
  env: process.env,
  cwd: currentDirectory(process.env['PWD']),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
})
