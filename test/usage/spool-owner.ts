import type { SpoolOwner } from '../../src/usage/spool-file.ts'

/** A process whose database was never reached. */
export function ownerOf(process: string): SpoolOwner {
  return { process, address: 'sqlite' }
}
