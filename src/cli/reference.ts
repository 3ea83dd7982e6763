/** The whole help text as one page. Pure. */
import { COMMANDS } from './commands.ts'
import { helpOf } from './program.ts'

/** @returns docs/reference/cli.md */
export function cliReference(): string {
  const page = (title: string, text: string): string =>
    `## ${title}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`
  return [
    '# Command line\n',
    'Made from the command table by `npm run reference`; a test keeps it current.\n',
    page('worktrain', helpOf()),
    ...COMMANDS.map(({ name }) => page(`worktrain ${name}`, helpOf(name))),
  ].join('\n')
}
