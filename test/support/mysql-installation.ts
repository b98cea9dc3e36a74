import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** The programs of a database server, and what they are told besides what all servers of that family are. */
export interface MysqlInstallation {
  readonly name: string
  /** The path of the program that serves. */
  readonly server: string
  readonly serverFlags: readonly string[]
  /** Keep it from offering encryption. */
  readonly plainFlags: readonly string[]
  /** Fills `data` in the folder with system tables. */
  makeData(folder: string): Promise<void>
}

const smallBuffers = ['--innodb-buffer-pool-size=16M', '--skip-log-bin']

/** MySQL where TEST_MYSQLD names its server program, else the MariaDB of this machine; undefined where there is none. */
export function findMysqlInstallation(): MysqlInstallation | undefined {
  const named = process.env['TEST_MYSQLD']
  if (named !== undefined && named !== '') return oracleMysql(named)
  const server = findProgram('mariadbd')
  const installer = findProgram('mariadb-install-db')
  return server === undefined || installer === undefined ? undefined : mariadb(server, installer)
}

/** Both refuse to run as root unless they are told to. */
export function userFlags(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : []
}

function oracleMysql(server: string): MysqlInstallation {
  // Without the first, a second port would be listened on, and without the second, a folder of the system's be looked for.
  const flagsOfItsOwn = ['--mysqlx=OFF', '--secure-file-priv=NULL', '--innodb-redo-log-capacity=8M']
  const serverFlags = [...smallBuffers, ...flagsOfItsOwn]
  return {
    name: 'MySQL',
    server,
    serverFlags,
    plainFlags: ['--tls-version='],
    async makeData(folder) {
      const flags = ['--initialize-insecure', ...userFlags(), ...dataFlags(folder), ...serverFlags]
      await promisify(execFile)(server, ['--no-defaults', ...flags])
    },
  }
}

function mariadb(server: string, installer: string): MysqlInstallation {
  const serverFlags = [...smallBuffers, '--innodb-log-file-size=4M']
  return {
    name: 'MariaDB',
    server,
    serverFlags,
    plainFlags: ['--skip-ssl'],
    async makeData(folder) {
      const rootFlags = ['--auth-root-authentication-method=socket', '--skip-test-db', '--skip-name-resolve']
      const flags = [...userFlags(), ...dataFlags(folder), ...rootFlags, ...serverFlags]
      await promisify(execFile)(installer, ['--no-defaults', ...flags])
    },
  }
}

/** Two servers that are made at the same time would meet in the system's own folder for what is temporary. */
export function dataFlags(folder: string): string[] {
  return [`--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`]
}

/** Debian keeps servers out of an ordinary user's PATH. */
function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
