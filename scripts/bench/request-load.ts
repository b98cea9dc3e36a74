/** What stands in for wrk where that is not installed: `node request-load.ts <url> <connections> <seconds>`. */

import { Agent, request } from 'node:http'
import type { LoadReport } from './measure-requests.ts'
import { percentile } from './percentile.ts'

const [url = '', connections, seconds] = process.argv.slice(2)
const body = process.env['BENCH_BODY'] ?? ''
const headers = {
  authorization: `Bearer ${process.env['BENCH_KEY']}`,
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
}
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
const startedAt = performance.now()
const endsAt = startedAt + Number(seconds) * 1000
const times: number[] = []
let failed = 0

function ask(): Promise<void> {
  const askedAt = performance.now()
  return new Promise((resolve) => {
    const asked = request(url, { method: 'POST', headers, agent }, (response) => {
      response.resume()
      response.once('close', () => {
        if (response.statusCode !== 200) failed++
        times.push(performance.now() - askedAt)
        resolve()
      })
    })
    asked.once('error', () => {
      failed++
      resolve()
    })
    asked.end(body)
  })
}

async function askAgainAndAgain(): Promise<void> {
  while (performance.now() < endsAt) await ask()
}

await Promise.all(Array.from({ length: Number(connections) }, askAgainAndAgain))
agent.destroy()
const report: LoadReport = {
  requests: times.length,
  seconds: (performance.now() - startedAt) / 1000,
  p50Ms: percentile(times, 0.5),
  p99Ms: percentile(times, 0.99),
  failed,
}
process.stdout.write(`${JSON.stringify(report)}\n`)
