import { PassThrough, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createGatheringStream } from '../../src/log/gathering-stream.ts'
import { until } from '../simulator/running-simulator.ts'
import { heapUsed } from '../support/heap-used.ts'

/** A reader that takes nothing until it is let. */
function createBlockedReader() {
  const taken: string[] = []
  let release: () => void = () => undefined
  let blocked = true
  const out = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      taken.push(text)
      if (blocked) release = done
      else done()
    },
  })
  return {
    out,
    taken,
    unblock() {
      blocked = false
      release()
    },
  }
}

const line = (number: number) => `${JSON.stringify({ number, text: 'x'.repeat(1000) })}\n`

describe('lines', () => {
  test('are written together, once they are many', () => {
    const out = new PassThrough({ encoding: 'utf8', highWaterMark: 100_000 })
    const stream = createGatheringStream(out)
    for (const number of [1, 2, 3, 4]) stream.write(line(number))
    expect(out.read()).toBeNull()
    stream.write(line(5))
    expect(out.read()).toBe([1, 2, 3, 4, 5].map(line).join(''))
  })

  test('are written soon, though they are few', async () => {
    const out = new PassThrough({ encoding: 'utf8' })
    createGatheringStream(out).write('a\n')
    await until(() => out.read() === 'a\n')
  })

  test('are written before the end', async () => {
    const out = new PassThrough({ encoding: 'utf8' })
    const stream = createGatheringStream(out)
    stream.write('a\n')
    await stream.close()
    expect(out.read()).toBe('a\n')
  })
})

test('once all is taken, nothing keeps the process from ending', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const { out, unblock } = createBlockedReader()
  const stream = createGatheringStream(out)
  stream.write('a\n')
  const before = timers()
  const closed = stream.close()
  expect(timers()).toBe(before + 1)
  unblock()
  await closed
  expect(timers()).toBe(before)
})

describe('a reader that does not read', () => {
  test('costs lines beyond a bound, whose number is told once it reads again', async () => {
    const { out, taken, unblock } = createBlockedReader()
    const stream = createGatheringStream(out)
    for (let number = 0; number < 10_000; number++) stream.write(line(number))
    expect(out.writableLength).toBeLessThan(4.2 * 1024 * 1024)
    unblock()
    await until(() => out.writableLength === 0)
    for (let number = 10_000; number < 10_020; number++) stream.write(line(number))
    await stream.close()
    const lines = taken
      .join('')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    const notes = lines.filter(({ dropped }) => dropped !== undefined)
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatchObject({ level: 40, msg: 'log lines were dropped: nobody read them' })
    expect(lines.length - 1 + notes[0].dropped).toBe(10_020)
    expect(lines.at(-1)?.number).toBe(10_019)
  })

  test('is waited for at the end, but not for long', async () => {
    const { out } = createBlockedReader()
    const stream = createGatheringStream(out)
    stream.write('a\n')
    const from = performance.now()
    await stream.close()
    expect(performance.now() - from).toBeLessThan(2000)
  })
})

test('a reader that has gone away costs nothing but the lines', async () => {
  const out = new Writable({ write: (_text, _encoding, done) => done(new Error('EPIPE')) })
  const stream = createGatheringStream(out)
  for (let number = 1; number <= 5; number++) stream.write(line(number))
  await until(() => out.destroyed)
  const before = heapUsed()
  for (let number = 0; number < 50_000; number++) stream.write(line(number))
  expect(heapUsed() - before).toBeLessThan(10 * 1024 * 1024)
  await stream.close()
})
