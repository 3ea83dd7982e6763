/** The tools as a server of the Model Context Protocol. Nothing else may be written to its output. */
import { McpServer } from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import type { Client } from '../../client/api.ts'
import { PROCEDURES } from '../../protocol/api.ts'
import { toErrorBody } from '../../protocol/errors.ts'
import { VERSION } from '../../protocol/version.ts'
import { TOOLS } from './tools.ts'

/** Bytes of one message; the largest input of a tool is far below. */
const MESSAGE_MAX = 1024 * 1024

/** Serves until the agent closes the input. */
export async function serveTools(
  client: Client,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): Promise<void> {
  const server = new McpServer({ name: 'worktrain', version: VERSION })
  for (const { name, procedure, about, reads } of TOOLS) {
    server.registerTool(
      name,
      {
        description: about,
        inputSchema: PROCEDURES[procedure],
        annotations: { readOnlyHint: reads, destructiveHint: false, openWorldHint: false },
      },
      async (given: unknown) => {
        try {
          const answer = await client.call(procedure, given as never)
          return { content: [{ type: 'text' as const, text: JSON.stringify(answer, null, 1) }] }
        } catch (error) {
          const { code, message, hint } = toErrorBody(error)
          const text = [`${message} (${code})`, hint].filter(Boolean).join('\n')
          return { isError: true, content: [{ type: 'text' as const, text }] }
        }
      },
    )
  }
  const closed = new Promise<void>((resolve) => input.once('close', resolve).once('end', resolve))
  await server.connect(new StdioServerTransport(input, output, { maxBufferSize: MESSAGE_MAX }))
  await closed
  await server.close()
}
