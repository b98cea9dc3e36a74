import { isIPv6 } from 'node:net'
import { type Command, Option } from 'commander'
import type { Gateway } from '../gateway.ts'
import { type Settings, SettingsError, type SettingsFlags } from '../settings/settings.ts'
import { type DemoServers, startDemoServers } from './demo-servers.ts'
import { writeDemoSound } from './demo-sound.ts'
import { CliError, jsonText, linesText } from './output.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import { startOrExplain } from './serve.ts'
import { addOwnOptions, loadCliSettings } from './settings-options.ts'
import { show } from './show.ts'
import { portNumber } from './simulate.ts'

interface DemoFlags extends SettingsFlags {
  readonly simulatorPort: number
  readonly json?: true
}

export function addDemoCommand(program: Command): void {
  addOwnOptions(program.command('demo').description('serve simulated models, to try the gateway without a GPU'))
    .option('--simulator-port <number>', 'the first of the three ports of the simulated models', portNumber(3), 8092)
    .addOption(new Option('--vllm-url <url>').hideHelp())
    .option('--json', 'tell the addresses and a newly made key as JSON')
    .action(demo)
}

async function demo({ simulatorPort, json, vllmUrl, ...flags }: DemoFlags): Promise<void> {
  if (vllmUrl !== undefined)
    throw new CliError(
      'The demo serves simulated models; `serve --vllm-url`, or `npm start`, serves a vLLM of your own.',
    )
  const settings = loadDemoSettings(flags)
  await runUntilStopped(
    settings.shutdownGraceMs,
    () => startDemo(simulatorPort, settings),
    (demo) => demo.gateway.keepAdminKey(show(process.stdout, json ? asJson(demo) : linesText(welcome(demo)))),
  )
}

interface Demo {
  readonly settings: Settings
  readonly gateway: Gateway
  readonly servers: DemoServers
  stop(): Promise<void>
}

async function startDemo(simulatorPort: number, loaded: Settings): Promise<Demo> {
  const servers = await startDemoServers(simulatorPort)
  try {
    const settings = { ...loaded, services: loaded.services.map((service) => beside(servers, service)) }
    const gateway = await startOrExplain(settings)
    async function stop(): Promise<void> {
      await gateway.stop()
      await servers.close()
    }
    return { settings, gateway, servers, stop }
  } catch (thrown) {
    await servers.close()
    throw thrown
  }
}

/** Each service in front of the look-alike of its kind. */
function beside<Service extends Settings['services'][number]>(servers: DemoServers, service: Service): Service {
  return { ...service, upstreams: [servers[service.kind].url] }
}

/** Stands for where the look-alikes will be. */
const nowhere = 'http://127.0.0.1'

/**
 * Who has written a service of their own keeps to it; everybody else finds one of each kind. Where vLLM is, is said by the
 * demo itself: what is wrong with that is told without a flag that nobody typed.
 */
function loadDemoSettings(flags: SettingsFlags): Settings {
  try {
    return loadCliSettings({ ...flags, vllmUrl: nowhere }, [
      { name: 'embeddinggemma', kind: 'embeddings', upstreams: [nowhere] },
      { name: 'whisper', kind: 'transcription', upstreams: [nowhere] },
    ]).settings
  } catch (thrown) {
    const problem = thrown instanceof SettingsError && thrown.problems.find(({ name }) => name === '--vllm-url')
    if (!problem) throw thrown
    throw new CliError(
      `The demo needs settings with no services of their own, or with a single one: found ${problem.found}. ` +
        'Run it in another folder, or with --config FILE; `npm start` serves the services of the file.',
    )
  }
}

function asJson({ settings, gateway, servers }: Demo): string {
  return jsonText({
    url: reachable(gateway, settings),
    simulatorUrl: servers.chat.url,
    adminKey: gateway.generatedAdminKey,
  })
}

/** One listens on all addresses, but asks at one. */
function reachable({ url }: Gateway, { host }: Settings): string {
  if (host === '0.0.0.0') return url.replace(host, '127.0.0.1')
  return isIPv6(host) && /^[0:]+$/.test(host) ? url.replace(host, '::1') : url
}

/** What a newcomer needs: a key, an address, and commands that work when they are pasted. */
function welcome({ settings, gateway, servers }: Demo): string[] {
  const key = gateway.generatedAdminKey
  const url = reachable(gateway, settings)
  const keyIsSet = settings.adminKey !== null
  const shown = key ?? (keyIsSet ? '$GATEWAY_ADMIN_KEY' : '$API_AI_TOKEN')
  return [
    '',
    `vllm-gateway serves simulated models (no GPU is used; vLLM's look-alike is on ${servers.chat.url}).`,
    '',
    `  Key       ${keyLine(key, keyIsSet)}`,
    `  Base URL  ${url}/v1`,
    '',
    ...commands(settings, url, `-H "Authorization: Bearer ${shown}"`),
    'Ctrl-C ends all of it.',
    '',
  ]
}

function commands(settings: Settings, url: string, key: string): string[] {
  const json = `${key} -H "Content-Type: application/json"`
  const chat = settings.services.find(({ kind }) => kind === 'chat')
  return [
    ...(chat === undefined ? [] : chatCommands(chat.name, url, json)),
    ...settings.services.flatMap(({ kind, name }) => {
      if (kind === 'embeddings') return ['An embedding:', `  ${embed(name, `${url}/v1/embeddings ${json}`)}`, '']
      if (kind === 'chat') return []
      return ['A transcription:', `  ${transcribe(name, `${url}/v1/audio/transcriptions ${key}`, settings)}`, '']
    }),
  ]
}

function chatCommands(model: string, url: string, json: string): string[] {
  const question = '"messages":[{"role":"user","content":"Hello, who are you?"}]'
  return [
    'A whole answer:',
    `  curl ${url}/v1/chat/completions ${json} -d '{"model":"${model}",${question}}'`,
    '',
    'The same, streamed:',
    `  curl -N ${url}/v1/chat/completions ${json} -d '{"model":"${model}","stream":true,${question}}'`,
    '',
    'The short form:',
    `  curl ${url}/chat ${json} -d '{"prompt":"Hello, who are you?"}'`,
    '',
  ]
}

function embed(model: string, asked: string): string {
  return `curl ${asked} -d '{"model":"${model}","input":"Hello, who are you?","dimensions":8}'`
}

/** Of a sound that is there. */
function transcribe(model: string, asked: string, { dataDir }: Settings): string {
  return `curl ${asked} -F model=${model} -F "file=@${writeDemoSound(dataDir)}"`
}

function keyLine(key: string | null, keyIsSet: boolean): string {
  if (key !== null) return `${key}  (shown this once; only its hash is kept)`
  if (keyIsSet) return 'the one in GATEWAY_ADMIN_KEY'
  return 'the one shown at the first start: export API_AI_TOKEN=… (or make one: npx vllm-gateway keys create --name me)'
}
