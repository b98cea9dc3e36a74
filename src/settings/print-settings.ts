import { Document, isNode, isSeq } from 'yaml'
import { leavesOf } from './list-sources.ts'
import { formatPath } from './raw-map.ts'
import type { LoadedSettings } from './settings.ts'
import type { Source } from './source.ts'
import { toWrittenForm } from './written-form.ts'

/** The settings as YAML that could be a file, each with its source behind it. Secrets are not in it. */
export function printSettings({ settings, sources, file }: LoadedSettings): string {
  const form = toWrittenForm(settings)
  const document = new Document(form, { aliasDuplicateObjects: false })
  document.commentBefore = file === null ? ' No file was read.' : ` Read from ${file}`
  for (const path of leavesOf(form)) {
    const node = document.getIn(path, true)
    if (!isNode(node)) continue
    if (isSeq(node)) node.flow = true
    node.comment = ` ${describeSource(sources[formatPath(path)] ?? { from: 'default' })}`
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

export interface SettingsReport {
  readonly file: string | null
  readonly settings: Readonly<Record<string, unknown>>
  readonly sources: Readonly<Record<string, Source>>
}

/** The same for programs: names and values as in the file, and a source for each. */
export function reportSettings({ settings, sources, file }: LoadedSettings): SettingsReport {
  return { file, settings: toWrittenForm(settings), sources }
}

function describeSource({ from, name, line }: Source): string {
  return [from, name, line === undefined ? undefined : `line ${line}`].filter((part) => part !== undefined).join(' ')
}
