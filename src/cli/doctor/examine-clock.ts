import type { Finding } from './finding.ts'

const driftMaxMs = 5000

/** Keys expire and limits slide by the clock: machines that disagree would disagree about those. */
export function examineClock(whose: string, theirMs: number, ourMs: number): Finding {
  const driftMs = Math.abs(theirMs - ourMs)
  const about = `clock of ${whose}`
  const found = `${(driftMs / 1000).toFixed(1)} s from this machine's`
  if (driftMs <= driftMaxMs) return { about, state: 'good', found }
  return {
    about,
    state: 'unsure',
    found,
    fix: 'Set both machines by NTP, for example with chrony or systemd-timesyncd.',
  }
}
