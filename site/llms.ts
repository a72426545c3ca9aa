import type { Names } from './layout.ts'
import type { Section } from './navigation.ts'
import { twinOf } from './pages.ts'

/**
 * `llms.txt`: a heading, a summary as a quotation, then lists of links with notes. Lists of the section
 * `Optional` may be left out where there is little room. https://llmstxt.org/
 */
export const llmsTxt = (navigation: readonly Section[], names: Names): string => {
  const line = ({ file }: { file: string }): string => {
    const { title, summary } = names(file)
    return `- [${title}](${twinOf(file)})${summary && `: ${summary}`}`
  }
  const lists = navigation
    .filter(({ isBackground }) => !isBackground)
    .map(({ title, entries }) => `## ${title}\n\n${entries.map(line).join('\n')}`)
  const optional = navigation.filter(({ isBackground }) => isBackground).flatMap(({ entries }) => entries)
  const { title, summary } = names('README.md')
  return [`# ${title}`, `> ${summary}`, ...lists, `## Optional\n\n${optional.map(line).join('\n')}`]
    .join('\n\n')
    .concat('\n')
}
