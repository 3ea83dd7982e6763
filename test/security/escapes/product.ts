/** Attacks on Worktrain itself, as a session finds it: its API, other sessions' hosts, its guard. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { subagent } from './agent.ts'
import { pwned, readme, said, type Vector } from './vector.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** What the attack leaves behind: nothing that its own text says. */
const trace = (mark: string): string => [...mark].toReversed().join('')

/** One HTTP request by perl; `token` sets `$t`, the body may use `$n`, the trace. */
const post = (connect: string, host: string, path: string, body: string, token: string): string =>
  `perl -MSocket -e '${connect} or exit 1; ${token}; $n = reverse "$MARK"; $b = qq(${body}); $l = length $b;
    $h = "POST ${path} HTTP/1.1\\r\\nhost: ${host}\\r\\ncontent-type: application/json\\r\\nauthorization: Bearer $t\\r\\n";
    syswrite(S, $h . "content-length: $l\\r\\nconnection: close\\r\\n\\r\\n$b"); local $/; $_ = <S>; print; exit(!m(^HTTP/1.1 200))'`
const toSupervisor = 'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("$SUPSOCK"))'
const toHooks = 'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in($HOOKPORT, INADDR_LOOPBACK))'
/** Of the other session's host, from the file that says how it was started. */
const stolen = (pattern: string): string =>
  `open(T, "<", "$OTHERSTATE/host-spec.json") or exit 1; { local $/; ($t) = <T> =~ /${pattern}/ }`
const note = (token: string): string =>
  post(toSupervisor, 'worktrain', '/api/note', '{"repo":null,"name":"other","note":"$n"}', token)
const hook = (token: string): string =>
  post(
    toHooks,
    '127.0.0.1:$HOOKPORT',
    '/hook/Notification',
    '{"hook_event_name":"Notification","message":"$n"}',
    token,
  )
const attach = (token: string): string => `$NODE --input-type=module -e '
  import { readFileSync } from "node:fs"
  const { HostControl } = await import("${ROOT}/src/client/host.ts")
  const host = await HostControl.connect("$HOSTSOCK", { token: ${token} })
  await host.request({ op: "screen" }); console.log("ESCAPED"); process.exit()'`

const inFile =
  (...files: string[]): Vector['escaped'] =>
  (a) =>
    files
      .map((file) => file.replace(/^\$([A-Z]+)/, (_, name: string) => a.words[name] ?? ''))
      .some((file) => existsSync(file) && readFileSync(file, 'latin1').includes(trace(a.mark)))
const inJournal = inFile('$STATE/journal.db', '$STATE/journal.db-wal')
const inRecords = inFile('$OTHERSTATE/records.jsonl')
const onProduct = { only: 'session', product: true } as const

export const PRODUCT: readonly Vector[] = [
  {
    id: 'W43',
    name: "supervisor's API with the session's own token, about another",
    script: note('$t = $ENV{WORKTRAIN_TOKEN}'),
    escaped: inJournal,
    hooks: 'stopped',
    ...onProduct,
  },
  {
    id: 'W44',
    name: "supervisor's API with the person's token",
    script: note('open(T, "<", "$TOKENFILE") or exit 1; $t = <T>; chomp $t'),
    escaped: inJournal,
    ...onProduct,
  },
  {
    id: 'W45',
    name: "another session's terminal, without its token",
    script: attach('"guessed"'),
    escaped: said,
    hooks: 'stopped',
    ...onProduct,
  },
  {
    id: 'W46',
    name: "another session's terminal, with its token",
    script: attach('JSON.parse(readFileSync("$OTHERSTATE/host-spec.json")).token'),
    escaped: said,
    ...onProduct,
  },
  {
    id: 'W47',
    name: "another session's hooks, without their token",
    script: hook('$t = "guessed"'),
    escaped: inRecords,
    hooks: 'stopped',
    ...onProduct,
  },
  {
    id: 'W48',
    name: "another session's hooks, with their token",
    script: hook(stolen('"hooks":\\s*\\{[^}]*"token":\\s*"([^"]+)"')),
    escaped: inRecords,
    ...onProduct,
  },
  {
    id: 'W41',
    name: 'guard switched off in the workspace, then Write',
    script: '',
    calls: (w) => [
      {
        tool: 'Bash',
        input: {
          command: `mkdir -p .claude; printf '{"disableAllHooks":true}' > .claude/settings.local.json`,
          description: 'Set',
        },
      },
      { tool: 'Write', input: { file_path: `${w.MAIN}/pwned`, content: 'x' } },
    ],
    escaped: pwned,
    only: 'session',
    hooks: 'stopped',
  },
  {
    id: 'W42',
    name: 'Bash by a subagent',
    script: '',
    calls: (w) =>
      subagent(w, [
        { tool: 'Bash', input: { command: `f=${w.MAIN}/README.md; echo x > $f`, description: 'Try' } },
      ]),
    escaped: readme,
    only: 'session',
  },
]
