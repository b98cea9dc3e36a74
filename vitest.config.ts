import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What they import keeps no state and listens to nothing: their files may share a process, and what it has loaded. */
const pureRooms = ['test/architecture.test.ts', 'test/{architecture,chat,dialects,settings,wire}/**/*.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/support/remove-compiled.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than the cores of a small machine: much of what tests do is wait.
    maxWorkers: 3,
    // Node itself loads the tests and what they test, as it loads the gateway, and without Vite's work on every module.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // What one process has compiled another need not.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), `vllm-gateway-compiled-${process.pid}`) },
    projects: [
      { extends: true, test: { name: 'pure', include: pureRooms, isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: pureRooms,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
})
