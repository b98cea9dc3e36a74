import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askOnce } from '../../scripts/bench/ask-once.ts'
import { barePassThrough, type Ring } from '../../scripts/bench/contenders.ts'
import { differencesOf, measuredOf, noFigures, sharesOf } from '../../scripts/bench/figures.ts'
import { type Started, startAndAsk } from '../../scripts/bench/measure-start.ts'
import { measureStreams } from '../../scripts/bench/measure-streams.ts'
import { cpuUs, peakMemoryMb } from '../../scripts/bench/process-usage.ts'
import { createProcesses } from '../../scripts/bench/processes.ts'
import { compare, compareLedger, formatAims, formatTable } from '../../scripts/bench/report.ts'
import { startStreamUpstream } from '../../scripts/bench/upstreams.ts'
import { askFor, textChunks, wholeReply, withChunks } from '../../scripts/bench/vllm-shapes.ts'

const folder = mkdtempSync(join(tmpdir(), 'bench-parts-'))
const cores = { measured: undefined, upstream: undefined, load: undefined }
const ring: Ring = { folder, cores, processes: createProcesses(folder) }
let upstream: string
let started: Started

beforeAll(async () => {
  upstream = await startStreamUpstream(ring)
  started = await startAndAsk(barePassThrough(ring), upstream)
})

afterAll(async () => {
  await ring.processes.stopAll()
  rmSync(folder, { recursive: true })
})

function chat(url: string, body: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
}

describe('the pass-through', () => {
  test('hands on a whole reply as it is', async () => {
    const response = await chat(started.url, askFor(false))
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe(wholeReply)
  })

  test('hands on a stream as it is', async () => {
    const response = await chat(started.url, askFor(true))
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(await response.text()).toBe(await (await chat(upstream, askFor(true))).text())
  })
})

describe('the wait for the first answer', () => {
  test('ends with the last words of one that ended instead', async () => {
    const gone = {
      name: 'gone',
      warmsUp: false,
      start: async () => ({ url: 'http://127.0.0.1:1', key: '', process: ended() }),
    }
    await expect(startAndAsk(gone, '')).rejects.toThrow(/It never answered with 200 .* the port is taken/)
  })

  test('knows nobody from somebody', async () => {
    expect(await askOnce({ url: 'http://127.0.0.1:1', key: '', body: '' })).toBeUndefined()
    expect(await askOnce({ url: started.url, key: '', body: askFor(false) })).toBe(200)
  })
})

function ended(): Started['process'] {
  return { pid: 0, hasEnded: true, lastWords: () => 'the port is taken', stop: async () => undefined }
}

describe('the stand-in', () => {
  test('streams as many chunks as are counted, and running counts only where vLLM is asked for them', async () => {
    const plain = await (await chat(upstream, askFor(true))).text()
    expect(plain.match(/"content":" word/g)).toHaveLength(textChunks)
    expect(plain).not.toContain('"usage"')
    expect(plain.endsWith('data: [DONE]\n\n')).toBe(true)
    const body = JSON.stringify({ ...JSON.parse(askFor(true)), stream_options: { continuous_usage_stats: true } })
    const counted = await (await chat(upstream, body)).text()
    expect(counted.match(/"usage"/g)?.length).toBeGreaterThan(textChunks)
  })

  test('streams a shorter answer where the request says so', async () => {
    const short = await (await chat(upstream, withChunks(askFor(true), 3))).text()
    expect(short.match(/"content":" word\d+"/g)).toHaveLength(3)
    expect(short.endsWith('data: [DONE]\n\n')).toBe(true)
  })
})

describe('the stream load', () => {
  test('counts the chunks that arrive at the pace that was asked for, and the processor time that they cost', async () => {
    const load = { connections: 16, paceMs: 2, warmUpSeconds: 0.2, seconds: 0.6 }
    const figures = await measureStreams(ring, started, load)
    expect(figures.failed).toBe(0)
    expect(figures.chunksPerSecond).toBeGreaterThan(200)
    expect(figures.chunksPerSecond).toBeLessThan(9000)
    expect(figures.cpuUsPerChunk).toBeGreaterThan(0)
  })

  test('counts streams that end early as failed', async () => {
    const load = { connections: 2, paceMs: 0, warmUpSeconds: 0.1, seconds: 0.1 }
    const wrong = { ...started, url: `${started.url}/nowhere` }
    expect((await measureStreams(ring, wrong, load)).failed).toBeGreaterThan(0)
  })
})

test('the processor time and memory of a process include those of its children', async () => {
  const burn = 'while (process.cpuUsage().user < 120e3); process.stdout.write("x"); setInterval(() => {}, 1e6)'
  const parent = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(burn)}], { stdio: "inherit" })`
  const child = spawn(process.execPath, ['-e', parent], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  await once(child.stdout, 'data')
  const pid = child.pid ?? 0
  expect(cpuUs(pid)).toBeGreaterThan(90_000)
  expect(peakMemoryMb(pid)).toBeGreaterThan(50)
  process.kill(-pid, 'SIGKILL')
})

describe('the report', () => {
  const figures = (perSecond: number, p50Ms: number, cpu: number, name = 'gateway') => ({
    ...noFigures(name),
    startMs: [900, 400, 500],
    requests: Object.fromEntries(
      [64, 16, 1].map((connections) => [
        connections,
        [{ perSecond, p50Ms, p99Ms: p50Ms * 2, cpuUsPerRequest: cpu, failed: 0 }],
      ]),
    ) as ReturnType<typeof noFigures>['requests'],
    paced: [{ chunksPerSecond: 5000, cpuUsPerChunk: cpu, firstFrameMs: 1, failed: 0 }],
    fullSpeed: [{ chunksPerSecond: 9000, cpuUsPerChunk: cpu, firstFrameMs: 1, failed: 0 }],
    peakMemoryMb: 100,
  })
  const direct = figures(80_000, 0.1, 0, 'direct')
  const bare = measuredOf(figures(30_000, 0.2, 20, 'pass-through'), direct)

  test('takes the median of the starts, and latency over what the upstream takes', () => {
    const { summary } = bare
    expect(summary.startMs).toBe(500)
    expect(summary.addedP50Ms[1]).toBeCloseTo(0.1)
    expect(summary.addedP99Ms[16]).toBeCloseTo(0.2)
  })

  test('says which aims are met', () => {
    const names = (perSecond: number, p50Ms: number, cpu: number) =>
      compare(measuredOf(figures(perSecond, p50Ms, cpu), direct), bare).flatMap(({ name, isMet }) =>
        isMet ? [] : [name],
      )
    expect(names(21_000, 0.4, 28)).toEqual([])
    expect(names(20_000, 0.5, 31)).toEqual([
      'requests/s, of the pass-through',
      'CPU per request, of the pass-through',
      'CPU per chunk, of the pass-through',
      'CPU per chunk at full speed, likewise',
      'added p50 at c=1, ms',
    ])
  })

  test('says what the ledger costs, of a gateway without it', () => {
    const without = measuredOf(figures(20_000, 0.3, 30, 'without ledger'), direct)
    const unmet = (perSecond: number, p50Ms: number, cpu: number) =>
      compareLedger(measuredOf(figures(perSecond, p50Ms, cpu), direct), without).filter(({ isMet }) => !isMet)
    expect(unmet(17_000, 0.39, 33)).toEqual([])
    expect(unmet(16_900, 0.41, 36)).toHaveLength(5)
  })

  test('compares round by round, so that a machine that is slow for a while says nothing of either', () => {
    const itself = (value: number) => value
    expect(sharesOf([90, 45, 20, 7], [100, 50, 80], itself)).toEqual([0.9, 0.9, 0.25])
    expect(differencesOf([0.5, 4], [0.25, 1, 2], itself)).toEqual([0.25, 3])
    expect(sharesOf([], [1], itself)).toEqual([])
  })

  test('tells between which values a half of the rounds lies', () => {
    const rounds = [18_000, 19_000, 20_000, 21_000].flatMap((perSecond) => figures(perSecond, 0.3, 30).requests[64])
    const own = { ...figures(20_000, 0.3, 30), requests: { ...figures(20_000, 0.3, 30).requests, 64: rounds } }
    const bareRounds = rounds.map((round) => ({ ...round, perSecond: 20_000 }))
    const other = { ...bare, figures: { ...bare.figures, requests: { ...bare.figures.requests, 64: bareRounds } } }
    const [perSecond] = compare(measuredOf(own, direct), other)
    expect(perSecond).toMatchObject({ found: 0.975, spread: [0.95, 1.05], isMet: true })
    expect(formatAims(compare(measuredOf(own, direct), other))).toContain('0.95 – 1.05')
  })

  test('has a row for each contender, and dashes for what was not measured', () => {
    const lines = formatTable([bare.summary, measuredOf(noFigures('gateway'), direct).summary]).split('\n')
    expect(lines[2]).toContain('30000')
    expect(lines[3]).toMatch(/^\| gateway {6}\| +– \|/)
    expect(new Set(lines.map((line) => line.length)).size).toBe(1)
  })
})
