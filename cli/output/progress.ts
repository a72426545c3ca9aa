import { styleText } from 'node:util'
import { cut, plain, type Sink, usualWidth } from './text.ts'

/** Progress. `part`: 0 to 1, absent if unknown. */
export type Step = { text: string; part?: number | undefined }

const barWidth = 24

const bar = (part: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, part)) * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}

/** Erases the cursor's line, and moves to its beginning. */
const erase = '\r\u001b[2K'

/** A progress line on a terminal. Otherwise each new text is a line, without the percentages in between. */
export const progressLine = (stream: Sink) => {
  let isShown = false
  let last = ''
  const clear = (): void => {
    if (isShown) stream.write(erase)
    isShown = false
  }
  return {
    show: ({ text, part }: Step): void => {
      const safe = plain(text)
      if (!stream.isTTY) {
        if (safe !== last) stream.write(`${safe}\n`)
        last = safe
        return
      }
      const drawn =
        part === undefined ? '' : `${styleText('cyan', bar(part), { stream })} ${Math.floor(part * 100)} % `
      const room = (stream.columns ?? usualWidth) - (part === undefined ? 0 : barWidth + 7) - 1
      stream.write(`${erase}${drawn}${cut(safe, Math.max(10, room))}`)
      isShown = true
    },
    clear,
  }
}
