import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { startMysqlServer } from './mysql-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A MySQL or MariaDB for the whole run, whose user may create databases. */
    mysqlUrl: string
  }
}

/** Starts one throwaway MariaDB or MySQL for the run, unless TEST_MYSQL_URL names a server to use instead. */
export default async function setUp({ provide, config }: TestProject): Promise<() => Promise<void>> {
  const removeCompiled = () => rm(config.env['NODE_COMPILE_CACHE'] ?? '', { recursive: true, force: true })
  const given = process.env['TEST_MYSQL_URL']
  if (given !== undefined && given !== '') {
    provide('mysqlUrl', given)
    return removeCompiled
  }
  const mysql = await startMysqlServer()
  provide('mysqlUrl', mysql.url())
  return async () => {
    await mysql.stop()
    await removeCompiled()
  }
}
