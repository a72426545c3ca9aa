import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The results file: one section per part, which says when and on what machine it was measured. */
const file = join(import.meta.dirname, 'results.md')

const introduction = `# Measurements

Made by \`npm run bench\`, part by part, on machines that are shared with other work: each part says when, and how many processes
were at work or waited before it began. Read the ratios, each of which compares two things in one run, not the single times.`

const beginnings = /^(?=## )/m

const titleOf = (section: string): string => section.slice(3, section.indexOf('\n'))

/**
 * Replaces the older version of a section in `text`. Sections follow the order of `titles`; sections with
 * other titles are removed.
 */
export const withSection = (text: string, section: string, titles: readonly string[]): string => {
  const kept = text
    .split(beginnings)
    .slice(1)
    .filter((one) => titleOf(one) !== titleOf(section))
  const inOrder = [...kept, section]
    .filter((one) => titles.includes(titleOf(one)))
    .sort((a, b) => titles.indexOf(titleOf(a)) - titles.indexOf(titleOf(b)))
  return `${[introduction, ...inOrder.map((one) => one.trim())].join('\n\n')}\n`
}

export const keepSection = (section: string, titles: readonly string[]): void =>
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), section, titles))
