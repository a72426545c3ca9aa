import type { StorageCheck } from '../../client/index.ts'
import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { exit } from '../exit.ts'
import type { Out } from '../output/out.ts'

type Step = StorageCheck['steps'][number]

const lineOf = ({ step, outcome, cause, advice, detail }: Step, { styled, safe }: Out): string => {
  if (outcome === 'passed') return `${styled('green', '✔')} ${safe(step)}`
  if (outcome === 'skipped') return styled('dim', `- ${safe(step)}: not tried, ${safe(detail)}`)
  const lines = [`${styled('red', '✖')} ${safe(step)}`, `${safe(cause)}: ${safe(advice)}`, safe(detail)]
  return lines.filter(Boolean).join('\n  ')
}

const check = async ({ crew, out, endsWith }: Context): Promise<void> => {
  out.progress.show({ text: 'Trying storage as docks use it' })
  const result = await crew.storage.check()
  out.record(result, () => result.steps.map((step) => lineOf(step, out)).join('\n'))
  endsWith(result.ok ? exit.done : exit.endedBadly)
}

export const addCheckStorage = ({ command, run }: Program): void => {
  command('check-storage')
    .description(
      'Try storage as docks and the backend use it: what works, what does not, why, and what to change',
    )
    .action(() => run(check))
}
