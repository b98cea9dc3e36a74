import { pythonFloat } from '../request/python-text.ts'

/** Upper bounds in seconds. */
const bounds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160]

export interface Histogram {
  observe(seconds: number): void
  text(name: string, labels: string): string
}

export function createHistogram(): Histogram {
  const counts = new Array<number>(bounds.length).fill(0)
  let total = 0
  let sum = 0

  return {
    observe(seconds) {
      total += 1
      sum += seconds
      const bucket = bounds.findIndex((bound) => seconds <= bound)
      if (bucket !== -1) counts[bucket] = (counts[bucket] ?? 0) + 1
    },
    text(name, labels) {
      let below = 0
      const buckets = bounds.map((bound, index) => {
        below += counts[index] ?? 0
        return `${name}_bucket{${labels},le="${pythonFloat(bound)}"} ${pythonFloat(below)}\n`
      })
      const rest = `${name}_bucket{${labels},le="+Inf"} ${pythonFloat(total)}\n`
      const tail = `${name}_count{${labels}} ${pythonFloat(total)}\n${name}_sum{${labels}} ${pythonFloat(sum)}\n`
      return `# HELP ${name} Simulated times.\n# TYPE ${name} histogram\n${buckets.join('')}${rest}${tail}`
    },
  }
}
