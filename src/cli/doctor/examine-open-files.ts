import type { Finding } from './finding.ts'

const openMin = 1024

/** Each stream takes two files: a socket of the client's and one of the model server's. */
export function examineOpenFiles(most = readLimit()): readonly Finding[] {
  if (most === undefined || most >= openMin) return []
  return [
    {
      about: 'open files',
      state: 'unsure',
      found: `no more than ${most} may be open at once here, and each stream takes two`,
      fix: `Raise the limit to ${openMin} or more: ulimit -n, LimitNOFILE of systemd, or ulimits of Docker.`,
    },
  ]
}

/** Undefined where there is none, and where this system does not tell. Node has raised it as far as it may be. */
function readLimit(): number | undefined {
  // Node's types do not know it; without it, a report asks for the names of the machines that it is connected with.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits }: { userLimits?: { open_files?: { soft?: unknown } } } = Object(process.report.getReport())
  const most = userLimits?.open_files?.soft
  return typeof most === 'number' ? most : undefined
}
