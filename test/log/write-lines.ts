/**
 * A process that logs: a line of every kind, or as many as it is told while its event loop is watched. Where it is
 * told of a file, that says how it went; then it says one line more whenever Enter is pressed, and stays.
 */
import { writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { AccessLine } from '../../src/chat/access-line.ts'
import { createLog } from '../../src/log/create-log.ts'

const [, , many, format, report] = process.argv
const log = createLog({ level: 'info', format: format === 'pretty' ? format : 'json' })

const line: AccessLine = {
  requestId: 'req1',
  clientRequestId: 'trace-1',
  key: 'mine',
  service: 'gemma4',
  dialect: 'openai-chat',
  method: 'POST',
  route: '/v1/chat/completions',
  status: 200,
  outcome: 'completed',
  failure: undefined,
  cause: undefined,
  usage: { promptTokens: 21, cachedTokens: 16, completionTokens: 39, reasoningTokens: 30 },
  maxTokens: 1024,
  queueMs: 0.12345,
  firstTokenMs: 12.34567,
  totalMs: 100,
}

function writeSome(): void {
  log.access(line)
  log.access({ ...line, status: 503, outcome: 'failed', failure: 'overloaded', cause: new Error('vgw_secret1234') })
  log.access({ ...line, status: 500, outcome: 'failed', failure: 'internal', cause: new TypeError('bug') })
  log.access({
    ...line,
    ...{ clientRequestId: 'my secret\nprompt', key: undefined, service: undefined, dialect: undefined },
    ...{ usage: undefined, maxTokens: undefined, queueMs: undefined, firstTokenMs: undefined, status: 401 },
    ...{ outcome: 'failed', failure: 'missing-key' },
  })
  log.access({ ...line, clientRequestId: ['a', 'b'] })
  log.access({ ...line, clientRequestId: 'x'.repeat(129) })
  log.info({ a: 1 }, 'said')
  log.warn({}, 'warned')
  log.error({}, 'failed')
}

const linesPerTurn = 200

/** Returns how long the event loop was held up at most. */
async function writeMany(lines: number): Promise<number> {
  let longestMs = 0
  for (let written = 0; written < lines; written += linesPerTurn) {
    const from = performance.now()
    for (let count = 0; count < linesPerTurn; count++) log.access(line)
    await setImmediate()
    longestMs = Math.max(longestMs, performance.now() - from)
  }
  return longestMs
}

if (many === undefined) writeSome()
else {
  const longestMs = await writeMany(Number(many))
  const told = `${JSON.stringify({ longestMs })}\n`
  if (report === undefined) process.stderr.write(told)
  else {
    writeFileSync(report, told)
    for await (const _ of process.stdin) log.info({}, 'said')
  }
}
await log.close()
process.stderr.write('closed\n')
process.exit()
