import { rmSync } from 'node:fs'
import type { TestProject } from 'vitest/node'

/**
 * At the end of a run: the addresses of test files differ from run to run, so that what they compiled is for nobody. Not
 * before the exit, because processes that end still write what they compiled, as the last of them may even then.
 */
export default function setUp({ config }: TestProject): void {
  const folder = config.env['NODE_COMPILE_CACHE']
  if (folder === undefined) return
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
}
