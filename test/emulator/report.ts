import { adapters, notShown, skipped } from './lacking.ts'
import type { Result } from './scenarios.ts'

const indented = (text: string): string => text.replaceAll(/^/gm, '      ')

const lineOf = ({ name, outcome, said, ms }: Result): string =>
  outcome === 'skipped'
    ? `  skipped          ${name}: ${said}`
    : `  ${outcome}  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`

/** What failed: a story, or a part of one. */
export const failures = (results: readonly Result[]): Result[] =>
  results.filter(({ outcome }) => outcome === 'failed')

/** What a run prints at its end: every story, what it was helped over, and what it cannot show. */
export const report = (results: readonly Result[], resources: number): string => {
  const stories = results.filter(({ depth }) => depth === 0)
  const left = skipped.map(
    ({ name, reason }) => ({ name, said: reason, outcome: 'skipped', depth: 0, ms: 0 }) as const,
  )
  const all = [...stories, ...left]
  const count = (outcome: Result['outcome']) => all.filter((one) => one.outcome === outcome).length
  return [
    ...failures(results).map(({ name, said }) => `Failed: ${name}\n${indented(said)}`),
    `Deployed into MiniStack 1.5.33, an AWS emulator that is not ours: ${resources} resources`,
    ...all.map(lineOf),
    'It lacks, and an adapter of ours supplies (test/emulator/ministack):',
    ...adapters.map(({ name, reason }) => `  ${name}: it ${reason}`),
    'Not shown there:',
    ...notShown.map(({ name, reason }) => `  ${name}: ${reason}`),
    `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`,
  ].join('\n')
}
