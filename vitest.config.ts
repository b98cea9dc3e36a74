import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 3,
    // Node itself loads the tests and what they test, as it loads the gateway, and without Vite's work on every module.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Each file has a process of its own, which need not compile what another has. The set-up removes it: a file of tests
    // has another address in each run, and would be kept for nobody.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), `vllm-gateway-compiled-${process.pid}`) },
  },
})
