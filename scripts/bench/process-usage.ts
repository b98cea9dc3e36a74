import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** The processor time that a process and its children have used, in microseconds. */
export function cpuUs(pid: number): number {
  // The command, in parentheses, may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const own = ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond
  return children(pid).reduce((sum, child) => sum + cpuUs(child), own)
}

/** The most memory that a process and its children have held, in megabytes. */
export function peakMemoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const own = Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0) / 1024
  return children(pid).reduce((sum, child) => sum + peakMemoryMb(child), own)
}

/** How busy the machine is, from 0 to 1, over the time that `meanwhile` takes. */
export async function busyShare(meanwhile: () => Promise<unknown>): Promise<number> {
  const before = readTotals()
  await meanwhile()
  const after = readTotals()
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

function readTotals(): { idle: number; all: number } {
  const [, ...times] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number)
  const [, , , idle = 0, waiting = 0] = times
  return { idle: idle + waiting, all: times.reduce((sum, time) => sum + time, 0) }
}

function children(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return list === '' ? [] : list.split(' ').map(Number)
}
