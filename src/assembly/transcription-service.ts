import { createPlaces } from '../admission/places.ts'
import { createAudioConverter } from '../speech/convert-audio.ts'
import { createMakePlayable } from '../speech/playable-audio.ts'
import { createServeTranscription } from '../speech/serve-transcription.ts'
import type { TranscriptionService } from '../speech/transcription-service.ts'
import { createAnswerWatch } from '../upstream/answer-watch.ts'
import { createModelServers } from '../upstream/model-servers.ts'
import { createSpeechServers } from '../upstream/speech-servers.ts'
import { decodes } from '../upstream/transcription-form.ts'
import { createTranscriptionUpstream } from '../upstream/transcription-upstream.ts'
import { weighing } from '../usage/weighing.ts'
import {
  type Assembled,
  type ServiceParts,
  type SettingsOf,
  serversOf,
  serverTales,
  tellUpstream,
} from './service-parts.ts'

/** Speech is counted in seconds, which the entry knows. */
const noTokens = { promptTokens: 0, completionTokens: 0 }

export function assembleTranscriptionService(
  settings: SettingsOf<'transcription'>,
  { log, limits, card, uploads }: ServiceParts,
): Assembled<TranscriptionService> {
  const { name, aliases, timeouts, uploadMaxBytes } = settings
  const secondsMax = settings.durationMaxMs / 1000
  const servers = createModelServers({ ...serversOf(settings), ...serverTales(log, settings) })
  const cards = createSpeechServers({
    ...{ servers, kind: settings.server, model: settings.model },
    onChange: (state, cause) => tellUpstream(log, settings, state, cause),
  })
  const answers = createAnswerWatch((failing, cause) =>
    tellUpstream(log, settings, failing ? 'failing' : 'ready', cause),
  )
  const asked = createTranscriptionUpstream({ servers, cards, limits: timeouts })
  const admission = createPlaces({ placesMax: settings.places, queueMax: settings.queue })
  const converter = createAudioConverter({ folder: uploads, secondsMax })
  const serveTranscription = createServeTranscription({
    limits: limits.requestLimits(weighing(card, () => noTokens)),
    admission,
    makePlayable: createMakePlayable({
      ...{ rule: settings.convert, converter, secondsMax },
      plays: (audio) => decodes(cards.known?.kind, audio),
    }),
    upstream: { transcribe: (request, visit) => answers.watch(asked.transcribe(request, visit), visit.signal) },
    secondsMax,
  })
  const status = () => ({
    upstream: cards.state === 'ready' && answers.failing ? ('failing' as const) : cards.state,
    model: cards.known?.model ?? null,
    contextWindow: null,
    running: admission.running,
    waiting: admission.waiting,
  })
  return {
    service: {
      ...{ kind: 'transcription', name, aliases, status, uploadMaxBytes, uploads, serveTranscription },
      upstreams: servers.upstreams,
    },
    start() {
      cards.start()
      // Known before the first request needs it.
      if (settings.convert !== 'never') void converter.available()
    },
    async stop() {
      cards.stop()
      await servers.close()
    },
  }
}
