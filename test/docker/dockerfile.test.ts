import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { type Instruction, readDockerfile } from './read-dockerfile.ts'

const root = join(import.meta.dirname, '../..')
const source = readFileSync(join(root, 'docker/Dockerfile'), 'utf8')
const stages = readDockerfile(source)
const [build, runtime] = stages
const admitted = readFileSync(join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => !/^(?:#|$)/.test(line))

function all(
  name: string,
  instructions: readonly Instruction[] = stages.flatMap((stage) => stage.instructions),
): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text)
}

function runtimeOnly(name: string): string[] {
  return all(name, runtime?.instructions)
}

/** The paths that a COPY takes, and whether from another stage. */
function copied(text: string): { from: string | undefined; paths: string[] } {
  const words = text.split(/\s+/)
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
  return { from, paths: words.filter((word) => !word.startsWith('--')).slice(0, -1) }
}

describe('the image', () => {
  test('is built in one stage and run in another', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'runtime'])
    expect(runtimeOnly('RUN').join()).not.toMatch(/npm|apt|curl|wget/)
  })

  test('has the Node that is used in development, pinned, on both stages', () => {
    const image = `node:${manifest.devDependencies.node}-trixie-slim`
    expect(stages.map((stage) => stage.image)).toEqual([image, image])
    expect(source).not.toMatch(/:latest|@latest/)
  })

  test('is built from the lockfile, and sheds what only development needs', () => {
    const commands = all('RUN', build?.instructions).join(' && ')
    expect(commands).toMatch(/npm ci --ignore-scripts.*npm run build.*npm prune --omit=dev --ignore-scripts/)
    expect(commands).not.toMatch(/npm (?:install|i) /)
  })

  test('copies only what is there, and the dependencies before the sources', () => {
    const fromContext = all('COPY')
      .map(copied)
      .filter(({ from }) => from === undefined)
    const paths = fromContext.flatMap((copy) => copy.paths)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
    expect(paths.indexOf('package-lock.json')).toBeLessThan(paths.indexOf('src'))
    expect(paths).not.toContain('.')
    expect(all('ADD')).toEqual([])
  })

  test('takes from the build what the build makes', () => {
    const taken = runtimeOnly('COPY')
      .map(copied)
      .filter(({ from }) => from !== undefined)
    expect(taken).toEqual([
      { from: 'build', paths: ['/build/node_modules'] },
      { from: 'build', paths: ['/build/dist'] },
    ])
    expect(manifest.scripts.build).toContain('tsconfig.build.json')
  })

  test('runs as user 1000, by number', () => {
    expect(runtimeOnly('USER')).toEqual(['1000:1000'])
    const names = runtime?.instructions.map(({ name }) => name) ?? []
    expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('RUN'))
    expect(names.indexOf('USER')).toBeLessThan(names.indexOf('CMD'))
  })

  test('keeps its data on a volume that this user owns', () => {
    expect(runtimeOnly('VOLUME')).toEqual(['/data'])
    expect(runtimeOnly('ENV').join()).toContain('GATEWAY_DATA_DIR=/data')
    expect(runtimeOnly('RUN')).toEqual(['install --directory --owner=1000 --group=1000 --mode=0700 /data'])
  })

  test('starts the package that is published, without a shell between it and its signals', () => {
    const words = ['ENTRYPOINT', 'CMD'].flatMap((name): string[] => JSON.parse(runtimeOnly(name)[0] ?? ''))
    expect(words).toEqual(manifest.scripts.start.replace('exec ', '').split(' '))
    expect(words).toContain(manifest.bin['vllm-gateway'])
  })

  test('holds no secret', () => {
    expect(source).not.toMatch(/(?:KEY|PASSWORD|TOKEN|SECRET)\w*\s*=/i)
    expect(all('ARG')).toEqual([])
  })
})

describe('the build context', () => {
  test('admits what the image copies', () => {
    const paths = all('COPY')
      .map(copied)
      .flatMap(({ from, paths }) => (from === undefined ? paths : []))
    expect(paths.filter((path) => !admitted.includes(`!${path}`))).toEqual([])
  })

  test('keeps everything else out', () => {
    expect(admitted[0]).toBe('*')
    expect(admitted.slice(1).filter((line) => !line.startsWith('!'))).toEqual([])
    const open = admitted.slice(1).map((line) => line.slice(1))
    expect(open.filter((path) => /^(?:\.env|\.git|data|docker|node_modules|config$|\*)/.test(path))).toEqual([])
  })
})
