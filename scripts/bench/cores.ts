import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Which core each part runs on, as taskset writes it; undefined where parts cannot be pinned. */
export interface Cores {
  /** What is measured, alone on its core. */
  readonly measured: string | undefined
  readonly upstream: string | undefined
  readonly load: string | undefined
}

/** One core for what is measured; the upstream and the load share another, or have one each where there are three. */
export function chooseCores(): Cores {
  const allowed = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const cores = allowed.split(',').flatMap(readRange)
  const [measured, upstream, load = upstream] = cores
  if (upstream === undefined || !hasProgram('taskset'))
    return { measured: undefined, upstream: undefined, load: undefined }
  return { measured, upstream, load }
}

export function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore', env: { PATH: searchPath() } })
    return true
  } catch {
    return false
  }
}

/** PATH with the folders of system programs, nginx among them, that Debian leaves out for users. */
export function searchPath(): string {
  return `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`
}

function readRange(range: string): string[] {
  const [first = NaN, last = first] = range.split('-').map(Number)
  return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, index) => String(first + index))
}
