import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layCertificate, type ServerCertificate } from './mysql-certificate.ts'
import { dataFlags, findMysqlInstallation, type MysqlInstallation, userFlags } from './mysql-installation.ts'
import { executeOn, freshDatabase, type TestDatabase } from './mysql-url.ts'

/** A MariaDB or MySQL of its own, on a folder and a loopback port of its own, for as long as the tests run. */
export interface MysqlServer {
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
  /** Starts a killed instance again on the same folder and port, with another certificate where one is named. */
  restart(certificate?: ServerCertificate): Promise<void>
  /** Ends the process and removes its folder. */
  stop(): Promise<void>
}

const firstDatabase = 'gateway_test'
const readyMs = 30_000

/** Where it is not, TEST_MYSQL_URL names a server that can be used, but neither paused nor killed. */
export function mysqlServerIsInstalled(): boolean {
  return findMysqlInstallation() !== undefined
}

export async function startMysqlServer(): Promise<MysqlServer> {
  const installation = findMysqlInstallation()
  if (installation === undefined) throw new Error('MariaDB is not installed (Debian: mariadb-server-core).')
  const folder = mkdtempSync(join(tmpdir(), 'gateway-mysql-'))
  let server: ChildProcess | undefined
  const cleanUp = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', cleanUp)
  const password = randomBytes(12).toString('hex')
  const port = await findFreePort()
  await writeAccounts(folder, password)
  await installation.makeData(folder)
  const urlOf = (database: string) => `mysql://gateway:${password}@127.0.0.1:${port}/${database}`
  const start = (certificate: ServerCertificate) =>
    startServer({ installation, folder, port, url: urlOf(firstDatabase), certificate })
  server = await start('localhost')
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
    async restart(certificate = 'localhost') {
      await end(server, 'SIGKILL')
      server = await start(certificate)
    },
    async stop() {
      await end(server, 'SIGKILL')
      process.off('exit', cleanUp)
      cleanUp()
    },
  }
}

async function writeAccounts(folder: string, password: string): Promise<void> {
  const account = `'gateway'@'%'`
  await writeFile(
    join(folder, 'init.sql'),
    `CREATE DATABASE IF NOT EXISTS ${firstDatabase};\n` +
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';\n` +
      `GRANT ALL ON *.* TO ${account} WITH GRANT OPTION;\n`,
    { mode: 0o600 },
  )
}

interface ServerPlan {
  readonly installation: MysqlInstallation
  readonly folder: string
  readonly port: number
  readonly url: string
  readonly certificate: ServerCertificate
}

async function startServer({ installation, folder, port, url, certificate }: ServerPlan): Promise<ChildProcess> {
  const errorLog = join(folder, 'error.log')
  const server = spawn(
    installation.server,
    [
      '--no-defaults',
      ...userFlags(),
      ...dataFlags(folder),
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--log-error=${errorLog}`,
      `--init-file=${join(folder, 'init.sql')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--max-connections=100',
      ...installation.serverFlags,
      ...(certificate === 'none' ? installation.plainFlags : layCertificate(folder, certificate)),
    ],
    { stdio: 'ignore' },
  )
  endWithProcess(server)
  try {
    await waitUntilReady(server, url)
  } catch (thrown) {
    await end(server, 'SIGKILL')
    const log = await readFile(errorLog, 'utf8').catch(() => 'no error log')
    throw new Error(`${installation.name} did not start: ${log}`, { cause: thrown })
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
  if (server?.pid === undefined) throw new Error('The database server has no process.')
  return server.pid
}

/**
 * The port is free when it is asked for; nothing else on a test machine takes it in the second until it is used. It lies
 * below the ports that systems give to outgoing connections: one of those would take it between the end of a server and
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
