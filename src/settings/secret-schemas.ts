import * as z from 'zod'
import { textOf } from './written.ts'

/** Settings whose values are never shown. Each can also be given as the name of a file, in `<name>File`. */
export const secretNames: readonly string[] = ['databaseUrl', 'adminKey', 'openWebuiJwtSecret', 'apiKey']

const headerSafe = 'plain ASCII without line breaks or outer spaces, because it travels in a header'

/** Other lengths could not be presented: the front door refuses longer credentials unread. */
export const adminKeySchema = textOf(`16 to 256 characters of ${headerSafe}`, /^(?=.{16,256}$)[!-~][ -~]*[!-~]$/)
  .nullable()
  .default(null)

/** What Open WebUI signs its users with. */
export const openWebuiJwtSecretSchema = textOf(
  'null or 16 to 4096 characters without line breaks or outer spaces',
  /^(?=.{16,4096}$)\S.*\S$/,
)
  .nullable()
  .default(null)

/** What the model server asks of us. */
export const apiKeySchema = textOf(
  `null or 1 to 4096 characters of ${headerSafe}`,
  /^(?=.{1,4096}$)[!-~]([ -~]*[!-~])?$/,
)
  .nullable()
  .default(null)

/** Its file has been read by the time the schema sees it; what is left to say is what else it could be. */
export const secretFileSchema = z.string({ error: 'the path of a file' }).nullish()
