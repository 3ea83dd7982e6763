#!/usr/bin/env node
// Syntax of Node 14 and no static import: an old Node must get as far as the message.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `worktrain: NODE_TOO_OLD: Node 24 or newer is needed, this is ${process.versions.node}. Install it from your version manager or package manager.\n`,
  )
  process.exit(1)
}
await import('../dist/worktrain.js')
