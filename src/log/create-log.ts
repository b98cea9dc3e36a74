import pino, { type Level } from 'pino'
import type { AccessLine } from '../chat/access-line.ts'
import { type AccessLevel, accessJson } from './access-json.ts'
import { createGatheringStream } from './gathering-stream.ts'
import { createIsoClock } from './iso-clock.ts'
import { prettyLine } from './pretty-line.ts'
import { outputOf } from './terminal-output.ts'

export interface LogOptions {
  readonly level: string
  readonly format: 'json' | 'pretty'
}

/** The log of the house: one line a request at its end, and what an operator must know. */
export interface Log {
  access(line: AccessLine): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** Writes what is held back, waiting at most half a second for a reader that does not read. */
  close(): Promise<void>
}

const levelNames = { 30: 'info', 40: 'warn', 50: 'error' } satisfies Record<AccessLevel, Level>

export function createLog({ level, format }: LogOptions): Log {
  const { write, close } = createGatheringStream(outputOf(process.stdout), format === 'pretty' ? prettyLine : undefined)
  const now = createIsoClock()
  const logger = pino({ level, base: null, timestamp: () => `,"time":"${now()}"` }, { write })
  return {
    access(line) {
      const weight = levelOf(line)
      if (logger.isLevelEnabled(levelNames[weight])) write(accessJson(line, weight, now()))
    },
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    close,
  }
}

function levelOf({ failure, status, outcome }: AccessLine): AccessLevel {
  if (failure === 'internal') return 50
  // A stream's status was sent before it failed.
  const failedLate = status === 200 && outcome === 'failed'
  return status >= 500 || failedLate ? 40 : 30
}
