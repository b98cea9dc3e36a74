import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

/** The oldest Node that runs the gateway, as `engines` in package.json says. */
const oldest = [24, 15] as const

/**
 * Runs on this Node where it is young enough, else on the one of the npm package `node` where that is installed, as in a
 * checkout. Whoever calls the command need not care which Node comes first on the PATH.
 */
export async function onSupportedNode(run: () => Promise<void>): Promise<void> {
  if (isSupported(process.versions.node)) return run()
  const own = findOwnNode()
  if (own === undefined) {
    const wanted = oldest.join('.')
    process.stderr.write(`vllm-gateway needs Node ${wanted} or newer; this is Node ${process.versions.node}.\n`)
    process.stderr.write('Install a newer Node, or `npm install node@26` beside vllm-gateway.\n')
    process.exitCode = 1
    return
  }
  handOver(own)
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

function findOwnNode(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node')
  } catch {
    return undefined
  }
}

function handOver(node: string): void {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // A terminal signals the child as well, and a second signal would end it at once.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => process.stdin.isTTY || child.kill(signal))
  }
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128)
  })
}
