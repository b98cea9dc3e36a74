import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'

/** One of the process's own streams. */
export type Standard = Writable & { readonly fd: number }

/**
 * Where to write what must not hold up the server. Node waits for a terminal with every write, so that one that takes
 * nothing (Ctrl-S, a paused tmux, a dead connection) would stop the whole process; such a one is opened once more.
 */
export function outputOf(standard: Standard): Writable {
  if (!isatty(standard.fd)) return standard
  const descriptor = openAgain(standard.fd)
  return descriptor === undefined ? standard : createTerminalOutput(descriptor)
}

/** Not to wait belongs to an opening: what the shell and others have open stays as it is. */
const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** By its device, which after `su` may be another user's, else as the terminal that this process belongs to. */
function openAgain(descriptor: number): number | undefined {
  for (const path of [`/proc/self/fd/${descriptor}`, '/dev/tty']) {
    try {
      return openSync(path, flags)
    } catch {
      // Not here, or not for this user.
    }
  }
  return undefined
}

function createTerminalOutput(descriptor: number): Writable {
  return new Writable({
    write: (bytes: Buffer, _encoding, done) => writeAll(descriptor, bytes, done),
    destroy(thrown, done) {
      closeSync(descriptor)
      done(thrown)
    },
  })
}

/** Nobody tells when a terminal takes more: it is asked again, soon while it takes some. */
const askAgainMs = { min: 1, max: 100 }

type Done = (thrown?: Error) => void

function writeAll(descriptor: number, bytes: Buffer, done: Done, waitedMs = 0): void {
  const written = writeSome(descriptor, bytes)
  if (written instanceof Error) done(written)
  else if (written === bytes.length) done()
  else {
    const waitMs = written > 0 ? askAgainMs.min : Math.min(Math.max(2 * waitedMs, askAgainMs.min), askAgainMs.max)
    setTimeout(() => writeAll(descriptor, bytes.subarray(written), done, waitMs), waitMs).unref()
  }
}

function writeSome(descriptor: number, bytes: Buffer): number | Error {
  try {
    return writeSync(descriptor, bytes)
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    return 'code' in thrown && thrown.code === 'EAGAIN' ? 0 : thrown
  }
}
