import { page } from '../../lambdas/http/shapes.ts'
import { Upload } from '../../lambdas/logs/shapes.ts'
import type { UploadView } from '../support/operator.ts'
import type { Backend } from '../support/story.ts'
import { archivesOf, type Spoken } from './spoken.ts'

/** What a dock's words for an end say, and what an operator then may see of the archive. */
export const ends: Readonly<Record<string, string>> = { ok: 'ok', failed: 'failed', canceled: 'canceled' }

/**
 * The end that a dock told, by what an operator sees; undefined while none is known, and for what we
 * concluded.
 */
export const endShownBy = ({ state, failure }: UploadView['archives'][number]): string | undefined => {
  if (['uploaded', 'verified', 'missing'].includes(state)) return 'ok'
  return ['failed', 'canceled'].includes(state) && failure?.code !== 'notSent' ? state : undefined
}

/** Keeps every end that an operator was ever shown, archive by archive. */
export const watchEnds = (stack: Backend, docks: readonly string[]) => {
  const shown = new Map<string, string[]>()
  const look = async (): Promise<void> => {
    for (const dockSn of docks) {
      const { items } = page(Upload).parse(await stack.must('GET', `/v1/docks/${dockSn}/log-uploads`))
      for (const archive of items.flatMap(({ archives }) => archives)) {
        const { objectKey } = archive
        const word = endShownBy(archive)
        const known = shown.get(objectKey) ?? []
        if (word !== known.at(-1)) shown.set(objectKey, [...known, word ?? 'none'])
      }
    }
  }
  /** An end may only give way to one that was told before it. */
  const violations = (spoken: readonly Spoken[]): string[] =>
    [...shown].flatMap(([objectKey, words]) => {
      const told = spoken
        .flatMap(archivesOf)
        .filter(({ key, progress }) => key === objectKey && progress.status in ends)
        .map(({ progress }) => progress.status)
      return words.slice(1).flatMap((word, n) => {
        const before = words[n] ?? ''
        const isEarlier = told.includes(word) && told.indexOf(word) < told.indexOf(before)
        return before === 'none' || isEarlier ? [] : [`${objectKey} was ${before} and became ${word}`]
      })
    })
  return { look, violations }
}
export type Seen = ReturnType<typeof watchEnds>
