/** What a column holds, as far as it matters here; `any` where the database lets it hold everything. */
export type ColumnKind = 'text' | 'binary' | 'number' | 'bit' | 'json' | 'datetime' | 'date' | 'uuid' | 'any' | 'other'

const mysqlKinds: Readonly<Partial<Record<ColumnKind, readonly string[]>>> = {
  text: ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set'],
  binary: ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'],
  number: ['tinyint', 'smallint', 'mediumint', 'int', 'integer', 'bigint', 'decimal', 'numeric', 'float', 'double'],
  bit: ['bit'],
  json: ['json'],
  datetime: ['datetime', 'timestamp'],
  date: ['date'],
  uuid: ['uuid'],
}

export function mysqlKind(type: string): ColumnKind {
  // The entries of an object whose keys are kinds.
  const kinds = Object.entries(mysqlKinds) as [ColumnKind, readonly string[]][]
  return kinds.find(([, types]) => types.includes(type))?.[0] ?? 'other'
}

/** Only numbers need to be told apart: any column of SQLite may hold text, and its values are looked at one by one. */
export function sqliteKind(type: string): ColumnKind {
  return /int|real|floa|doub|dec|num/i.test(type) && !/char|text|clob/i.test(type) ? 'number' : 'any'
}
