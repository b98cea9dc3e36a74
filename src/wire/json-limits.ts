import { shownName } from './shown-name.ts'

/** What is wrong with a parsed JSON value that no honest client sends, and where. */
export interface JsonFault {
  /** Such as `messages[0].content`; empty for the whole body, cut where it is long. */
  readonly path: string
  readonly found: string
  readonly wanted: string
}

const depthMax = 64

/**
 * Finds what would break further on: nesting that makes `JSON.stringify` overflow the stack, numbers like `1e400` that
 * parse to Infinity and would be written again as null, and keys that pollute prototypes.
 */
export function findJsonFault(value: unknown): JsonFault | undefined {
  const fault = isContainer(value) ? faultInside(value, '', 1) : faultOf(value, '')
  return fault === undefined ? undefined : { ...fault, path: shorten(fault.path) }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function faultInside(container: object, path: string, depth: number): JsonFault | undefined {
  if (depth > depthMax) {
    return { path, found: `more than ${depthMax} levels`, wanted: `at most ${depthMax} nested levels` }
  }
  return Array.isArray(container) ? faultInItems(container, path, depth) : faultInFields(container, path, depth)
}

function faultInItems(items: readonly unknown[], path: string, depth: number): JsonFault | undefined {
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (typeof item === 'string') continue
    const fault = isContainer(item)
      ? faultInside(item, `${path}[${index}]`, depth + 1)
      : faultOf(item, `${path}[${index}]`)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultInFields(container: object, path: string, depth: number): JsonFault | undefined {
  for (const [name, field] of Object.entries(container)) {
    if (isPollution(name, field)) return { path: join(path, name), found: `the key ${name}`, wanted: 'another key' }
    if (typeof field === 'string') continue
    const fault = isContainer(field)
      ? faultInside(field, join(path, name), depth + 1)
      : faultOf(field, join(path, name))
    if (fault !== undefined) return fault
  }
  return undefined
}

/** A schema may call a property `constructor`; only its `prototype` is a way into everybody's objects. */
function isPollution(name: string, field: unknown): boolean {
  return name === '__proto__' || (name === 'constructor' && isContainer(field) && Object.hasOwn(field, 'prototype'))
}

function faultOf(value: unknown, path: string): JsonFault | undefined {
  if (typeof value !== 'number' || Number.isFinite(value)) return undefined
  return { path, found: 'a number too large to hold', wanted: 'a finite number' }
}

function join(path: string, name: string): string {
  return path === '' ? shownName(name) : `${path}.${shownName(name)}`
}

function shorten(path: string): string {
  return path.length <= 80 ? path : `${path.slice(0, 77)}...`
}
