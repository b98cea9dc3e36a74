import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

const script = fileURLToPath(new URL('write-lines.ts', import.meta.url))

/** Writes a line of every kind, or so many of one kind. */
function run(many?: number): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, many === undefined ? [script] : [script, String(many)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

// biome-ignore lint/suspicious/noExplicitAny: lines of every shape; a wrong guess fails its expectation.
async function linesOf(many?: number): Promise<any[]> {
  const lines = (await text(run(many).stdout)).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

describe('a request’s line', () => {
  test('says who asked for what, how it went and how long it took', async () => {
    const [first] = await linesOf()
    expect(first).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      msg: 'request',
      request_id: 'req1',
      client_request_id: 'trace-1',
      key: 'mine',
      service: 'gemma4',
      dialect: 'openai-chat',
      method: 'POST',
      route: '/v1/chat/completions',
      status: 200,
      outcome: 'completed',
      prompt_tokens: 21,
      cached_tokens: 16,
      completion_tokens: 39,
      reasoning_tokens: 30,
      max_tokens: 1024,
      queue_ms: 0.1,
      first_token_ms: 12.3,
      total_ms: 100,
    })
  })

  test('is a warning for a server’s failure and an error for a bug, with causes but without keys', async () => {
    const [, overloaded, bug, refused] = await linesOf()
    expect(overloaded).toMatchObject({ level: 40, failure: 'overloaded', cause: 'Error: vgw_…' })
    expect(bug).toMatchObject({ level: 50, failure: 'internal' })
    expect(bug.cause).toContain('write-lines.ts')
    expect(refused).toMatchObject({ level: 30, status: 401, failure: 'missing-key' })
  })

  test('leaves out what is not known', async () => {
    const [, , , refused] = await linesOf()
    expect(Object.keys(refused)).toEqual([
      ...['level', 'time', 'request_id', 'method', 'route', 'status', 'outcome', 'failure', 'total_ms', 'msg'],
    ])
  })

  test('keeps a client’s id only where it looks like one', async () => {
    const lines = await linesOf()
    expect(lines.slice(3, 6).map(({ client_request_id: id }) => id)).toEqual([undefined, undefined, undefined])
    expect(JSON.stringify(lines)).not.toContain('prompt"')
  })
})

test('what else is to be known has its level and its fields', async () => {
  const rest = (await linesOf()).slice(6)
  expect(rest).toMatchObject([
    { level: 30, a: 1, msg: 'said' },
    { level: 40, msg: 'warned' },
    { level: 50, msg: 'failed' },
  ])
})

/** Three times what is kept for a reader that does not read. */
const tooMany = 40_000

describe('a pipe that nobody reads', () => {
  test('neither stalls the process nor keeps it from ending', async () => {
    const child = run(tooMany)
    child.stdout.pause()
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    const [times = '', closed] = said.split('\n')
    expect([code, closed]).toEqual([0, 'closed'])
    expect(JSON.parse(times).longestMs).toBeLessThan(1000)
  })

  test('that is closed does not end the process', async () => {
    const child = run(tooMany)
    child.stdout.destroy()
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(said).toContain('closed\n')
    expect(code).toBe(0)
  })
})

test('with a reader that reads, no line is lost', async () => {
  expect(await linesOf(8000)).toHaveLength(8000)
})
