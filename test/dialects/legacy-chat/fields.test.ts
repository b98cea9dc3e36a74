import { walkFields } from '../walk-fields.ts'

walkFields({ dialect: 'legacy-chat', path: '/chat', body: { prompt: 'Hi' } })
