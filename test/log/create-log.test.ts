import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../support/cli-process.ts'
import { openTerminal, type Terminal, terminalIsAvailable } from '../support/terminal.ts'

const script = fileURLToPath(new URL('write-lines.ts', import.meta.url))

/** Writes a line of every kind, or so many of one kind. */
function run(many?: number, format = 'json'): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, many === undefined ? [script] : [script, String(many), format], {
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

describe.each(['json', 'pretty'])('as %s, a pipe that nobody reads', (format) => {
  test('neither stalls the process nor keeps it from ending', async () => {
    const child = run(tooMany, format)
    child.stdout.pause()
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    const [times = '', closed] = said.split('\n')
    expect([code, closed]).toEqual([0, 'closed'])
    expect(JSON.parse(times).longestMs).toBeLessThan(1000)
  })

  test('that is closed does not end the process', async () => {
    const child = run(tooMany, format)
    child.stdout.destroy()
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(said).toContain('closed\n')
    expect(code).toBe(0)
  })
})

test('with a reader that reads, no line is lost', async () => {
  expect(await linesOf(8000)).toHaveLength(8000)
})

interface Writer {
  readonly terminal: Terminal
  /** Resolves when it has written all: how long it was held up at most. */
  longestMs(): Promise<number>
}

function openWriter(many: number, format: string): Writer {
  const folder = temporaryFolder()
  const report = join(folder.path, 'report')
  const terminal = openTerminal([String(many), format, report], {}, script)
  onTestFinished(() => {
    terminal.kill()
    folder.remove()
  })
  return {
    terminal,
    async longestMs() {
      await expect.poll(() => existsSync(report) && readFileSync(report, 'utf8'), { timeout: 20_000 }).toContain('\n')
      return JSON.parse(readFileSync(report, 'utf8')).longestMs
    },
  }
}

describe.skipIf(!terminalIsAvailable()).each(['json', 'pretty'])('as %s, a terminal', (format) => {
  const said = format === 'json' ? /"msg":"said"/ : /info {2}said/
  const notes = format === 'json' ? /"dropped":(\d+)/g : /lines were dropped: nobody read them dropped=(\d+)/g

  test('that is read loses no line', async () => {
    const { terminal, longestMs } = openWriter(8000, format)
    const screen = terminal.see(said)
    await longestMs()
    terminal.press('\r')
    expect((await screen).match(/req1/g)).toHaveLength(8000)
  })

  test('that nobody reads does not stall the process; it costs lines beyond a bound, and is told how many', async () => {
    const { terminal, longestMs } = openWriter(tooMany, format)
    terminal.lookAway()
    expect(await longestMs()).toBeLessThan(1000)
    // What is said too soon is dropped as well.
    const asking = setInterval(() => terminal.press('\r'), 50)
    const screen = await terminal.see(said).finally(() => clearInterval(asking))
    const dropped = [...screen.matchAll(notes)].reduce((sum, [, count]) => sum + Number(count), 0)
    const known = (screen.match(/req1/g)?.length ?? 0) + dropped
    expect(dropped).toBeGreaterThan(0)
    expect(known - tooMany).toBeGreaterThanOrEqual(0)
    expect(known - tooMany).toBeLessThan(1000)
  })
})
