import type { Finish, Generation, Step } from './generation.ts'

/** A step and the token with which it is complete, counted from 1 in its choice. */
export interface Planned {
  readonly choice: number
  readonly step: Step
  readonly due: number
  /** Undefined but for a choice's last step. */
  readonly finish: Finish | undefined
}

/** All steps of all choices in the order of their tokens: the choices advance together. */
export function createSchedule(generations: readonly Generation[]): readonly Planned[] {
  const planned = generations.flatMap(planChoice)
  return generations.length === 1 ? planned : planned.sort((left, right) => left.due - right.due)
}

function planChoice({ steps, finish }: Generation, choice: number): Planned[] {
  let due = 0
  return steps.map((step, index) => {
    due += step.tokens.length
    return { choice, step, due, finish: index === steps.length - 1 ? finish : undefined }
  })
}

/** The steps from a position on that are complete with a number of tokens, up to a maximum. */
export function takeDue(schedule: readonly Planned[], from: number, due: number, max: number): readonly Planned[] {
  let end = from
  for (const planned of schedule.slice(from, from + max)) {
    if (planned.due > due) break
    end += 1
  }
  return schedule.slice(from, end)
}
