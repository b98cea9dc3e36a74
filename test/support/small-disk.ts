import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own that is soon full. */
export interface SmallDisk {
  readonly path: string
  /** Takes all that is left. */
  fill(): void
  /** Gives it back. */
  free(): void
  remove(): void
}

/** Only root can mount; undefined where that is not allowed. */
export function mountSmallDisk(kibibytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'gateway-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmSync(path, { recursive: true })
    return undefined
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    fill() {
      try {
        for (let file = 0; ; file++) writeFileSync(`${ballast}-${file}`, Buffer.alloc(4096))
      } catch {
        // Now it is full.
      }
    },
    free() {
      for (let file = 0; existsSync(`${ballast}-${file}`); file++) rmSync(`${ballast}-${file}`)
    },
    remove() {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' })
      rmSync(path, { recursive: true, force: true })
    },
  }
}
