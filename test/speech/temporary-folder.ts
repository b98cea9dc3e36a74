import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createTemporaryFolder, type TemporaryFile, type TemporaryFolder } from '../../src/speech/temporary-file.ts'

/** A folder for uploads that is gone when the test is. */
export function openFolder(): { folder: TemporaryFolder; path: string } {
  const path = mkdtempSync(join(tmpdir(), 'vllm-gateway-uploads-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return { folder: createTemporaryFolder(join(path, 'uploads')), path: join(path, 'uploads') }
}

/** A file with these bytes in it. */
export async function fileOf(bytes: Uint8Array, folder = openFolder().folder): Promise<TemporaryFile> {
  const file = await folder.create()
  onTestFinished(() => file.discard())
  await file.append(bytes)
  return file
}
