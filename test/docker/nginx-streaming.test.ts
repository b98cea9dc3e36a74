import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const snippet = readFileSync(join(import.meta.dirname, '../../docker/nginx-streaming.conf'), 'utf8')
const program = 'nginx'
const path = `${process.env['PATH']}:/usr/sbin:/sbin`

function nginxIsHere(): boolean {
  try {
    execFileSync(program, ['-v'], { env: { PATH: path }, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!nginxIsHere())('nginx with the snippet (needs nginx)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-streaming-'))
  const opened: ServerResponse[] = []
  const upstream = createServer((_request, response) => {
    // No X-Accel-Buffering: it is the snippet that must keep nginx from holding frames back.
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: first\n\n')
    opened.push(response)
  })
  let nginx: ChildProcess
  let port = 0

  beforeAll(async () => {
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    port = await freePort()
    // A TCP server's address is an object.
    const target = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
    writeFileSync(join(folder, 'snippet.conf'), snippet.replace('127.0.0.1:8044', target))
    writeFileSync(join(folder, 'nginx.conf'), frame(folder, port))
    nginx = spawn(program, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
      env: { PATH: path },
      stdio: 'ignore',
    })
    await reachable(port)
  })

  afterAll(async () => {
    const ended = new Promise((resolve) => nginx.once('exit', resolve))
    nginx.kill()
    await ended
    upstream.closeAllConnections()
    upstream.close()
    rmSync(folder, { recursive: true })
  })

  test('passes a frame on while the stream is still open', async () => {
    const { response, first } = await open(port)
    expect(first).toBe('data: first\n\n')
    expect(response.complete).toBe(false)
    opened.at(-1)?.end()
    response.resume()
  })

  test('ends the stream at the gateway when the client leaves', async () => {
    const { response } = await open(port)
    const left = new Promise((resolve) => opened.at(-1)?.once('close', resolve))
    response.destroy()
    await left
  })
})

function frame(folder: string, port: number): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  return `daemon off; pid ${folder}/nginx.pid; events {} http { access_log off; ${paths.join(' ')}
    server { listen 127.0.0.1:${port}; include ${folder}/snippet.conf; } }`
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createTcpServer().listen(0, '127.0.0.1', () => {
      // A TCP server's address is an object.
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

async function reachable(port: number): Promise<void> {
  const isOpen = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => setTimeout(resolve, 20, false))
    socket.once('connect', () => resolve(socket.end().destroyed || true))
  })
  return isOpen ? undefined : reachable(port)
}

function open(port: number): Promise<{ response: IncomingMessage; first: string }> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1' }, (response) => {
      response.once('data', (bytes: Buffer) => resolve({ response, first: bytes.toString() }))
      response.on('error', () => undefined)
    }).once('error', reject)
  })
}
