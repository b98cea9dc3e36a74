import { closeSync, openSync, readSync } from 'node:fs'

/**
 * Grows by one each time that a write-ahead log begins anew, by whomever; the count beside it is each connection's own
 * (https://sqlite.org/fileformat2.html#the_write_ahead_log).
 */
export function walSaltOf(path: string): number {
  const file = openSync(`${path}-wal`, 'r')
  const salt = Buffer.alloc(4)
  readSync(file, salt, 0, 4, 16)
  closeSync(file)
  return salt.readUInt32BE()
}
