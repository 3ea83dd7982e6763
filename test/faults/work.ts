/** Command line that starts a session of a shell script, in a workspace of this kind. */
export function work(name: string, kind: string, script: string): string[] {
  return [
    ...['run', 'Work', '--name', name, '--kind', kind, '--check', 'true'],
    ...['--', '/bin/sh', '-c', script],
  ]
}
