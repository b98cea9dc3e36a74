import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { until } from '../simulator/running-simulator.ts'

const listening = `
  const server = require('node:net').createServer()
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port))
`

/** A port whose process is stopped and whose backlog is full, so that connecting to it takes for ever. */
export async function runDeafServer(): Promise<string> {
  const child = spawn(process.execPath, ['-e', listening], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [bytes] = await once(child.stdout, 'data')
  const port = Number(String(bytes))
  child.kill('SIGSTOP')
  await fill(port)
  return `http://127.0.0.1:${port}`
}

/** Connects as often as the backlog takes it, and more often; what is more never comes about. */
async function fill(port: number): Promise<void> {
  let connected = 0
  const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1', () => connected++))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (const socket of sockets) socket.on('error', () => undefined)
  // The backlog of 1 takes two connections: the kernel counts from 0.
  await until(() => connected >= 2)
}
