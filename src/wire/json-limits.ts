import { shownName } from './shown-name.ts'

/** What is wrong with a parsed JSON value that no honest client sends, and where. */
export interface JsonFault {
  /** Such as `messages[0].content`; empty for the whole body, cut where it is long. */
  readonly path: string
  readonly found: string
  readonly wanted: string
}

/** Levels of arrays and objects within each other. */
export const jsonDepthMax = 64

/**
 * Finds what would break further on: nesting that makes `JSON.stringify` overflow the stack, numbers like `1e400` that
 * parse to Infinity and would be written again as null, and keys that pollute prototypes.
 */
export function findJsonFault(value: unknown): JsonFault | undefined {
  const fault = faultOf(value, 1)
  return fault === undefined ? undefined : { ...fault, path: shorten(fault.path.replace(/^\./, '')) }
}

/** The path is put together on the way back: nearly every value has no fault. */
function faultOf(value: unknown, depth: number): JsonFault | undefined {
  if (typeof value === 'object' && value !== null) return faultInside(value, depth)
  if (typeof value !== 'number' || Number.isFinite(value)) return undefined
  return { path: '', found: 'a number too large to hold', wanted: 'a finite number' }
}

function faultInside(container: object, depth: number): JsonFault | undefined {
  if (depth > jsonDepthMax) {
    return { path: '', found: `more than ${jsonDepthMax} levels`, wanted: `at most ${jsonDepthMax} nested levels` }
  }
  return Array.isArray(container) ? faultInItems(container, depth) : faultInFields(container, depth)
}

function faultInItems(items: readonly unknown[], depth: number): JsonFault | undefined {
  for (let index = 0; index < items.length; index++) {
    const fault = faultOf(items[index], depth + 1)
    if (fault !== undefined) return { ...fault, path: `[${index}]${fault.path}` }
  }
  return undefined
}

function faultInFields(container: object, depth: number): JsonFault | undefined {
  for (const name of Object.keys(container)) {
    const field: unknown = Reflect.get(container, name)
    const fault = isPollution(name, field)
      ? { path: '', found: `the key ${name}`, wanted: 'another key' }
      : faultOf(field, depth + 1)
    if (fault !== undefined) return { ...fault, path: `.${shownName(name)}${fault.path}` }
  }
  return undefined
}

/** A schema may call a property `constructor`; only its `prototype` is a way into everybody's objects. */
function isPollution(name: string, field: unknown): boolean {
  if (name === '__proto__') return true
  return name === 'constructor' && typeof field === 'object' && field !== null && Object.hasOwn(field, 'prototype')
}

function shorten(path: string): string {
  return path.length <= 80 ? path : `${path.slice(0, 77)}...`
}
