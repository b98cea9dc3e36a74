import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { executeOn, freshDatabase, type TestDatabase } from './mysql-url.ts'

/** A MariaDB of its own, on a folder and a loopback port of its own, for as long as the tests run. */
export interface Mariadb {
  readonly port: number
  /** Changes with each restart. */
  readonly pid: number
  /** `mysql://…`, for the given database or for the empty one that every instance has. */
  url(database?: string): string
  /** Runs statements as the administrator; resolves with what the last one returned. */
  execute(statements: string): Promise<Record<string, unknown>[]>
  createDatabase(): Promise<TestDatabase>
  /** Stops the process in its tracks (SIGSTOP): it accepts connections and answers nothing. */
  pause(): void
  resume(): void
  /** Ends the process at once (SIGKILL); its folder stays. */
  kill(): Promise<void>
  /** Starts a killed instance again on the same folder and port. */
  restart(): Promise<void>
  /** Ends the process and removes its folder. */
  stop(): Promise<void>
}

const firstDatabase = 'gateway_test'
const readyMs = 30_000
const smallBuffers = ['--innodb-log-file-size=4M', '--innodb-buffer-pool-size=16M', '--skip-log-bin']

export function mariadbIsInstalled(): boolean {
  return findProgram('mariadbd') !== undefined && findProgram('mariadb-install-db') !== undefined
}

export async function startMariadb(): Promise<Mariadb> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-mariadb-'))
  let server: ChildProcess | undefined
  const cleanUp = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', cleanUp)
  const password = randomBytes(12).toString('hex')
  const port = await findFreePort()
  await install(folder, password)
  const urlOf = (database: string) => `mysql://gateway:${password}@127.0.0.1:${port}/${database}`
  const start = () => startServer({ folder, port, url: urlOf(firstDatabase) })
  server = await start()
  return {
    port,
    get pid() {
      return pidOf(server)
    },
    url: (database = firstDatabase) => urlOf(database),
    execute: (statements) => executeOn(urlOf(firstDatabase), statements),
    createDatabase: () => freshDatabase(urlOf(firstDatabase)),
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    kill: () => end(server, 'SIGKILL'),
    async restart() {
      await end(server, 'SIGKILL')
      server = await start()
    },
    async stop() {
      await end(server, 'SIGKILL')
      process.off('exit', cleanUp)
      cleanUp()
    },
  }
}

/** Debian keeps servers out of an ordinary user's PATH. */
function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

function programOf(name: string): string {
  const path = findProgram(name)
  if (path === undefined) throw new Error(`${name} is not installed (Debian: mariadb-server-core).`)
  return path
}

async function install(folder: string, password: string): Promise<void> {
  const account = `'gateway'@'%'`
  await writeFile(
    join(folder, 'init.sql'),
    `CREATE DATABASE IF NOT EXISTS ${firstDatabase};\n` +
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';\n` +
      `GRANT ALL ON *.* TO ${account} WITH GRANT OPTION;\n`,
    { mode: 0o600 },
  )
  await promisify(execFile)(programOf('mariadb-install-db'), [
    '--no-defaults',
    ...asRoot(),
    `--datadir=${join(folder, 'data')}`,
    // Two that are made at the same time would meet in the system's own.
    `--tmpdir=${folder}`,
    '--auth-root-authentication-method=socket',
    '--skip-test-db',
    '--skip-name-resolve',
    ...smallBuffers,
  ])
}

/** MariaDB refuses to run as root unless it is told to. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : []
}

interface ServerPlan {
  readonly folder: string
  readonly port: number
  readonly url: string
}

async function startServer({ folder, port, url }: ServerPlan): Promise<ChildProcess> {
  const errorLog = join(folder, 'error.log')
  const server = spawn(
    programOf('mariadbd'),
    [
      '--no-defaults',
      ...asRoot(),
      `--datadir=${join(folder, 'data')}`,
      `--tmpdir=${folder}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--log-error=${errorLog}`,
      `--init-file=${join(folder, 'init.sql')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--max-connections=100',
      ...smallBuffers,
    ],
    { stdio: 'ignore' },
  )
  endWithProcess(server)
  try {
    await waitUntilReady(server, url)
  } catch (thrown) {
    await end(server, 'SIGKILL')
    throw new Error(`MariaDB did not start: ${await readFile(errorLog, 'utf8').catch(() => 'no error log')}`, {
      cause: thrown,
    })
  }
  return server
}

/** Before the folder is removed, also when the tests are cut short while the server starts. */
function endWithProcess(server: ChildProcess): void {
  const kill = () => void server.kill('SIGKILL')
  process.prependOnceListener('exit', kill)
  server.once('exit', () => process.off('exit', kill))
}

async function waitUntilReady(server: ChildProcess, url: string): Promise<void> {
  const giveUpAt = performance.now() + readyMs
  for (;;) {
    try {
      await executeOn(url, 'SELECT 1')
      return
    } catch (thrown) {
      if (hasEnded(server) || performance.now() > giveUpAt) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null
}

async function end(server: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (server === undefined || hasEnded(server)) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

function pidOf(server: ChildProcess | undefined): number {
  if (server?.pid === undefined) throw new Error('MariaDB has no process.')
  return server.pid
}

/** The port is free when it is asked for; nothing else on a test machine takes it in the second until it is used. */
/**
 * Below the ports that systems give to outgoing connections: one of those would take it between the end of a server and
 * its next start.
 */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000)
    const probe = createServer().listen(port, '127.0.0.1')
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}
