import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

interface Failure {
  /** A code such as ENOENT, or a few words: the system's own repeat the path. */
  readonly failure: string
}

/** A file's text, or why there is none. */
export type ReadText = { readonly content: string; readonly failure?: undefined } | Failure

/** Much more than settings, secrets or certificates take; `/dev/zero` has no end. */
const bytesMax = 16 * 1024 * 1024
const waitMax = 30_000

/** Text in UTF-8, also of a pipe, which is waited for up to `waitMs`. */
export function readText(path: string, waitMs = waitMax): ReadText {
  const bytes = readBytes(path, waitMs)
  if (bytes.failure !== undefined) return bytes
  const content = decode(bytes.content)
  return content === undefined ? { failure: 'not UTF-8' } : { content }
}

/** UTF-16 of plain letters is valid UTF-8, and every other character of it is NUL. */
function decode(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

type ReadBytes = { readonly content: Buffer; readonly failure?: undefined } | Failure

/** As `readText`, of a file in whatever encoding. */
export function readBytes(path: string, waitMs = waitMax): ReadBytes {
  let file: number | undefined
  try {
    // Else it would wait in here, for ever, until somebody writes to a pipe.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return readOpened(file, waitMs)
  } catch (thrown) {
    return { failure: codeOf(thrown) ?? 'unknown error' }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Throws what the system says. */
function readOpened(file: number, waitMs: number): ReadBytes {
  const isPipe = fstatSync(file).isFIFO()
  let deadline = performance.now() + waitMs
  const pieces: Buffer[] = []
  let length = 0
  while (length <= bytesMax) {
    const piece = readPiece(file)
    // A pipe that nobody has opened yet for writing is at its end as well.
    if (piece?.length === 0 && !(isPipe && length === 0)) return { content: Buffer.concat(pieces) }
    if (piece === undefined || piece.length === 0) {
      if (performance.now() >= deadline) return { failure: `nothing came for ${waitMs / 1000} s` }
      pause()
    } else {
      deadline = performance.now() + waitMs
      pieces.push(piece)
      length += piece.length
    }
  }
  return { failure: `more than ${bytesMax / 1024 / 1024} MiB` }
}

/** Undefined where there is nothing yet. */
function readPiece(file: number): Buffer | undefined {
  const piece = Buffer.alloc(64 * 1024)
  try {
    return piece.subarray(0, readSync(file, piece))
  } catch (thrown) {
    if (codeOf(thrown) === 'EAGAIN') return undefined
    throw thrown
  }
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
}

const pauseMs = 20

/** Settings are read in one go, before there is anything else to do. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
}
