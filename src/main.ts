#!/usr/bin/env node
import module from 'node:module'
import { onSupportedNode } from './cli/supported-node.ts'

// Halves the time to start from the second time on; an old Node, which only hands over, does not have it.
module.enableCompileCache?.()

await onSupportedNode(async () => {
  const { run } = await import('./cli/cli.ts')
  await run(process.argv)
})
