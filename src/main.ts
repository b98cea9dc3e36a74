#!/usr/bin/env node
import { onSupportedNode } from './cli/supported-node.ts'

await onSupportedNode(async () => {
  const { run } = await import('./cli/cli.ts')
  await run(process.argv)
})
